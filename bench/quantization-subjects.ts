/** @file Models with texts to read and prompts to answer, for measuring what quantisation costs. It measures nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { renderConversation } from '../src/main/engine/tokenization/chat-template.ts'
import type { Tokenizer } from '../src/main/engine/tokenization/tokenizer.ts'
import type { ModelLocation } from '../src/shared/domain/model.ts'
import type { RunConfigInput } from '../src/shared/domain/run-config.ts'
import { findGoldenCases } from '../test/support/golden-case.ts'

export interface CostText {
  readonly promptIds: readonly number[]
  /** What is read after the prompt for the perplexity; the completion is generated anew. */
  readonly continuationIds: readonly number[]
  /** Whether a completion solves the problem; absent where nobody can say. */
  readonly isSolvedBy?: (completion: string) => boolean
}

/** What is reported as one. */
export interface CostSubject {
  readonly name: string
  readonly parts: readonly CostPart[]
}

export interface CostPart {
  readonly location: ModelLocation
  readonly texts: (tokenizer: Tokenizer) => CostText[]
  readonly config: RunConfigInput
}

const conversationSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(2),
  solution: z.string().optional(),
})

const demo = join(import.meta.dirname, '../resources/demo-model')
/** Longest answer of the demo's problems: five lines of twelve tokens. */
const MAX_NEW_TOKENS = 96

/** The bundled model on the held-out problems of both of its domains. */
export function readDemoSubjects(limit: number): CostSubject[] {
  const location = { reasonerDir: join(demo, 'base'), checkpointDir: join(demo, 'memgen') }
  return ['base', 'new'].map((domain) => readConversationSubject(`Demo model, ${domain} domain`, location, join(demo, `tasks/${domain}-test.jsonl`), limit))
}

/** The first `limit` conversations of a file, one a line, each with a last message of the assistant to read. */
export function readConversationSubject(name: string, location: ModelLocation, path: string, limit: number): CostSubject {
  const lines = readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').slice(0, limit)
  const conversations = lines.map((line) => conversationSchema.parse(JSON.parse(line)))
  const policy = location.checkpointDir === undefined ? ({ kind: 'vanilla' } as const) : ({ kind: 'trigger' } as const)
  const texts = (tokenizer: Tokenizer): CostText[] =>
    conversations.map(({ messages, solution }) => {
      const promptIds = tokenizer.encode(renderConversation(messages.slice(0, -1), { addGenerationPrompt: true }))
      const continuationIds = tokenizer.encode(`${messages.at(-1)?.content ?? ''}<|im_end|>`)
      return { promptIds, continuationIds, ...(solution === undefined ? {} : { isSolvedBy: (text: string) => boxed(text) === boxed(solution) }) }
    })
  return { name, parts: [{ location, texts, config: { maxNewTokens: MAX_NEW_TOKENS, policy } }] }
}

/** The golden cases' own prompts and, to be read, what the reference answered. Their weights are random: near ties are common. */
export function readGoldenSubject(): CostSubject {
  const parts = findGoldenCases().map(({ location, requests }): CostPart => ({
    location,
    texts: () =>
      requests
        .filter(({ options }) => options.temperature === 0)
        .flatMap(({ rows, expected }) => rows.map(({ prompt_ids: promptIds }, row) => ({ promptIds, continuationIds: expected.new_ids[row] ?? [] }))),
    config: { maxNewTokens: 32, policy: { kind: 'trigger' } },
  }))
  return { name: `${parts.length} test models with random weights`, parts }
}

/** The last boxed answer. */
function boxed(text: string): string | undefined {
  return [...text.matchAll(/\\boxed\{([^}]*)\}/g)].at(-1)?.[1]
}
