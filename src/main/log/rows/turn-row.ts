/** @file A turn and its record as a row of `evaluation_turn`, both ways; latents lie apart. Does not know queries. */
import { z } from 'zod'
import type { AskedPlace } from '../../../shared/domain/compact-record.ts'
import { donorPositionsSchema } from '../../../shared/domain/donor.ts'
import type { RecordedTurn } from '../../../shared/domain/evaluation.ts'
import { decisionSchema, decisionSourceSchema } from '../../../shared/domain/step.ts'
import { type Prompt, promptSchema } from '../../../shared/domain/trace.ts'
import { messageOf } from '../../../shared/message-of.ts'
import type { PlacesOfTurn } from '../evaluation-log.ts'
import type { EvaluationResultTable, EvaluationTurnTable, ResultPlace } from '../evaluation-tables.ts'
import { packRecord, readTokenCount, unpackRecord } from '../packed-record.ts'
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

const askedColumn = jsonColumn(z.array(z.tuple([z.int().nonnegative(), decisionSchema, decisionSourceSchema, z.string().nullable(), logit, logit]).transform(fromAskedTuple)))

const recordColumnsSchema = z.object({ turn: z.int().nonnegative(), text: textColumn.nullable(), asked: askedColumn, donors: jsonColumn(donorPositionsSchema).nullable() })

const placesRowSchema = z.object({
  sample_id: textColumn,
  repeat: z.int().nonnegative(),
  domain: textColumn.nullable(),
  reward: numberColumn.nullable(),
  asked: askedColumn,
  record_head: packedColumn(readTokenCount),
})

/** A turn joined with its result, of its record the first {@link RECORD_HEAD_BYTES} alone. */
type PlacesRow = Pick<EvaluationTurnTable, keyof ResultPlace | 'turn' | 'asked'> & Pick<EvaluationResultTable, 'sample_id' | 'domain' | 'reward'> & { record_head: Uint8Array }

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
    donors: record.donors === null ? null : toStoredJson(record.donors),
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
  const { turn, asked, donors, ...stored } = readRow(place, recordColumnsSchema, row)
  const text = stored.text ?? resultText
  const { record } = readRow(place, z.object({ record: packedColumn((bytes) => unpackRecord(bytes, text)) }), row)
  return { turn, text, record: { ...record, asked, donors } }
}

/**
 * @returns where memory was asked for
 * @throws {LogRowError}
 */
export function fromPlacesRow(path: string, row: PlacesRow): PlacesOfTurn {
  const { sample_id: sampleId, record_head: tokenCount, ...rest } = readRow(placeOf(path, row), placesRowSchema, row)
  return { sampleId, tokenCount, ...rest }
}

function placeOf(path: string, row: ResultPlace & Pick<EvaluationTurnTable, 'turn'>): RowPlace {
  return { path, table: 'evaluation_turn', id: `${nameOf(row)}/${row.turn}` }
}

function packedColumn<Value>(unpack: (bytes: Uint8Array) => Value) {
  return z.instanceof(Uint8Array).transform((bytes, context) => {
    try {
      return unpack(bytes)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
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
