// Fails when schema.graphqls in the working directory breaks clients of the contract
// or of former versions on the main branch, except for the changes that
// docs/schema-changes.md accepts.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { breakingChanges } from './breaking.js'

const schemaFile = 'schema.graphqls'
const contractFile = 'graph/testdata/contract.graphqls'
const changesFile = 'docs/schema-changes.md'

// The number of former versions to compare. One is not enough: when main itself is
// checked, a later change can hide a breaking one.
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

// Returns the commit of main at which this branch started. Without a main branch,
// all former versions of this branch are compared.
function start() {
  if (!exists('HEAD')) throw new Error('No git history here')
  if (git('rev-parse', '--is-shallow-repository').trim() === 'true') throw new Error('The git history is incomplete (a shallow clone)')
  const main = ['refs/remotes/origin/main', 'refs/heads/main'].find(exists)
  if (!main) {
    console.error('No main branch here: comparing with all versions in the history of this commit.')
    return 'HEAD'
  }
  try {
    return git('merge-base', 'HEAD', main).trim()
  } catch {
    throw new Error(`HEAD and ${main} have no commit in common`)
  }
}

// Returns undefined when the start is unknown, which is an error in CI.
function startIfKnown() {
  try {
    return start()
  } catch (error) {
    if (process.env.CI === 'true') throw error
    console.error(`${error.message}: comparing only with the contract; former versions on the main branch are NOT CHECKED.`)
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

// The accepted changes in list entries such as "- `FIELD_REMOVED User.email`".
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
  console.error(`${schemaFile} breaks clients. ${changesFile} describes compatible changes and how to accept a breaking one.`)
  process.exit(1)
}
