/**
 * @file How much memory a process takes that loads the float32 model and lets all three roles work once: its highest resident size,
 * mapped pages of the weight file included, over the size of that file. What an estimate says beforehand is bench/memory.ts's.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { benchModelLocation, loadBenchModel } from '../bench-model.ts'
import { processMemory } from '../../src/main/engine/runtime/process-memory.ts'
import { TimedInsertions } from '../timed-rollout.ts'
import type { Measure } from './measure.ts'

const CONTEXT = 128

export const measurePeakMemory: Measure = async (options) => {
  const weightBytes = statSync(join(benchModelLocation(options).reasonerDir, 'model.safetensors')).size
  const model = await loadBenchModel(options)
  const loaded = processMemory()
  const insertions = await TimedInsertions.open(model, CONTEXT)
  await insertions.measure()
  const worked = processMemory()
  insertions.dispose()
  await model.release()
  const row = { key: 'memory_over_weights', title: 'Memory at its highest', against: `${shown(weightBytes)} of weights`, aim: { atMost: 1.4 } } as const
  const raw = { weight_bytes: weightBytes, loaded, worked }
  if (worked === null) return { rows: [{ ...row, measured: '', ratio: null, note: 'this system does not tell what a process holds' }], raw }
  return { rows: [{ ...row, measured: `${shown(worked.peakBytes)}, private ${shown(worked.privateBytes)}`, ratio: worked.peakBytes / weightBytes }], raw }
}

function shown(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}
