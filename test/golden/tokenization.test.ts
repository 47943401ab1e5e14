/** @file Tokenizer, prompts and gates against every golden case, as far as a case says anything of them. Knows nothing of models. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { renderConversation } from '../../src/main/engine/tokenization/chat-template.ts'
import { completionText } from '../../src/main/engine/tokenization/completion-text.ts'
import { delimiterTokenIds, textGate } from '../../src/main/engine/tokenization/delimiter-gate.ts'
import { StreamedText } from '../../src/main/engine/tokenization/streamed-text.ts'
import { openTokenizer } from '../../src/main/engine/tokenization/tokenizer.ts'
import { chatMessageSchema } from '../../src/shared/domain/chat.ts'
import { findCaseDirectories } from '../support/golden-case.ts'

const messagesSchema = z.array(chatMessageSchema)
const idsSchema = z.array(z.number())

const caseSchema = z.object({
  directories: z.object({ reasoner: z.string() }),
  tokenizer: z
    .object({ eos_token_id: z.number(), pad_token_id: z.number(), pad_token_from_config: z.boolean(), n_tokens: z.number() })
    .partial()
    .default({}),
  model: z.object({ delimiters: z.array(z.string()).default([',', '.', '\n']), vocab_size: z.number().optional() }).prefault({}),
  delimiter_token_ids: idsSchema.optional(),
  tokenization: z
    .array(z.object({ text: z.string(), ids: idsSchema, decoded: z.string(), decoded_skip_special: z.string() }))
    .default([]),
  chat: z
    .array(z.object({ messages: messagesSchema, with_generation_prompt: z.string(), without_generation_prompt: z.string() }))
    .default([]),
  requests: z.array(
    z.object({
      rows: z.array(z.object({ messages: messagesSchema.optional(), prompt_text: z.string().optional(), prompt_ids: idsSchema })),
      expected: z.object({ new_ids: z.array(idsSchema), raw_text: z.array(z.string()).optional(), completion_text: z.array(z.string()).optional() }),
    }),
  ),
})

const cases = findCaseDirectories().map((directory) => ({ name: basename(directory), directory }))

describe.each(cases)('golden case $name', ({ directory }) => {
  const golden = caseSchema.parse(JSON.parse(readFileSync(join(directory, 'golden.json'), 'utf8')))
  const tokenizer = openTokenizer(join(directory, golden.directories.reasoner))
  const { delimiters } = golden.model
  const rows = golden.requests.flatMap(({ rows, expected }) =>
    rows.map((row, index) => ({
      ...row,
      newIds: expected.new_ids[index] ?? [],
      rawText: expected.raw_text?.[index],
      completionText: expected.completion_text?.[index],
    })),
  )

  test('has the reference special tokens and token count', () => {
    const { eos_token_id, pad_token_id, pad_token_from_config, n_tokens } = golden.tokenizer
    if (eos_token_id !== undefined) expect(tokenizer.eosTokenId).toBe(eos_token_id)
    if (pad_token_id !== undefined) expect(tokenizer.padTokenId).toBe(pad_token_id)
    if (pad_token_from_config !== undefined) expect(tokenizer.isPadFromConfig).toBe(pad_token_from_config)
    if (n_tokens !== undefined) expect(tokenizer.tokenCount).toBe(n_tokens)
  })

  test('encodes and decodes every text as the reference does', () => {
    for (const { text, ids, decoded, decoded_skip_special } of golden.tokenization) {
      expect(tokenizer.encode(text)).toEqual(ids)
      expect(tokenizer.decode(ids)).toBe(decoded)
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(decoded_skip_special)
    }
  })

  test('renders conversations with and without generation prompt', () => {
    for (const { messages, with_generation_prompt, without_generation_prompt } of golden.chat) {
      expect(renderConversation(messages, { addGenerationPrompt: true })).toBe(with_generation_prompt)
      expect(renderConversation(messages, { addGenerationPrompt: false })).toBe(without_generation_prompt)
    }
  })

  test('turns the messages of every row into the reference prompt', () => {
    for (const { messages, prompt_text, prompt_ids } of rows) {
      if (prompt_text === undefined) continue
      if (messages !== undefined) expect(renderConversation(messages, { addGenerationPrompt: true })).toBe(prompt_text)
      expect(tokenizer.encode(prompt_text)).toEqual(prompt_ids)
    }
  })

  test('gives the raw and the completion text of every row', () => {
    for (const row of rows) {
      if (row.rawText !== undefined) expect(tokenizer.decode(row.newIds)).toBe(row.rawText)
      if (row.completionText !== undefined) expect(completionText(tokenizer, row.newIds)).toBe(row.completionText)
    }
  })

  test('streams every row piece by piece into the decoded text', () => {
    for (const { newIds } of rows) {
      const streamed = new StreamedText(tokenizer)
      newIds.forEach((id, index) => {
        streamed.push(id)
        const soFar = newIds.slice(0, index + 1)
        const text = tokenizer.decode(soFar)
        expect(streamed.text).toBe(tokenizer.endsInsideCharacter(soFar) ? text.slice(0, -1) : text)
      })
    }
  })

  test('judges every position as decoding the whole text does', () => {
    const gate = textGate(tokenizer, delimiters)
    for (const row of rows) {
      row.newIds.forEach((_, index) => {
        const ids = [...row.prompt_ids, ...row.newIds.slice(0, index)]
        const text = tokenizer.decode(ids)
        expect(gate(ids).candidate).toBe(delimiters.some((delimiter) => text.endsWith(delimiter)))
      })
    }
  })

  test('decodes the padding rows of the vocabulary to nothing', () => {
    const { vocab_size = 0 } = golden.model
    for (let id = tokenizer.tokenCount; id < vocab_size; id += 1) expect(tokenizer.decode([id])).toBe('')
  })

  test.runIf(golden.delimiter_token_ids)('finds the tokens that end in a delimiter', () => {
    expect(delimiterTokenIds(tokenizer, delimiters)).toEqual(golden.delimiter_token_ids)
  })
})
