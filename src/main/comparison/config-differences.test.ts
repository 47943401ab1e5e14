/** @file Differences of configs, over runs that were never computed. */
import { expect, test } from 'vitest'
import { sampleRun, type SampleRunChanges } from '../../../test/support/sample-run.ts'
import type { Provenance } from '../../shared/domain/evaluation.ts'
import { runConfigSchema, type RunConfigInput } from '../../shared/domain/run-config.ts'
import { configDifferences } from './config-differences.ts'

function runWith(id: string, config: RunConfigInput, changes: SampleRunChanges = {}) {
  return sampleRun({ id, plan: { config: runConfigSchema.parse(config) }, ...changes })
}

function provenance(folder: string, changes: Partial<Provenance> = {}): Provenance {
  return {
    model: {
      location: { reasonerDir: '/models/base', checkpointDir: `/runs/${folder}` },
      files: [
        { path: '/models/base/model.safetensors', sizeBytes: 10, sha256: 'base' },
        { path: `/runs/${folder}/weaver/adapter.safetensors`, sizeBytes: 10, sha256: folder },
      ],
    },
    dataset: { id: 'data', files: [], sampleCount: 3, problemCount: 0, problems: [] },
    commit: 'abc',
    versions: { node: '24.1.0' },
    device: 'cpu',
    precision: 'f32',
    fallback: null,
    host: { platform: 'linux', cpu: 'fast', cores: 2, memoryBytes: 1 },
    ...changes,
  }
}

test('equal runs have no differences, and fields of one policy alone stand beside nothing', () => {
  expect(configDifferences([runWith('a', {}), runWith('b', {})])).toEqual([])
  expect(configDifferences([runWith('a', { policy: { kind: 'random', probability: 0.5 } }), runWith('b', { policy: { kind: 'always' } })])).toEqual([
    { path: 'plan.config.policy.kind', values: ['"random"', '"always"'] },
    { path: 'plan.config.policy.probability', values: ['0.5', null] },
  ])
})

test('a path that is ignored takes with it what lies below, and nothing that only begins alike', () => {
  const runs = [runWith('a', { seed: 1, sampling: { topK: 5 } }), runWith('b', { seed: 2 })]
  expect(configDifferences(runs, ['plan.config.sampling', 'plan.config.see']).map(({ path }) => path)).toEqual(['plan.config.seed'])
})

test('files of a model are told apart by their part and hash, wherever they lie', () => {
  const runs = [sampleRun({ id: 'a', provenance: provenance('first') }), sampleRun({ id: 'b', provenance: provenance('second') })]
  expect(configDifferences(runs)).toEqual([
    { path: 'provenance.model.location.checkpointDir', values: ['"/runs/first"', '"/runs/second"'] },
    { path: 'provenance.model.files.checkpoint/weaver/adapter.safetensors', values: ['"first"', '"second"'] },
  ])
})

test('the memory of the host, and a run that has not started, drown nothing', () => {
  const host = { ...provenance('first').host, memoryBytes: 2 }
  const runs = [sampleRun({ id: 'a', provenance: provenance('first') }), sampleRun({ id: 'b', provenance: provenance('first', { host }) }), sampleRun({ id: 'c' })]
  expect(configDifferences(runs)).toEqual([])
})

test('models are named, and their ids shown only where one name stands for two', () => {
  const plan = (modelId: string) => ({ modelId: modelId as never }) // a brand only the library puts on
  expect(configDifferences([sampleRun({ id: 'a' }), sampleRun({ id: 'b', modelName: 'Other', plan: plan('other') })]).map(({ path }) => path)).toEqual(['model'])
  expect(configDifferences([sampleRun({ id: 'a' }), sampleRun({ id: 'b', plan: plan('other') })]).map(({ path }) => path)).toEqual(['plan.modelId'])
})
