/** @file JSON from files we do not trust: size limit, no duplicate keys, checked by a schema. Knows no particular file. */
import type { z } from 'zod'
import { readText } from './byte-source.ts'
import { CheckpointFormatError, quote } from './errors.ts'

/** Config files are a few KiB; the largest index upstream (thousands of experts) is under 10 MB. */
const jsonLimitBytes = 32 * 1024 * 1024

/** Reads and checks a JSON file. Throws CheckpointFormatError naming the file and the first field that does not fit. */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>): T {
  const value = parseJson(path, readText(path, jsonLimitBytes))
  return acceptJson(path, value, schema)
}

/** Checks an already parsed value against `schema`, see {@link readJsonFile}. */
export function acceptJson<T>(path: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.path.map(String).join('.')
  const found = issue && 'input' in issue && issue.input !== undefined ? `, found ${show(issue.input)}` : ''
  const problem = `${issue?.message ?? 'does not fit'}${found}`
  throw new CheckpointFormatError(field ? { path, field } : { path }, problem, { cause: result.error })
}

/**
 * JSON.parse that refuses a key given twice in one object: `JSON.parse` would silently keep the last, other readers keep
 * the first, and two readers that see different tensors in one file is an attack.
 */
export function parseJson(path: string, text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CheckpointFormatError({ path }, `expected JSON, found text that is not (${String(cause)})`, { cause })
  }
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined) throw new CheckpointFormatError({ path, field: duplicate }, 'expected each key once, found it twice')
  return value
}

/** First key that stands twice in one object of `text`, which must be valid JSON. */
function findDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '{') open.push(new Set())
    else if (char === '[') open.push(undefined)
    else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = endOfString(text, i)
      const keys = open.at(-1)
      if (keys && isFollowedByColon(text, end)) {
        const key = String(JSON.parse(text.slice(i, end)))
        if (keys.has(key)) return key
        keys.add(key)
      }
      i = end - 1
    }
  }
  return undefined
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}

function isFollowedByColon(text: string, from: number): boolean {
  let i = from
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\r' || text[i] === '\t') i++
  return text[i] === ':'
}

function show(value: unknown): string {
  return quote(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)))
}
