import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, afterEach, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'

import { breakingChanges } from './breaking.js'

const directives = `
  directive @public on FIELD_DEFINITION
  directive @authenticated on FIELD_DEFINITION
  directive @admin on FIELD_DEFINITION
  directive @range(min: Int!, max: Int!) on ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
`
const base = `${directives}
  type Query { me: User! @authenticated }
  type User { id: ID!, email: String!, nickname(short: Boolean): String, page(first: Int @range(min: 1, max: 9)): Int }
  enum Role { ADMIN OPERATOR }
  input Save { name: String!, count: Int }
  type Mutation { save(input: Save!): Role @authenticated }
`

const breaking = {
  'FIELD_REMOVED User.email': ['email: String!,', ''],
  'FIELD_TYPE_CHANGED User.email': ['email: String!', 'email: String'],
  'FIELD_ARGUMENT_REMOVED User.nickname.short': ['(short: Boolean)', ''],
  'FIELD_ARGUMENT_TYPE_CHANGED User.nickname.short': ['short: Boolean', 'short: Boolean!'],
  'ENUM_VALUE_REMOVED Role.OPERATOR': ['OPERATOR', ''],
  'INPUT_FIELD_ADDED Save.code': ['name: String!', 'name: String! code: String!'],
  'ACCESS_RESTRICTED Mutation.save': ['Role @authenticated', 'Role @admin'],
  'RANGE_NARROWED User.page.first 1 to 8': ['max: 9', 'max: 8'],
  'RANGE_NARROWED Save.count 1 to 9': ['count: Int', 'count: Int @range(min: 1, max: 9)'],
}

const harmless = {
  'a new field': ['email: String!', 'email: String! phone: String'],
  'a field that becomes non-null': ['nickname(short: Boolean): String', 'nickname(short: Boolean): String!'],
  'a new optional input field': ['name: String!', 'name: String! code: String'],
  'a new enum value': ['OPERATOR', 'OPERATOR AUDITOR'],
  'a deprecated field': ['email: String!', 'email: String! @deprecated(reason: "Use phone.")'],
  'a wider range': ['min: 1, max: 9', 'min: 0, max: 10'],
  'a less restrictive directive': ['Role @authenticated', 'Role @public'],
}

describe('a schema change', () => {
  for (const [id, [was, is]] of Object.entries(breaking)) {
    it(`breaks clients: ${id}`, async () => {
      const changes = await breakingChanges(base, base.replace(was, is))
      assert.deepEqual(changes.map((change) => change.id), [id])
    })
  }
  for (const [name, [was, is]] of Object.entries(harmless)) {
    it(`is harmless: ${name}`, async () => {
      assert.notEqual(base.replace(was, is), base)
      assert.deepEqual(await breakingChanges(base, base.replace(was, is)), [])
    })
  }
})

describe('the check of a repository', () => {
  let folder
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd: folder, stdio: 'pipe' })
  const write = (file, text) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const commit = (sdl) => {
    write('schema.graphqls', sdl)
    git('add', '.')
    git('commit', '-q', '-m', 'Change')
  }
  const check = (CI = '') =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'check.js')], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, CI, GIT_CEILING_DIRECTORIES: dirname(folder) },
    })

  const without = (text) => base.replace(text, '')
  const added = base.replace('email', 'phone: String, email')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'schema-check-'))
    git('init', '-q', '-b', 'main')
    write('docs/schema-changes.md', '# Changes\n\n    - `FIELD_REMOVED User.email`: an example\n\n## Accepted\n\nNone.\n')
    write('graph/testdata/contract.graphqls', `${directives} type Query { me: User @authenticated }\ntype User { id: ID! }`)
    commit(base)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  // Replaces the repository with a clone.
  const clone = (...options) => {
    const original = folder
    folder = mkdtempSync(join(tmpdir(), 'schema-check-'))
    git('clone', '-q', ...options, pathToFileURL(original).href, '.')
    rmSync(original, { recursive: true })
  }

  const passes = () => {
    const { status, stderr } = check()
    assert.equal(status, 0, stderr)
  }
  const refuses = (id) => {
    const { status, stderr } = check()
    assert.equal(status, 1, stderr)
    assert.match(stderr, new RegExp(`\`${id}\``))
  }

  it('accepts an unchanged and an extended schema', () => {
    passes()
    write('schema.graphqls', added)
    passes()
  })
  it('refuses an uncommitted breaking change', () => {
    write('schema.graphqls', without('email: String!,'))
    refuses('FIELD_REMOVED User.email')
  })
  it('refuses a breaking change on main before a harmless commit', () => {
    commit(without('email: String!,'))
    commit(without('email: String!,').replace('id: ID!', 'id: ID! phone: String'))
    refuses('FIELD_REMOVED User.email')
  })
  it('compares a branch with main at its start', () => {
    git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    commit(added)
    commit(base)
    passes()
    commit(without('email: String!,'))
    refuses('FIELD_REMOVED User.email')
  })
  it('compares with the contract independently of the history', () => {
    write('graph/testdata/contract.graphqls', `${base} extend type User { fax: String }`)
    refuses('FIELD_REMOVED User.fax')
  })
  it('accepts only the changes in the list', () => {
    write('docs/schema-changes.md', '## Accepted\n\n- `FIELD_REMOVED User.email` (2026-05-01): it moved.\n')
    write('schema.graphqls', without('email: String!,'))
    passes()
    write('schema.graphqls', without('email: String!,').replace('OPERATOR', ''))
    refuses('ENUM_VALUE_REMOVED Role.OPERATOR')
  })
  const reportsUncheckedHistory = (why) => {
    const { status, stderr } = check()
    assert.equal(status, 0, stderr)
    assert.match(stderr, why)
    assert.match(stderr, /NOT CHECKED/)
    assert.notEqual(check('true').status, 0)
  }
  it('reports a missing history, and fails in CI', () => {
    rmSync(join(folder, '.git'), { recursive: true })
    reportsUncheckedHistory(/No git history/)
  })
  it('reports a branch without a common commit, and fails in CI', () => {
    git('checkout', '-q', '--orphan', 'work')
    commit(added)
    reportsUncheckedHistory(/no commit in common/)
  })
  it('reports a shallow clone, fails in CI and compares with the contract', () => {
    commit(added)
    clone('--depth=1')
    reportsUncheckedHistory(/shallow/)
    write('graph/testdata/contract.graphqls', `${base} extend type User { fax: String }`)
    refuses('FIELD_REMOVED User.fax')
  })
  it('compares a clone of main with its history for any remote name, also in CI', () => {
    commit(without('email: String!,').replace('id: ID!', 'id: ID! phone: String'))
    clone('--origin=elsewhere')
    assert.equal(check('true').status, 1)
    refuses('FIELD_REMOVED User.email')
    write('schema.graphqls', base.replace('id: ID!', 'id: ID! phone: String'))
    assert.equal(check('true').status, 0)
  })
  it('compares a branch with the local main', () => {
    git('checkout', '-q', '-b', 'work')
    commit(added)
    commit(base)
    passes()
  })
  it('compares with the versions of the branch in a clone without main', () => {
    git('checkout', '-q', '-b', 'work')
    commit(added)
    commit(base)
    clone('--single-branch', '--branch=work')
    assert.match(check().stderr, /No main branch here/)
    refuses('FIELD_REMOVED User.phone')
  })
})
