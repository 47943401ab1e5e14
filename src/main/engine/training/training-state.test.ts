/** @file A state comes back bit for bit, replaces the previous one whole or not at all, and fits one run only. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { writeFileAtomically } from '../checkpoint/atomic-file.ts'
import { writeSafetensors } from '../checkpoint/safetensors-writer.ts'
import { AdamW } from './adamw.ts'
import { ParameterSet } from './parameter-set.ts'
import { readTrainingState, writeTrainingState, type TrainingState } from './training-state.ts'

const progressSchema = z.object({ step: z.int(), bestLoss: z.number().nullable(), random: z.array(z.int()) })
type Progress = z.infer<typeof progressSchema>

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-state-'))
  path = join(folder, 'training-state.safetensors')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function parameters(): ParameterSet {
  return ParameterSet.from([
    { name: 'weight', shape: [2, 2], data: Float32Array.of(0.1, -0, 1e-42, 3e38) },
    { name: 'bias', shape: [1], data: Float32Array.of(1 / 3) },
  ])
}

/** A run after `steps` steps. */
function stateAfter(steps: number): TrainingState<Progress> {
  const set = parameters()
  const optimizer = new AdamW(set)
  const gradients = set.zerosLike()
  for (let step = 0; step < steps; step++) {
    gradients.values.fill(0.1 / (step + 1))
    optimizer.step(set, gradients, { learningRate: 0.01, hasGradient: (name) => name !== 'bias' || step > 0 })
  }
  const progress = { step: steps, bestLoss: 0.1 + 0.2, random: [-2147483648, 5] }
  return { parameters: set, bestParameters: null, optimizer: optimizer.exportState(), progress }
}

/** A disk that is full after `chunkCount` chunks. */
function fullAfter(chunkCount: number) {
  return (path: string, chunks: Iterable<Uint8Array>) => writeFileAtomically(path, failAfter(chunks, chunkCount))
}

function* failAfter(chunks: Iterable<Uint8Array>, chunkCount: number): Generator<Uint8Array> {
  let count = 0
  for (const chunk of chunks) {
    if (count++ === chunkCount) throw new Error('ENOSPC: no space left on device, write')
    yield chunk
  }
}

test('a state comes back bit for bit', () => {
  const state = { ...stateAfter(3), bestParameters: parameters() }
  writeTrainingState(path, state)
  const read = readTrainingState(path, parameters(), progressSchema)
  expect(read).toEqual(state)
  expect(Buffer.from(read.parameters.values.buffer)).toEqual(Buffer.from(state.parameters.values.buffer))
  expect(Object.is(read.bestParameters?.view('weight')[1], -0)).toBe(true)
})

test('a run that goes on from it takes the same steps', () => {
  writeTrainingState(path, stateAfter(2))
  const { parameters: resumed, optimizer: saved } = readTrainingState(path, parameters(), progressSchema)
  const optimizer = new AdamW(resumed)
  optimizer.importState(saved)
  const gradients = resumed.zerosLike()
  gradients.values.fill(0.1 / 3)
  optimizer.step(resumed, gradients, { learningRate: 0.01 })
  expect(resumed.values).toEqual(stateAfter(3).parameters.values)
  expect(optimizer.exportState()).toEqual(stateAfter(3).optimizer)
})

test.each([0, 1, 4])('a disk that is full after %i parts keeps the previous state and leaves nothing else behind', (chunkCount) => {
  writeTrainingState(path, stateAfter(1))
  expect(() => writeTrainingState(path, stateAfter(2), { writeFile: fullAfter(chunkCount) })).toThrow('ENOSPC')
  expect(readTrainingState(path, parameters(), progressSchema)).toEqual(stateAfter(1))
  expect(readdirSync(folder)).toEqual(['training-state.safetensors'])
})

test('a state of other parameters is refused, naming the first that differs', () => {
  writeTrainingState(path, stateAfter(1))
  const fewer = ParameterSet.from([{ name: 'weight', shape: [2, 2] }])
  const more = ParameterSet.from([...parameters().list(), { name: 'scale', shape: [1] }])
  const other = ParameterSet.from([{ name: 'weight', shape: [4] }, { name: 'bias', shape: [1] }])
  expect(() => readTrainingState(path, fewer, progressSchema)).toThrow(/"parameters.bias": expected only parameters that this run trains/)
  expect(() => readTrainingState(path, more, progressSchema)).toThrow(/"parameters.scale": expected it in the state of this run, found none/)
  expect(() => readTrainingState(path, other, progressSchema)).toThrow(/"parameters.weight": expected F32 \[4\], found F32 \[2, 2\]/)
})

test('a file that is no state, or has progress of another kind, is refused', () => {
  writeTrainingState(path, { ...stateAfter(1), progress: { step: 'one' } })
  expect(() => readTrainingState(path, parameters(), progressSchema)).toThrow(/field "step"/)
  writeSafetensors(path, new Map())
  expect(() => readTrainingState(path, parameters(), progressSchema)).toThrow(/"parameters.weight": expected it/)
})
