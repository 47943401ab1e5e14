/** @file A table of the user's own, by a mapping of its columns. It does not know the table's file or how answers are scored. */
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import type { FieldMapping } from '../../../shared/domain/task.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import { RowMismatch } from '../dataset-error.ts'
import { readMessages } from '../row-reader.ts'
import { describe, type RowObject } from '../row-values.ts'
import { listOptions, maxOptions, optionLetter } from './choice-options.ts'
import { fieldValue, fillTemplate, readFieldText } from './row-template.ts'
import { filesNamedAfter, type TaskDefinition } from './task-definition.ts'

export const generic: TaskDefinition = {
  title: 'Your own data',
  summary: 'JSONL, Parquet or CSV with the columns of your choice. Files are taken whole; of a repository, those named after the split.',
  hubRepo: null,
  splits: ['train', 'valid', 'test'],
  scoring: 'As you choose',
  isMultiTurn: false,
  runsCode: false,
  suggestedMaxNewTokens: 512,
  ownScoring: null,
  columns: null,
  filesOf: filesNamedAfter,
  cutOf: () => null,
  readSample(row, fields) {
    if (fields === null) throw new Error('internal: a generic task without its fields')
    const options = fields.choices === null ? null : readOptions(row, fields.choices)
    const solutions = fields.solution === null ? [] : readSolutions(row, fields.solution)
    const answers = options === null ? solutions : solutions.map((solution, index) => chosenLetter(options, solution, fields.solution ?? '', numbered(row, fields, index)))
    return {
      id: fields.id === null ? null : readFieldText(row, fields.id),
      domain: fields.domain === null ? null : readFieldText(row, fields.domain),
      prompt: readPrompt(row, fields, options),
      solution: answers[0] ?? null,
      answers: answers.length > 1 ? answers : [],
      extra: options === null ? {} : { options },
    }
  },
}

function readPrompt(row: RowObject, { prompt, system }: FieldMapping, options: readonly string[] | null): Prompt {
  const value = fieldValue(row, prompt)
  const question = Array.isArray(value) ? withoutAnswer(readMessages(value, prompt, 'text or a list of messages'), prompt) : [{ role: 'user' as const, content: fillTemplate(row, prompt, 'prompt') }]
  const messages = system === null ? question : [{ role: 'system' as const, content: fillTemplate(row, system, 'system') }, ...question]
  if (options === null) return { kind: 'messages', messages: [...messages] }
  const last = messages.at(-1)!
  return { kind: 'messages', messages: [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${listOptions(options)}` }] }
}

/** A whole conversation is asked up to its last answer. */
function withoutAnswer(messages: readonly ChatMessage[], field: string): readonly ChatMessage[] {
  if (messages.at(-1)?.role !== 'assistant') return messages
  if (messages.length === 1) throw new RowMismatch(field, 'a message that the assistant answers', 'only the assistant')
  return messages.slice(0, -1)
}

function readOptions(row: RowObject, field: string): string[] {
  const value = listOf(fieldValue(row, field))
  if (!Array.isArray(value) || value.length < 2 || value.length > maxOptions) throw new RowMismatch(field, `a list of 2 to ${maxOptions} options`, describe(value))
  return value.map((option: unknown, index) => textOf(option, `${field}.${index}`))
}

/** CSV has no lists: there they are written as JSON. Not so for answers, where `[1, 2]` may be an interval. */
function listOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/** One answer, or a list of accepted ones. */
function readSolutions(row: RowObject, field: string): string[] {
  const value = fieldValue(row, field)
  if (!Array.isArray(value)) return [readFieldText(row, field)]
  if (value.length === 0) throw new RowMismatch(field, 'at least one answer', 'an empty list')
  return value.map((answer: unknown, index) => textOf(answer, `${field}.${index}`))
}

/** Whether a table gives the right one of options that are texts by a number, which is then none of their texts. */
function numbered(row: RowObject, { choices, solution }: FieldMapping, index: number): boolean {
  const options = choices === null ? [] : listOf(fieldValue(row, choices))
  const value = solution === null ? null : fieldValue(row, solution)
  const given: unknown = Array.isArray(value) ? value[index] : value
  return (typeof given === 'number' || typeof given === 'bigint') && Array.isArray(options) && options.every((option) => typeof option === 'string')
}

/**
 * Tables give the right option by its text, its letter or its index from 0; they are tried in this order.
 * @param isNumbered the index comes first
 */
function chosenLetter(options: readonly string[], solution: string, field: string, isNumbered: boolean): string {
  const wanted = solution.trim()
  const byIndex = /^\d+$/.test(wanted) && Number(wanted) < options.length ? optionLetter(Number(wanted)) : null
  if (isNumbered && byIndex !== null) return byIndex
  const byText = options.findIndex((option) => option.trim() === wanted)
  if (byText >= 0) return optionLetter(byText)
  const byLetter = options.findIndex((_option, index) => optionLetter(index) === wanted.toUpperCase())
  if (byLetter >= 0) return optionLetter(byLetter)
  if (byIndex !== null) return byIndex
  throw new RowMismatch(field, `the text, the letter or the index of one of ${options.length} options`, describe(solution))
}

function textOf(value: unknown, field: string): string {
  return readFieldText({ [field]: value }, field)
}
