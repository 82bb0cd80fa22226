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

// The answer holds a Company, so urql asks again for what shows one.
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

/** The code of a failed request, undefined when the API was not reached. */
export function codeOf(error) {
  return error.graphQLErrors?.[0]?.extensions?.code
}

/**
 * Calls the API for one person. A token from an earlier visit may be given.
 *
 * showSignIn shows a form, with the userErrors of the last attempt, and
 * resolves to the email and password that were entered.
 */
export function createProfile({ url, token, showSignIn }) {
  let refused // the header of the last request that was refused

  const auth = authExchange(async ({ appendHeaders, mutate }) => ({
    addAuthToOperation: (operation) =>
      token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation,
    willAuthError: () => !token,
    didAuthError(error, operation) {
      if (codeOf(error) !== 'UNAUTHENTICATED') return false
      refused = operation.context.fetchOptions?.headers?.Authorization
      return true
    },

    // urql calls this once for requests that are refused while it runs, and then
    // sends them again. One that is refused later needs no other sign-in.
    async refreshAuth() {
      if (token && refused !== `Bearer ${token}`) return
      let userErrors = []
      do {
        const login = answer(await mutate(LOGIN, { input: await showSignIn(userErrors) })).login
        token = login.token
        userErrors = login.userErrors
      } while (userErrors.length > 0)
    },
  }))
  const client = new Client({
    url,
    exchanges: [cacheExchange, auth, fetchExchange],
    preferGetMethod: false, // addresses end up in logs, bodies do not
  })

  async function setAi(input) {
    return answer(await client.mutation(SET_AI, { input })).setAiIntegration
  }

  return {
    async me() {
      return answer(await client.query(ME, {})).me
    },

    // Mutations resolve to { company, userErrors }. Where userErrors tell why,
    // nothing was changed.
    async saveLateCheckIn(input) {
      return answer(await client.mutation(SAVE_LATE_CHECK_IN, { input })).saveLateCheckInConfig
    },

    // A key belongs to its provider, so another provider may need another key.
    async chooseAiProvider(provider, showKeyForm) {
      const payload = await setAi({ provider })
      if (payload.userErrors[0]?.code !== 'KEY_REQUIRED') return payload
      return setAi({ provider, apiKey: await showKeyForm(payload.userErrors) })
    },
  }
}

function answer({ data, error }) {
  if (error) throw error
  return data
}
