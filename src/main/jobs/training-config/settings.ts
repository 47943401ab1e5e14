/**
 * @file The settings of a YAML file and of `--options key value …`, flat, each with its place. It does not know which
 * settings exist.
 */
import { isAlias, isMap, isScalar, LineCounter, type Node, parse, parseDocument, type YAMLError, YAMLParseError } from 'yaml'
import { TrainingConfigError, type ConfigProblem } from './config-error.ts'

export interface Setting {
  /** A scalar or a list, as YAML 1.2 reads it. */
  readonly value: unknown
  /** `gsm8k.yaml:12` or `--options`. */
  readonly place: string
}
/** By dotted key, such as `run.weaver.sft.learning_rate`. */
export type Settings = ReadonlyMap<string, Setting>

/** The reference's files have 4 kB; what is larger is no configuration. */
export const MAX_CONFIG_CHARACTERS = 1_000_000
/** Aliases can make a small file unfold into a huge one. */
const MAX_SETTINGS = 10_000

/** @throws {TrainingConfigError} what is not YAML, has a key twice, or is no map of sections */
export function readYamlSettings(file: string, source: string): Settings {
  if (source.length > MAX_CONFIG_CHARACTERS) throw problemOf(file, `expected a configuration of at most ${MAX_CONFIG_CHARACTERS} characters, found ${source.length}`)
  const lineCounter = new LineCounter()
  const document = parseDocument(source, { lineCounter })
  if (document.errors.length > 0) throw new TrainingConfigError(document.errors.map((error) => describeYamlError(file, error)))
  const settings = new Map<string, Setting>()
  const placeOf = (node: Node | null): string => `${file}:${node?.range ? lineCounter.linePos(node.range[0]).line : 1}`

  const walk = (node: Node | null, path: readonly string[], place: string): void => {
    const target = isAlias(node) ? (node.resolve(document) ?? null) : node
    if (settings.size >= MAX_SETTINGS) throw problemOf(file, `expected at most ${MAX_SETTINGS} settings`)
    if (!isMap(target)) {
      // A section that says nothing, such as `grpo:` alone.
      if (path.length > 0) settings.set(path.join('.'), { value: (target?.toJS(document, { maxAliasCount: 100 }) as unknown) ?? null, place })
      return
    }
    for (const { key, value } of target.items) {
      const name = isScalar(key) ? String(key.value) : '?'
      walk(value as Node | null, [...path, name], placeOf(key as Node)) // what a parsed map consists of
    }
  }
  if (document.contents !== null && !isMap(document.contents)) throw problemOf(file, 'expected the sections model, dataset and run')
  walk(document.contents, [], placeOf(null))
  return settings
}

/**
 * Pairs of a dotted key and a value, values as in YAML; `key=value` is a pair too. A key given twice counts as the last time.
 *
 * @param words what stood after `--options`
 * @param section the keys' section, with its last dot
 * @throws {TrainingConfigError} a key without a value
 */
export function readOptionSettings(words: readonly string[], section = ''): { settings: Settings; repeatedKeys: readonly string[] } {
  const settings = new Map<string, Setting>()
  const repeatedKeys: string[] = []
  const waiting = [...words]
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    const [, name = word, joined] = /^([\w.]+)=(.*)$/s.exec(word) ?? []
    const key = `${section}${name}`
    const value = joined ?? waiting.shift()
    if (value === undefined) throw new TrainingConfigError([{ place: '--options', key, problem: 'expected a value after it, found nothing' }])
    if (settings.has(key)) repeatedKeys.push(key)
    settings.set(key, { value: readScalar(key, value), place: '--options' })
  }
  return { settings, repeatedKeys }
}

/** Later sources win. */
export function mergeSettings(...sources: readonly Settings[]): Settings {
  return new Map(sources.flatMap((settings) => [...settings]))
}

function readScalar(key: string, source: string): unknown {
  try {
    const value: unknown = parse(source, { logLevel: 'error' })
    // An empty word and a text with a colon in it (a Windows path, an address) mean themselves.
    const isText = value === null ? source.trim() === '' : typeof value === 'object' && !Array.isArray(value)
    return isText ? source : value
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    if (!/^\s*[[{]/.test(source)) return source
    throw new TrainingConfigError([{ place: '--options', key, problem: `${error.message.split('\n', 1)[0] ?? 'not readable'}, found ${source.slice(0, 80)}` }])
  }
}

function describeYamlError(file: string, { message, linePos }: Pick<YAMLError, 'message' | 'linePos'>): ConfigProblem {
  return { place: `${file}:${linePos?.[0].line ?? 1}`, key: null, problem: (message.split('\n', 1)[0] ?? message).replace(/ at line \d+, column \d+:?$/, '') }
}

function problemOf(file: string, problem: string): TrainingConfigError {
  return new TrainingConfigError([{ place: file, key: null, problem }])
}
