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
`
const base = `${directives}
  type Query { me: User! @authenticated }
  type User { id: ID!, email: String!, nickname(short: Boolean): String }
  enum Role { ADMIN OPERATOR }
  input Save { name: String! }
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
}

const harmless = {
  'a new field': ['email: String!', 'email: String! phone: String'],
  'a field that is never null any more': ['nickname(short: Boolean): String', 'nickname(short: Boolean): String!'],
  'a new optional input field': ['name: String!', 'name: String! code: String'],
  'a new enum value': ['OPERATOR', 'OPERATOR AUDITOR'],
  'a field that is old': ['email: String!', 'email: String! @deprecated(reason: "Use phone.")'],
  'a field that more people may call': ['Role @authenticated', 'Role @public'],
}

describe('A change of the schema', () => {
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

describe('The check of a repository', () => {
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

  // From here on, the repository is a clone of what it was.
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

  it('lets an unchanged and a grown schema pass', () => {
    passes()
    write('schema.graphqls', added)
    passes()
  })
  it('refuses a breaking change that is not committed yet', () => {
    write('schema.graphqls', without('email: String!,'))
    refuses('FIELD_REMOVED User.email')
  })
  it('refuses it on main itself, also behind a harmless commit', () => {
    commit(without('email: String!,'))
    commit(without('email: String!,').replace('id: ID!', 'id: ID! phone: String'))
    refuses('FIELD_REMOVED User.email')
  })
  it('holds a branch to what main offered when it began', () => {
    git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    commit(added)
    commit(base)
    passes()
    commit(without('email: String!,'))
    refuses('FIELD_REMOVED User.email')
  })
  it('holds it to the contract, whatever the history says', () => {
    write('graph/testdata/contract.graphqls', `${base} extend type User { fax: String }`)
    refuses('FIELD_REMOVED User.fax')
  })
  it('lets pass what the list accepts, and nothing else', () => {
    write('docs/schema-changes.md', '## Accepted\n\n- `FIELD_REMOVED User.email` (2026-05-01): it moved.\n')
    write('schema.graphqls', without('email: String!,'))
    passes()
    write('schema.graphqls', without('email: String!,').replace('OPERATOR', ''))
    refuses('ENUM_VALUE_REMOVED Role.OPERATOR')
  })
  const saysWhatIsNotChecked = (why) => {
    const { status, stderr } = check()
    assert.equal(status, 0, stderr)
    assert.match(stderr, why)
    assert.match(stderr, /NOT CHECKED/)
    assert.notEqual(check('true').status, 0)
  }
  it('says what it cannot check without a history, and fails there in CI', () => {
    rmSync(join(folder, '.git'), { recursive: true })
    saysWhatIsNotChecked(/No git history/)
  })
  it('does the same where work and main have nothing in common', () => {
    git('checkout', '-q', '--orphan', 'work')
    commit(added)
    saysWhatIsNotChecked(/no commit in common/)
  })
  it('does the same in a shallow clone, which it holds to the contract', () => {
    commit(added)
    clone('--depth=1')
    saysWhatIsNotChecked(/shallow/)
    write('graph/testdata/contract.graphqls', `${base} extend type User { fax: String }`)
    refuses('FIELD_REMOVED User.fax')
  })
  it('holds a clone of main to its history, in CI too, whatever its remote is called', () => {
    commit(without('email: String!,').replace('id: ID!', 'id: ID! phone: String'))
    clone('--origin=elsewhere')
    assert.equal(check('true').status, 1)
    refuses('FIELD_REMOVED User.email')
    write('schema.graphqls', base.replace('id: ID!', 'id: ID! phone: String'))
    assert.equal(check('true').status, 0)
  })
  it('holds a branch to the local main, where nothing was cloned', () => {
    git('checkout', '-q', '-b', 'work')
    commit(added)
    commit(base)
    passes()
  })
  it('says that the own versions count in a clone without main', () => {
    git('checkout', '-q', '-b', 'work')
    commit(added)
    commit(base)
    clone('--single-branch', '--branch=work')
    assert.match(check().stderr, /No main branch here/)
    refuses('FIELD_REMOVED User.phone')
  })
})
