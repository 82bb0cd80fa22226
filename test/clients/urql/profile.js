import { Client, cacheExchange, fetchExchange, gql } from '@urql/core'
import { authExchange } from '@urql/exchange-auth'

const LOGIN = gql`
  mutation Login($input: LoginInput!) {
    login(input: $input) { token userErrors { code field message } }
  }`

const ME = gql`
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

// The response contains a Company, so urql repeats the queries that contain one.
const SAVE_LATE_CHECK_IN = gql`
  mutation SaveLateCheckIn($input: SaveLateCheckInConfigInput!) {
    saveLateCheckInConfig(input: $input) {
      company { id lateCheckIn { cutoff columns { guestName arrivalTime } } }
      userErrors { code field message }
    }
  }`

const SET_AI = gql`
  mutation SetAi($input: SetAiIntegrationInput!) {
    setAiIntegration(input: $input) {
      company { id integrations { ai { configured provider model } } }
      userErrors { code field message }
    }
  }`

/** Returns the code of a failed request, undefined without a response. */
export function codeOf(error) {
  return error.graphQLErrors?.[0]?.extensions?.code
}

/**
 * Calls the API for one user. token is an optional token of an earlier session.
 *
 * showSignIn shows a form with the userErrors of the last attempt and resolves to
 * the entered email and password.
 */
export function createProfile({ url, token, showSignIn }) {
  let refused // the header of the last refused request

  const auth = authExchange(async ({ appendHeaders, mutate }) => ({
    addAuthToOperation: (operation) =>
      token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation,
    willAuthError: () => !token,
    didAuthError(error, operation) {
      if (codeOf(error) !== 'UNAUTHENTICATED') return false
      refused = operation.context.fetchOptions?.headers?.Authorization
      return true
    },

    // urql calls this once for all requests that are refused while it runs, and then
    // repeats them. A request that is refused later needs no other sign-in.
    async refreshAuth() {
      if (token && refused !== `Bearer ${token}`) return
      let userErrors = []
      do {
        const login = dataOf(await mutate(LOGIN, { input: await showSignIn(userErrors) })).login
        token = login.token
        userErrors = login.userErrors
      } while (userErrors.length > 0)
    },
  }))
  const client = new Client({
    url,
    exchanges: [cacheExchange, auth, fetchExchange],
    preferGetMethod: false, // URLs are logged, bodies are not
  })

  async function setAi(input) {
    return dataOf(await client.mutation(SET_AI, { input })).setAiIntegration
  }

  return {
    async me() {
      return dataOf(await client.query(ME, {})).me
    },

    // Mutations resolve to { company, userErrors }. With userErrors nothing was
    // changed.
    async saveLateCheckIn(input) {
      return dataOf(await client.mutation(SAVE_LATE_CHECK_IN, { input })).saveLateCheckInConfig
    },

    // An API key belongs to its provider, so another provider may need a new one.
    async chooseAiProvider(provider, showKeyForm) {
      const payload = await setAi({ provider })
      if (payload.userErrors[0]?.code !== 'KEY_REQUIRED') return payload
      return setAi({ provider, apiKey: await showKeyForm(payload.userErrors) })
    },
  }
}

function dataOf({ data, error }) {
  if (error) throw error
  return data
}
