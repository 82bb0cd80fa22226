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
  return [...changes, ...restrictions(before, after)]
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
