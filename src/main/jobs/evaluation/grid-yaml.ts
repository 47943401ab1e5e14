/**
 * @file A grid as YAML: `ExperimentRequest` with its own names, only what differs from the defaults, and arms as words such as
 * `always+zero`. It opens no file and looks for no model.
 */
import { isDeepStrictEqual } from 'node:util'
import { isNode, isScalar, LineCounter, parseDocument, stringify, type Document } from 'yaml'
import { experimentRequestSchema, type ExperimentRequest } from '../../../shared/domain/evaluation.ts'
import { findUnknownKey } from './grid-keys.ts'
import { exactPolicyArm, parsePolicyArm, PolicyArmError } from './policy-arm-text.ts'

/** The text is no grid. The message says where, what was expected and what was found. */
export class GridTextError extends Error {
  override readonly name = 'GridTextError'
  /** Counted from 1; null where the text as a whole is meant. */
  readonly line: number | null
  readonly column: number | null

  constructor(problem: string, { line, column }: { line: number | null; column: number | null }) {
    super(line === null ? problem : `line ${line}, column ${column ?? 1}: ${problem}`)
    this.line = line
    this.column = column
  }
}

type Path = readonly (string | number)[]

/** Throws GridTextError for the first problem in the text. */
export function parseGrid(yaml: string): ExperimentRequest {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number | undefined) => {
    if (offset === undefined) return { line: null, column: null }
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const [broken] = document.errors
  if (broken !== undefined) throw new GridTextError(broken.message, at(broken.pos[0]))
  const fail = (problem: string, path: Path): never => {
    throw new GridTextError(problem, at(offsetOf(document, path)))
  }
  const unknown = findUnknownKey(document.contents)
  if (unknown !== null) {
    const nearest = unknown.nearest === null ? '' : `; the nearest is ${unknown.nearest}`
    throw new GridTextError(`there is no key ${unknown.key}${nearest}`, at(unknown.offset))
  }
  const given: unknown = document.toJS()
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return fail('expected keys with values, such as name and models', [])
  const { arms } = given as { arms?: unknown }
  const read = Array.isArray(arms) ? { ...given, arms: arms.map((arm: unknown, index) => readArm(arm, (problem) => fail(problem, ['arms', index]))) } : given
  const parsed = experimentRequestSchema.safeParse(read)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  // No symbol is a key of YAML.
  const path = (issue?.path ?? []) as (string | number)[]
  return fail(`${path.join('.')}: ${issue?.message ?? 'not a grid'}`, path)
}

function readArm(arm: unknown, fail: (problem: string) => never): unknown {
  if (typeof arm !== 'string') return arm
  try {
    return parsePolicyArm(arm)
  } catch (error) {
    if (error instanceof PolicyArmError) return fail(error.message)
    throw error
  }
}

/** Of the value at the path, or of what should hold it. */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range != null) return node.range[0]
    // The root's own node is not found by an empty path.
    if (length === 0 && isNode(document.contents) && !isScalar(document.contents)) return document.contents.range?.[0]
  }
  return undefined
}

/** Text that `parseGrid` reads back to the same grid. */
export function printGrid(request: ExperimentRequest): string {
  const short = withoutDefaults(request)
  return stringify({ ...short, arms: request.arms.map((arm) => exactPolicyArm(arm) ?? arm) }, { lineWidth: 0 })
}

/** The same request, without fields that the schema fills in again. */
function withoutDefaults(request: ExperimentRequest): Record<string, unknown> {
  const draft = structuredClone(request) as Record<string, unknown>
  const isSame = (): boolean => {
    const parsed = experimentRequestSchema.safeParse(draft)
    return parsed.success && isDeepStrictEqual(parsed.data, request)
  }
  const prune = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) return value.forEach(prune)
    const fields = value as Record<string, unknown>
    for (const [key, field] of Object.entries(fields)) {
      Reflect.deleteProperty(fields, key)
      if (isSame()) continue
      fields[key] = field
      prune(field)
    }
  }
  prune(draft)
  return draft
}
