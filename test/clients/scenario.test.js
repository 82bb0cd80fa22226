// Tests one example against a running server. clients_test.go sets the environment.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'

const { EXAMPLE, FILE, PROFILE_URL: url, ADMIN, OPERATOR, PASSWORD, EXPIRED_TOKEN } = process.env
const { createProfile, codeOf = (error) => error.code } = await import(FILE)

const admin = { email: ADMIN, password: PASSWORD }
const operator = { email: OPERATOR, password: PASSWORD }

// A form that returns one entry after another and records the errors that it shows.
function form(...entries) {
  const shown = []
  const show = async (userErrors) => {
    shown.push(userErrors.map(({ code }) => code))
    assert.ok(entries.length > 0, 'the form was shown too often')
    return entries.shift()
  }
  return { show, shown }
}

const signedInAs = (user) => createProfile({ url, showSignIn: form(user).show })
const withCode = (code) => (error) => {
  assert.equal(codeOf(error), code, error)
  return true
}

let requests = 0
let lastStatus
before(() => {
  const { fetch } = globalThis
  globalThis.fetch = async (...args) => {
    requests++
    const response = await fetch(...args)
    lastStatus = response.status
    return response
  }
})

describe(EXAMPLE, () => {
  it('shows the form again after a wrong password', async () => {
    const { show, shown } = form({ ...admin, password: 'wrong' }, admin)
    const me = await createProfile({ url, showSignIn: show }).me()
    assert.equal(me.email, ADMIN)
    assert.equal(me.role, 'ADMIN')
    assert.deepEqual(shown, [[], ['INVALID_CREDENTIALS']])
  })

  it('signs in once for all requests that are refused with an expired token', async () => {
    const { show, shown } = form(admin)
    const profile = createProfile({ url, token: EXPIRED_TOKEN, showSignIn: show })
    const [me, saved] = await Promise.all([profile.me(), profile.saveLateCheckIn({ cutoff: '20:30' })])
    assert.equal(me.email, ADMIN)
    assert.deepEqual(saved.userErrors, [])
    assert.equal(shown.length, 1)
  })

  it('does not sign in again for a request that is refused after the sign-in', async (t) => {
    const { show, shown } = form(admin)
    const profile = createProfile({ url, token: EXPIRED_TOKEN, showSignIn: show })
    const { fetch } = globalThis
    let late
    t.mock.method(globalThis, 'fetch', async (address, options) => {
      const isLate = !late && String(options.body).includes('saveLateCheckIn')
      late ||= isLate
      const response = await fetch(address, options)
      if (isLate) await me
      return response
    })
    const me = profile.me()
    const [{ email }, saved] = await Promise.all([me, profile.saveLateCheckIn({ cutoff: '20:45' })])
    assert.ok(late)
    assert.equal(email, ADMIN)
    assert.deepEqual(saved.userErrors, [])
    assert.equal(shown.length, 1)
  })

  it('saves a configuration and then shows it', async () => {
    const profile = signedInAs(admin)
    await profile.me()
    for (const [cutoff, guestName] of [['21:15', 'B'], ['22:00', null]]) {
      const { company, userErrors } = await profile.saveLateCheckIn({ cutoff, columns: { guestName } })
      assert.deepEqual(userErrors, [])
      assert.equal(company.lateCheckIn.cutoff, cutoff)
      const { lateCheckIn } = (await profile.me()).company
      assert.equal(lateCheckIn.cutoff, cutoff)
      assert.equal(lateCheckIn.columns.guestName, guestName)
    }
  })

  it('asks for an API key only when the provider needs one', async () => {
    const profile = signedInAs(admin)
    await profile.me()
    const { show, shown } = form('test-key-of-claude')
    const { company, userErrors } = await profile.chooseAiProvider('CLAUDE', show)
    assert.deepEqual(userErrors, [])
    assert.deepEqual(shown, [['KEY_REQUIRED']])
    assert.equal(company.integrations.ai.configured, true)

    await profile.chooseAiProvider('CLAUDE', show)
    assert.equal(shown.length, 1)
    assert.equal((await profile.me()).company.integrations.ai.provider, 'CLAUDE')
  })

  it('returns the code of a refused request', async () => {
    await assert.rejects(signedInAs(operator).saveLateCheckIn({ cutoff: '20:00' }), withCode('FORBIDDEN'))
    assert.equal(lastStatus, 294)
    await assert.rejects(signedInAs(admin).saveLateCheckIn({ cutoff: '24:00' }), withCode('BAD_USER_INPUT'))
    assert.equal(lastStatus, 422)
  })

  if (EXAMPLE === 'apollo') {
    it('reads from its cache, which mutations update', async () => {
      const profile = signedInAs(admin)
      const { pms } = (await profile.me()).company.integrations
      await profile.chooseAiProvider('GEMINI', async () => 'test-key-of-gemini')
      const before = requests
      const { integrations } = (await profile.me()).company
      assert.equal(requests, before)
      assert.equal(integrations.ai.provider, 'GEMINI')
      assert.deepEqual(integrations.pms, pms)
      assert.doesNotMatch(JSON.stringify(profile.client.extract()), /token|password|test-key/)

      await profile.signOut()
      assert.deepEqual(profile.client.extract(), {})
    })
  }
})
