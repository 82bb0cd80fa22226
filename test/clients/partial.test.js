// Reads a response with data and errors, status 294, as docs/clients.md says: an
// operator may not read the audit log. clients_test.go sets the environment.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { Client, fetchExchange } from '@urql/core'

const { PROFILE_URL: url, TOKEN } = process.env
const query = '{ me { id company { id auditLog { nodes { id } } } } }'
const headers = { Authorization: `Bearer ${TOKEN}` }

// Wraps fetch to check the status of each response.
async function partial(address, options) {
  const response = await fetch(address, options)
  assert.equal(response.status, 294)
  assert.ok(response.ok)
  return response
}

function check(data, errors) {
  assert.ok(data.me.company.id)
  assert.equal(data.me.company.auditLog, null)
  assert.deepEqual(errors.map(({ path, extensions }) => [path.join('.'), extensions.code]), [['me.company.auditLog', 'FORBIDDEN']])
}

it('fetch', async () => {
  const types = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' }
  const response = await partial(url, { method: 'POST', headers: { ...headers, ...types }, body: JSON.stringify({ query }) })
  const { data, errors } = await response.json()
  check(data, errors)
})

it('Apollo Client', async () => {
  const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url, headers, fetch: partial }) })
  const { data, error } = await client.query({ query: gql(query), errorPolicy: 'all' })
  check(data, error.errors)
  await assert.rejects(client.query({ query: gql(query), fetchPolicy: 'no-cache' }), (failed) => CombinedGraphQLErrors.is(failed))
})

it('urql', async () => {
  const client = new Client({ url, exchanges: [fetchExchange], fetch: partial, fetchOptions: { headers }, preferGetMethod: false })
  const { data, error } = await client.query(query, {})
  check(data, error.graphQLErrors)
})
