// Fails when the introspection of a running server differs from an SDL file.
// Introspection contains no applied directives, so they are not compared.
//
// Usage: node introspect.js URL FILE
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql'

const [url, file] = process.argv.slice(2)
const response = await fetch(url, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    query: getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true }),
  }),
})
const { data, errors } = await response.json()
assert.equal(errors, undefined)

const lines = (schema) => printSchema(lexicographicSortSchema(schema)).split('\n')
const served = lines(buildClientSchema(data))
const committed = lines(buildSchema(readFileSync(file, 'utf8')))
const first = served.findIndex((line, i) => line !== committed[i])
const around = (all) => all.slice(Math.max(0, first - 3), first + 4).join('\n')
assert.equal(around(served), around(committed), `The first difference is in line ${first}:`)
assert.equal(served.length, committed.length)
