import { graphql } from './gql/index.js'
import type {
  AiProvider,
  LoginInput,
  LoginMutation,
  SaveLateCheckInConfigInput,
  SetAiIntegrationInput,
  TypedDocumentString,
} from './gql/graphql.js'

const Login = graphql(`
  mutation Login($input: LoginInput!) {
    login(input: $input) { token userErrors { code field message } }
  }`)

const Me = graphql(`
  query Me {
    me {
      id email role
      company {
        id name
        lateCheckIn { cutoff columns { guestName arrivalTime } }
        integrations { ai { configured provider model } }
      }
    }
  }`)

const SaveLateCheckIn = graphql(`
  mutation SaveLateCheckIn($input: SaveLateCheckInConfigInput!) {
    saveLateCheckInConfig(input: $input) {
      company { id lateCheckIn { cutoff columns { guestName arrivalTime } } }
      userErrors { code field message }
    }
  }`)

const SetAi = graphql(`
  mutation SetAi($input: SetAiIntegrationInput!) {
    setAiIntegration(input: $input) {
      company { id integrations { ai { configured provider model } } }
      userErrors { code field message }
    }
  }`)

type UserError = LoginMutation['login']['userErrors'][number]

interface GraphQLError {
  message: string
  extensions?: { code?: string; retryAfterSeconds?: number; requestId?: string }
}

/** The error of a failed request. See the table of error codes. */
export class ApiError extends Error {
  readonly code: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly requestId: string | undefined

  constructor({ message, extensions }: GraphQLError) {
    super(message)
    this.code = extensions?.code
    this.retryAfterSeconds = extensions?.retryAfterSeconds
    this.requestId = extensions?.requestId
  }
}

interface Options {
  url: string
  /** A token of an earlier session. */
  token?: string
  /** Shows a form with the errors of the last attempt and resolves to the input. */
  showSignIn: (userErrors: UserError[]) => Promise<LoginInput>
}

/** Calls the API for one user. */
export function createProfile({ url, token, showSignIn }: Options) {
  let current: string | null | undefined = token
  let signingIn: Promise<void> | undefined

  async function send<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
    const headers = new Headers({ 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' })
    if (current) headers.set('Authorization', `Bearer ${current}`)
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: document, variables }) })
    const { data, errors } = (await response.json()) as { data: Result; errors?: [GraphQLError, ...GraphQLError[]] }
    if (errors) throw new ApiError(errors[0])
    return data
  }

  // All requests that are refused at the same time share one form.
  function signIn(): Promise<void> {
    signingIn ??= signInUntilAccepted().finally(() => (signingIn = undefined))
    return signingIn
  }

  async function signInUntilAccepted() {
    let userErrors: UserError[] = []
    do {
      const { login } = await send(Login, { input: await showSignIn(userErrors) })
      current = login.token
      userErrors = login.userErrors
    } while (userErrors.length > 0)
  }

  async function request<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
    const used = current
    try {
      return await send(document, variables)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') throw error
      if (current === used) await signIn()
      return send(document, variables)
    }
  }

  async function setAi(input: SetAiIntegrationInput) {
    return (await request(SetAi, { input })).setAiIntegration
  }

  return {
    async me() {
      return (await request(Me, {})).me
    },

    // Mutations resolve to { company, userErrors }. With userErrors nothing was
    // changed.
    async saveLateCheckIn(input: SaveLateCheckInConfigInput) {
      return (await request(SaveLateCheckIn, { input })).saveLateCheckInConfig
    },

    // An API key belongs to its provider, so another provider may need a new one.
    async chooseAiProvider(provider: AiProvider, showKeyForm: (userErrors: UserError[]) => Promise<string>) {
      const payload = await setAi({ provider })
      if (payload.userErrors[0]?.code !== 'KEY_REQUIRED') return payload
      return setAi({ provider, apiKey: await showKeyForm(payload.userErrors) })
    },
  }
}
