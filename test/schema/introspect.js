// Fails when the schema that a running server tells of itself is not that of an
// SDL file. Applied directives are not compared: introspection has none.
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
const told = lines(buildClientSchema(data))
const committed = lines(buildSchema(readFileSync(file, 'utf8')))
const place = told.findIndex((line, i) => line !== committed[i])
const around = (all) => all.slice(Math.max(0, place - 3), place + 4).join('\n')
assert.equal(around(told), around(committed), `They part at line ${place}:`)
assert.equal(told.length, committed.length)
