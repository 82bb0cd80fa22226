// What of a new schema would break the clients of an old one.
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'

/**
 * Lists the breaking changes between two schemas, given as SDL.
 *
 * @returns {Promise<{id: string, message: string}[]>} The id names the change
 *   and its place, for example `FIELD_REMOVED User.email`.
 */
export async function breakingChanges(oldSDL, newSDL) {
  const [before, after] = [buildSchema(oldSDL), buildSchema(newSDL)]
  const changes = (await diff(before, after))
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map(({ type, path, message }) => ({ id: [type, path].filter(Boolean).join(' '), message }))
  return [...changes, ...restrictions(before, after)]
}

// From who may call to who may not.
const access = ['public', 'authenticated', 'admin']

// A field that fewer people may call than before breaks those who no longer
// may, which is no matter of types.
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

// The place of a field in access, 0 for one without a directive.
function accessOf(node) {
  const directives = node?.directives ?? []
  return Math.max(0, ...directives.map((directive) => access.indexOf(directive.name.value)))
}
