const LOGIN = `
  mutation Login($input: LoginInput!) {
    login(input: $input) { token userErrors { code field message } }
  }`

const ME = `
  query Me {
    me {
      id email role
      company {
        id name
        lateCheckIn { cutoff columns { guestName arrivalTime } }
        integrations { ai { configured provider model } }
      }
    }
  }`

const SAVE_LATE_CHECK_IN = `
  mutation SaveLateCheckIn($input: SaveLateCheckInConfigInput!) {
    saveLateCheckInConfig(input: $input) {
      company { id lateCheckIn { cutoff columns { guestName arrivalTime } } }
      userErrors { code field message }
    }
  }`

const SET_AI = `
  mutation SetAi($input: SetAiIntegrationInput!) {
    setAiIntegration(input: $input) {
      company { id integrations { ai { configured provider model } } }
      userErrors { code field message }
    }
  }`

/** The error of a failed request. See the table of error codes. */
export class ApiError extends Error {
  constructor({ message, extensions }) {
    super(message)
    this.code = extensions?.code
    this.retryAfterSeconds = extensions?.retryAfterSeconds
    this.requestId = extensions?.requestId
  }
}

/**
 * Calls the API for one user. token is an optional token of an earlier session.
 *
 * showSignIn shows a form with the userErrors of the last attempt and resolves to
 * the entered email and password.
 */
export function createProfile({ url, token, showSignIn }) {
  let signingIn

  async function send(query, variables) {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' }
    if (token) headers.Authorization = `Bearer ${token}`
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    // The body decides, not the status: it is 294 for data with errors, for which
    // response.ok is true, and 4xx or 5xx for errors alone.
    const { data, errors } = await response.json()
    if (errors) throw new ApiError(errors[0])
    return data
  }

  // All requests that are refused at the same time share one form.
  function signIn() {
    signingIn ??= signInUntilAccepted().finally(() => (signingIn = undefined))
    return signingIn
  }

  async function signInUntilAccepted() {
    let userErrors = []
    do {
      const { login } = await send(LOGIN, { input: await showSignIn(userErrors) })
      token = login.token
      userErrors = login.userErrors
    } while (userErrors.length > 0)
  }

  async function request(query, variables) {
    const used = token
    try {
      return await send(query, variables)
    } catch (error) {
      if (error.code !== 'UNAUTHENTICATED') throw error
      if (token === used) await signIn()
      return send(query, variables)
    }
  }

  async function setAi(input) {
    return (await request(SET_AI, { input })).setAiIntegration
  }

  return {
    async me() {
      return (await request(ME)).me
    },

    // Mutations resolve to { company, userErrors }. With userErrors nothing was
    // changed.
    async saveLateCheckIn(input) {
      return (await request(SAVE_LATE_CHECK_IN, { input })).saveLateCheckInConfig
    },

    // An API key belongs to its provider, so another provider may need a new one.
    async chooseAiProvider(provider, showKeyForm) {
      const payload = await setAi({ provider })
      if (payload.userErrors[0]?.code !== 'KEY_REQUIRED') return payload
      return setAi({ provider, apiKey: await showKeyForm(payload.userErrors) })
    },
  }
}
