// Fails when schema.graphqls in the working folder takes away what clients may
// rely on: the contract, and what the main branch has offered before. Changes
// that docs/schema-changes.md accepts are let through.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { breakingChanges } from './breaking.js'

const schemaFile = 'schema.graphqls'
const contractFile = 'graph/testdata/contract.graphqls'
const changesFile = 'docs/schema-changes.md'

// How many former versions count. One alone would not do: where main itself is
// checked, a change can have hidden the breaking one before it.
const versions = 20

function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function exists(revision) {
  try {
    git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
    return true
  } catch {
    return false
  }
}

// The commit of main that this work starts from. Where there is no main branch
// to compare with, all former versions of the work itself count.
function start() {
  if (!exists('HEAD')) throw new Error('No git history here')
  if (git('rev-parse', '--is-shallow-repository').trim() === 'true') throw new Error('The git history is cut short (a shallow clone)')
  const main = ['refs/remotes/origin/main', 'refs/heads/main'].find(exists)
  if (!main) {
    console.error('No main branch here: every version in the history of this commit counts as offered.')
    return 'HEAD'
  }
  try {
    return git('merge-base', 'HEAD', main).trim()
  } catch {
    throw new Error(`This work and ${main} have no commit in common`)
  }
}

// Undefined where that cannot be known, which continuous integration refuses.
function startIfKnown() {
  try {
    return start()
  } catch (error) {
    if (process.env.CI === 'true') throw error
    console.error(`${error.message}: only the contract counts; what the main branch offered before is NOT CHECKED.`)
    return undefined
  }
}

function* formerSchemas() {
  yield { name: contractFile, sdl: readFileSync(contractFile, 'utf8') }
  const from = startIfKnown()
  if (!from) return
  const log = ['log', '--first-parent', '--diff-filter=AM', '--format=%h', `--max-count=${versions}`]
  for (const commit of git(...log, from, '--', schemaFile).split('\n').filter(Boolean)) {
    yield { name: `${schemaFile} at ${commit}`, sdl: git('show', `${commit}:${schemaFile}`) }
  }
}

// The changes that a list entry names, such as "- `FIELD_REMOVED User.email`".
function acceptedChanges() {
  const [, list = ''] = readFileSync(changesFile, 'utf8').split(/^## Accepted$/m)
  return new Set([...list.matchAll(/^- `([^`]+)`/gm)].map(([, id]) => id))
}

async function refusedChanges() {
  const sdl = readFileSync(schemaFile, 'utf8')
  const accepted = acceptedChanges()
  const refused = new Map()
  for (const former of formerSchemas()) {
    for (const { id, message } of await breakingChanges(former.sdl, sdl)) {
      if (!accepted.has(id)) refused.set(id, `${message}, against ${former.name}`)
    }
  }
  return refused
}

const refused = await refusedChanges()
for (const [id, message] of refused) console.error(`- \`${id}\`: ${message}`)
if (refused.size > 0) {
  console.error(`${schemaFile} breaks its clients. ${changesFile} tells how to change it instead, or how to accept this.`)
  process.exit(1)
}
