import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { ErrorLink } from '@apollo/client/link/error'
import { from, mergeMap } from 'rxjs'

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
        integrations { pms { configured provider } ai { configured provider model } }
      }
    }
  }`

// The response contains the company with its id, so Apollo updates the cache.
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

// User and Company are cached by id. These types are parts of a company without an
// id: fields of different queries are merged.
const typePolicies = Object.fromEntries(
  ['Integrations', 'PmsIntegration', 'AiIntegration', 'GoogleIntegration', 'ApartmentColumns', 'LateCheckInConfig', 'LateCheckInColumns']
    .map((part) => [part, { merge: true }]),
)

/** Returns the code of a failed request, undefined without a response. */
export function codeOf(error) {
  return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : undefined
}

/**
 * Calls the API for one user. token is an optional token of an earlier session.
 *
 * showSignIn shows a form with the userErrors of the last attempt and resolves to
 * the entered email and password.
 */
export function createProfile({ url, token, showSignIn }) {
  let signingIn

  const authorization = () => (token ? `Bearer ${token}` : undefined)
  const authorize = new SetContextLink(({ headers }) => ({ headers: { ...headers, authorization: authorization() } }))
  const renew = new ErrorLink(({ error, operation, forward }) => {
    if (codeOf(error) !== 'UNAUTHENTICATED') return
    const used = operation.getContext().headers.authorization
    const renewed = used === authorization() ? signIn() : Promise.resolve()
    return from(renewed).pipe(mergeMap(() => forward(operation)))
  })
  const client = new ApolloClient({
    cache: new InMemoryCache({ typePolicies }),
    link: ApolloLink.from([renew, authorize, new HttpLink({ uri: url })]),
  })

  // All requests that are refused at the same time share one form.
  function signIn() {
    signingIn ??= signInUntilAccepted().finally(() => (signingIn = undefined))
    return signingIn
  }

  async function signInUntilAccepted() {
    let userErrors = []
    do {
      const variables = { input: await showSignIn(userErrors) }
      const { data } = await client.mutate({ mutation: LOGIN, variables })
      token = data.login.token
      userErrors = data.login.userErrors
    } while (userErrors.length > 0)
  }

  async function setAi(input) {
    const { data } = await client.mutate({ mutation: SET_AI, variables: { input } })
    return data.setAiIntegration
  }

  return {
    client,

    async me() {
      return (await client.query({ query: ME })).data.me
    },

    // Mutations resolve to { company, userErrors }. With userErrors nothing was
    // changed.
    async saveLateCheckIn(input) {
      const { data } = await client.mutate({ mutation: SAVE_LATE_CHECK_IN, variables: { input } })
      return data.saveLateCheckInConfig
    },

    // An API key belongs to its provider, so another provider may need a new one.
    async chooseAiProvider(provider, showKeyForm) {
      const payload = await setAi({ provider })
      if (payload.userErrors[0]?.code !== 'KEY_REQUIRED') return payload
      return setAi({ provider, apiKey: await showKeyForm(payload.userErrors) })
    },

    // The next user must not see the data of this one.
    async signOut() {
      token = undefined
      await client.clearStore()
    },
  }
}
