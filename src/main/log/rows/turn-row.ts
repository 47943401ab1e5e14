/** @file A turn and its record as a row of `evaluation_turn`, both ways; latents lie apart. Does not know queries. */
import { z } from 'zod'
import type { AskedPlace } from '../../../shared/domain/compact-record.ts'
import type { RecordedTurn } from '../../../shared/domain/evaluation.ts'
import { decisionSchema, decisionSourceSchema } from '../../../shared/domain/step.ts'
import { type Prompt, promptSchema } from '../../../shared/domain/trace.ts'
import type { EvaluationTurnTable, ResultPlace } from '../evaluation-tables.ts'
import { packRecord, unpackRecord } from '../packed-record.ts'
import { jsonColumn, numberColumn, textColumn, toShortFloat32, toStoredJson, toStoredText } from '../stored-values.ts'
import { readRow, type RowPlace } from './read-row.ts'
import { nameOf } from './result-row.ts'

/** What a turn says as its sample or its result says it: kept once, with those. */
export interface TurnContext {
  readonly samplePrompt: Prompt
  readonly resultText: string
}

const logit = numberColumn.nullable()

const turnRowSchema = z.object({ prompt: jsonColumn(promptSchema).nullable(), observation: textColumn.nullable() })

const recordColumnsSchema = z.object({
  turn: z.int().nonnegative(),
  text: textColumn.nullable(),
  asked: jsonColumn(z.array(z.tuple([z.int().nonnegative(), decisionSchema, decisionSourceSchema, z.string().nullable(), logit, logit]).transform(fromAskedTuple))),
})

export function toTurnRow(place: ResultPlace, { turn, prompt, text, observation, record }: RecordedTurn, { samplePrompt, resultText }: TurnContext): EvaluationTurnTable {
  const storedPrompt = toStoredJson(prompt)
  return {
    ...place,
    turn,
    prompt: storedPrompt === toStoredJson(samplePrompt) ? null : storedPrompt,
    text: text === resultText ? null : toStoredText(text),
    observation: observation === null ? null : toStoredText(observation),
    asked: toStoredJson(record.asked.map(toAskedTuple)),
    record: packRecord(record, text),
  }
}

/**
 * @returns the turn, its weaves without latents
 * @throws {LogRowError}
 */
export function fromTurnRow(path: string, row: EvaluationTurnTable, { samplePrompt, resultText }: TurnContext): RecordedTurn {
  const { prompt, observation } = readRow(placeOf(path, row), turnRowSchema, row)
  return { ...fromRecordColumns(path, row, resultText), prompt: prompt ?? samplePrompt, observation }
}

/**
 * @returns what was generated, its weaves without latents
 * @throws {LogRowError}
 */
export function fromRecordColumns(path: string, row: EvaluationTurnTable, resultText: string): Pick<RecordedTurn, 'turn' | 'text' | 'record'> {
  const place = placeOf(path, row)
  const { turn, asked, ...stored } = readRow(place, recordColumnsSchema, row)
  const text = stored.text ?? resultText
  const { record } = readRow(place, z.object({ record: recordColumn(text) }), row)
  return { turn, text, record: { ...record, asked } }
}

function placeOf(path: string, row: EvaluationTurnTable): RowPlace {
  return { path, table: 'evaluation_turn', id: `${nameOf(row)}/${row.turn}` }
}

function recordColumn(text: string) {
  return z.instanceof(Uint8Array).transform((bytes, context) => {
    try {
      return unpackRecord(bytes, text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  })
}

type AskedTuple = [stepIndex: number, decision: AskedPlace['decision'], source: AskedPlace['source'], delimiter: string | null, skip: number | null, insert: number | null]

function toAskedTuple({ stepIndex, decision, source, delimiter, triggerLogits }: AskedPlace): AskedTuple {
  const [skip, insert] = triggerLogits ?? [null, null]
  return [stepIndex, decision, source, delimiter, skip === null ? null : toShortFloat32(skip), insert === null ? null : toShortFloat32(insert)]
}

function fromAskedTuple([stepIndex, decision, source, delimiter, skip, insert]: AskedTuple): AskedPlace {
  return { stepIndex, decision, source, delimiter, triggerLogits: skip === null || insert === null ? null : [Math.fround(skip), Math.fround(insert)] }
}
