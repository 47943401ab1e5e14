/** @file Keys of a grid's YAML that no part of a grid has, found along its schema. It checks no values. */
import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { z } from 'zod'
import { experimentRequestSchema } from '../../../shared/domain/evaluation.ts'
import { findNearestKey } from '../training-config/nearest-key.ts'

export interface UnknownKey {
  /** Dotted, without places in lists: `tasks.source.pathes`. */
  readonly key: string
  /** A real one, dotted likewise; null where nothing is expected there. */
  readonly nearest: string | null
  /** In the text. */
  readonly offset: number | undefined
}

/** What zod writes of a schema, as far as keys are concerned. */
interface KeySchema {
  readonly properties?: Readonly<Record<string, KeySchema>>
  readonly items?: KeySchema
  readonly anyOf?: readonly KeySchema[]
  readonly oneOf?: readonly KeySchema[]
  readonly const?: unknown
}

// JSON Schema has more than is read here.
const gridSchema = z.toJSONSchema(experimentRequestSchema, { io: 'input' }) as KeySchema
const realKeys = [...new Set(listKeys(gridSchema, ''))]

/** The first one in the text; null where every key is real. */
export function findUnknownKey(node: Node | null, schema: KeySchema = gridSchema, place = ''): UnknownKey | null {
  if (isSeq(node)) return firstOf(node.items, (item) => findUnknownKey(item as Node | null, branchOf(schema, item).items ?? {}, place))
  if (!isMap(node)) return null
  const { properties } = branchOf(schema, node)
  return firstOf(node.items, ({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : ''
    const below = properties?.[name]
    if (below !== undefined) return findUnknownKey(value as Node | null, below, `${place}${name}.`)
    const wrong = `${place}${name}`
    // A value where none is expected is told with the values.
    return properties === undefined ? null : { key: wrong, nearest: findNearestKey(wrong, realKeys), offset: isScalar(key) ? key.range?.[0] : undefined }
  })
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => UnknownKey | null): UnknownKey | null {
  for (const item of items) {
    const found = find(item)
    if (found !== null) return found
  }
  return null
}

/** Of several shapes the one that the node's `kind` names, else all their keys together. */
function branchOf(schema: KeySchema, node: unknown): KeySchema {
  const branches = (schema.anyOf ?? schema.oneOf ?? []).map((branch) => branchOf(branch, node))
  if (branches.length === 0) return schema
  const kind: unknown = isMap(node) ? node.get('kind') : undefined
  const named = branches.find(({ properties }) => properties?.['kind']?.const !== undefined && properties['kind'].const === kind)
  if (named !== undefined) return named
  const items = branches.find((branch) => branch.items !== undefined)?.items
  const properties = Object.assign({}, ...branches.map((branch) => branch.properties ?? {})) as Record<string, KeySchema>
  return { ...(items !== undefined && { items }), ...(Object.keys(properties).length > 0 && { properties }) }
}

function listKeys({ properties = {}, items, anyOf = [], oneOf = [] }: KeySchema, place: string): string[] {
  const own = Object.entries(properties).flatMap(([name, below]) => [`${place}${name}`, ...listKeys(below, `${place}${name}.`)])
  return [...own, ...[...anyOf, ...oneOf, ...(items === undefined ? [] : [items])].flatMap((below) => listKeys(below, place))]
}
