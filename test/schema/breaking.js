// Finds changes of a schema that break clients.
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'

/**
 * Lists the breaking changes between two schemas, given as SDL.
 *
 * @returns {Promise<{id: string, message: string}[]>} The id contains the kind and
 *   the path of the change, for example `FIELD_REMOVED User.email`.
 */
export async function breakingChanges(oldSDL, newSDL) {
  const [before, after] = [buildSchema(oldSDL), buildSchema(newSDL)]
  const changes = (await diff(before, after))
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map(({ type, path, message }) => ({ id: [type, path].filter(Boolean).join(' '), message }))
  return [...changes, ...restrictions(before, after), ...narrowedRanges(before, after)]
}

// In order of increasing restriction.
const access = ['public', 'authenticated', 'admin']

// A more restrictive directive breaks clients although the types stay the same.
function* restrictions(before, after) {
  for (const type of Object.values(before.getTypeMap())) {
    const fields = after.getType(type.name)?.getFields?.() ?? {}
    for (const field of type.astNode?.fields ?? []) {
      const name = field.name.value
      const [was, is] = [accessOf(field), accessOf(fields[name]?.astNode)]
      if (is > was) {
        const id = `ACCESS_RESTRICTED ${type.name}.${name}`
        yield { id, message: `${type.name}.${name} was @${access[was]} and is @${access[is]}` }
      }
    }
  }
}

// The index of a field in access, 0 without a directive.
function accessOf(node) {
  const directives = node?.directives ?? []
  return Math.max(0, ...directives.map((directive) => access.indexOf(directive.name.value)))
}

// A smaller range, or a new one, refuses integers that clients send.
function* narrowedRanges(before, after) {
  const earlier = new Map(inputs(before))
  for (const [path, node] of inputs(after)) {
    if (!earlier.has(path)) continue
    const [was, is] = [rangeOf(earlier.get(path)), rangeOf(node)]
    if (is.min > was.min || is.max < was.max) {
      yield { id: `RANGE_NARROWED ${path} ${is.min} to ${is.max}`, message: `${path} was ${was.min} to ${was.max} and is ${is.min} to ${is.max}` }
    }
  }
}

// The arguments and input fields of a schema, by path.
function* inputs(schema) {
  for (const type of Object.values(schema.getTypeMap())) {
    for (const field of type.astNode?.fields ?? []) {
      const path = `${type.name}.${field.name.value}`
      if (field.kind === 'InputValueDefinition') yield [path, field]
      for (const argument of field.arguments ?? []) yield [`${path}.${argument.name.value}`, argument]
    }
  }
}

function rangeOf(node) {
  const range = node.directives.find((directive) => directive.name.value === 'range')
  const limits = Object.fromEntries((range?.arguments ?? []).map(({ name, value }) => [name.value, Number(value.value)]))
  return { min: -Infinity, max: Infinity, ...limits }
}
