/**
 * @file Kept latents as one safetensors file: for each run the latents [n, hidden] in float32 and, for each of them, its block; whose
 * blocks these are stands in the metadata. Written in two passes over the log, so that memory does not grow with the number of latents; what
 * came to the log between the two stays out.
 */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDeepStrictEqual } from 'node:util'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { EvaluationLog, LatentBlock } from '../log/index.ts'
import { TransferError } from './errors.ts'
import { writeWhole } from './write-whole.ts'

interface RunLatents {
  readonly runId: EvaluationRunId
  hidden: number
  /** Latents of each block, in the log's order. */
  readonly sizes: number[]
  /** `[sampleId, repeat, turn, step, kind]` of each block. */
  readonly blocks: [string, number, number, number, string][]
}

/** @returns the number of latents; a run without any is left out. Throws TransferError where all are, or where a run's latents have several sizes. */
export async function writeLatents(path: string, log: EvaluationLog, runIds: readonly EvaluationRunId[]): Promise<number> {
  const runs: RunLatents[] = []
  for (const runId of runIds) {
    const run = await survey(path, log, runId)
    if (total(run.sizes) > 0) runs.push(run)
  }
  if (runs.length === 0) throw new TransferError(path, `run ${runIds.join(', ')}`, 'there are no recorded latents: nothing was inserted, or "latents" is "none".')
  await writeWhole(path, (temporaryPath) => pipeline(Readable.from(fileChunks(log, runs)), createWriteStream(temporaryPath)))
  return runs.reduce((sum, { sizes }) => sum + total(sizes), 0)
}

async function survey(path: string, log: EvaluationLog, runId: EvaluationRunId): Promise<RunLatents> {
  const run: RunLatents = { runId, hidden: 0, sizes: [], blocks: [] }
  for await (const block of log.latentsOf(runId, 'projected')) {
    const { latents } = block
    if (run.hidden !== 0 && latents.columns !== run.hidden) throw new TransferError(path, `run ${runId}`, `expected latents of ${run.hidden} numbers, found ${latents.columns}`)
    run.hidden = latents.columns
    run.sizes.push(latents.rows)
    run.blocks.push(placeOf(block))
  }
  return run
}

async function* fileChunks(log: EvaluationLog, runs: readonly RunLatents[]): AsyncGenerator<Uint8Array> {
  yield encodeHeader(runs)
  for (const run of runs) {
    const { sizes } = run
    yield* listedLatents(log, run)
    yield bytesOf(Int32Array.from(sizes.flatMap((size, block) => Array<number>(size).fill(block))))
  }
}

/** Of the blocks that the header lists, in its order, which is the log's. */
async function* listedLatents(log: EvaluationLog, { runId, blocks }: RunLatents): AsyncGenerator<Uint8Array> {
  let found = 0
  for await (const block of log.latentsOf(runId, 'projected')) {
    if (!isDeepStrictEqual(placeOf(block), blocks[found])) continue
    found++
    yield bytesOf(block.latents.data)
  }
  if (found < blocks.length) throw new Error(`internal: of ${blocks.length} blocks of run ${runId} ${found} were found again`)
}

function placeOf({ sampleId, repeat, turn, stepIndex, kind }: LatentBlock): RunLatents['blocks'][number] {
  return [sampleId, repeat, turn, stepIndex, kind]
}

/** Eight bytes of length, then JSON padded to a multiple of 8, as the format wants its tensors aligned. */
function encodeHeader(runs: readonly RunLatents[]): Uint8Array {
  const entries: [string, unknown][] = [['__metadata__', Object.fromEntries(runs.map(({ runId, blocks }) => [`${runId}/blocks`, JSON.stringify(blocks)]))]]
  let end = 0
  const place = (name: string, dtype: 'F32' | 'I32', shape: readonly number[]): void => {
    const begin = end
    end += 4 * shape.reduce((product, size) => product * size, 1)
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }])
  }
  for (const { runId, hidden, sizes } of runs) {
    place(`${runId}/latents`, 'F32', [total(sizes), hidden])
    place(`${runId}/block`, 'I32', [total(sizes)])
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8), 0)
  json.copy(header, 8)
  return header
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0)
}
