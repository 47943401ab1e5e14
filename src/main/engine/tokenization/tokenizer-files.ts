/** @file Reads and checks the JSON files of a tokenizer folder. Does not know how text becomes ids. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { TokenizerError } from './tokenizer-error.ts'

/** Largest file that is parsed: the biggest published tokenizer.json (Gemma, 256k tokens) has 33 MB. */
const MAX_FILE_BYTES = 128 * 2 ** 20

/** Ids index arrays, so a lying id must not decide how much memory is taken. The largest published vocabularies have 2^18. */
const MAX_TOKEN_ID = 2 ** 22

const tokenIdSchema = z.number().int().min(0).max(MAX_TOKEN_ID)

/** Ids by token, or tokens with scores, whose ids are their places. */
type Vocabulary = Record<string, number> | [string, number][]
/** In the order in which they are tried. */
type Merges = string[] | [string, string][]

/** By hand, like the merges: a schema would copy 150,000 entries and take longer than everything else in the file. */
function isVocabulary(value: unknown): value is Vocabulary {
  if (Array.isArray(value)) return value.length <= MAX_TOKEN_ID && value.every((entry) => isPair(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number')
  return typeof value === 'object' && value !== null && Object.values(value).every((id) => Number.isInteger(id) && id >= 0 && id <= MAX_TOKEN_ID)
}

function isMerges(value: unknown): value is Merges {
  if (!Array.isArray(value)) return false
  const isMerge = typeof value[0] === 'string' ? (merge: unknown) => typeof merge === 'string' : (merge: unknown) => isPair(merge) && merge.every((token) => typeof token === 'string')
  return value.every(isMerge)
}

function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}

const tokenizerJsonSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: tokenIdSchema, content: z.string().min(1) })).default([]),
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.custom<Vocabulary>(isVocabulary, `expected integer ids from 0 to ${MAX_TOKEN_ID} by token, or a list of tokens with scores`),
    merges: z.custom<Merges>(isMerges, 'expected a list of pairs of tokens').optional(),
  }),
  normalizer: z.unknown().default(null),
  pre_tokenizer: z.unknown().default(null),
  post_processor: z.unknown().default(null),
  decoder: z.unknown().default(null),
})

/** A special token is named by its text, or by a serialized AddedToken. */
const tokenNameSchema = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform((token) => token.content)])
  .nullish()

const tokenNamesSchema = z.looseObject({ eos_token: tokenNameSchema, pad_token: tokenNameSchema })

const tokenizerConfigSchema = z.looseObject({
  ...tokenNamesSchema.shape,
  clean_up_tokenization_spaces: z.boolean().nullish(),
})

export interface TokenizerFiles {
  readonly tokenizerJsonPath: string
  readonly tokenizerConfigPath: string
  readonly tokenizerJson: z.infer<typeof tokenizerJsonSchema>
  readonly tokenizerConfig: z.infer<typeof tokenizerConfigSchema>
  /** Text of the special token, from tokenizer_config.json or else special_tokens_map.json. */
  readonly eosToken: string | undefined
  readonly padToken: string | undefined
}

/**
 * Reads `tokenizer.json`, `tokenizer_config.json` and, if there is one, `special_tokens_map.json` of a model folder.
 * @throws TokenizerError naming the file that is missing or malformed
 */
export function readTokenizerFiles(directory: string): TokenizerFiles {
  const tokenizerJsonPath = join(directory, 'tokenizer.json')
  const tokenizerConfigPath = join(directory, 'tokenizer_config.json')
  const specialTokensPath = join(directory, 'special_tokens_map.json')
  const tokenizerJson = readJson(tokenizerJsonPath, tokenizerJsonSchema)
  const tokenizerConfig = readJson(tokenizerConfigPath, tokenizerConfigSchema)
  const specialTokens = existsSync(specialTokensPath) ? readJson(specialTokensPath, tokenNamesSchema) : {}
  return {
    tokenizerJsonPath,
    tokenizerConfigPath,
    tokenizerJson,
    tokenizerConfig,
    eosToken: tokenizerConfig.eos_token ?? specialTokens.eos_token ?? undefined,
    padToken: tokenizerConfig.pad_token ?? specialTokens.pad_token ?? undefined,
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseJson(path, readText(path)))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new TokenizerError(path, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`)
}

function readText(path: string): string {
  if (!existsSync(path)) throw new TokenizerError(path, 'this file of the tokenizer is missing')
  const stat = statSync(path)
  // A pipe would keep the reader waiting for ever.
  if (!stat.isFile()) throw new TokenizerError(path, 'expected a file, found a folder or device')
  const { size } = stat
  if (size > MAX_FILE_BYTES) throw new TokenizerError(path, `${size} bytes, expected at most ${MAX_FILE_BYTES}`)
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TokenizerError(path, 'the file could not be read', { cause })
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TokenizerError(path, 'the file is not valid JSON', { cause })
  }
}
