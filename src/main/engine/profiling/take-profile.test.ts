/** @file Profiles of golden models as the engine takes them. How long anything takes is not asked. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { profileSchema, type ProfileFrame } from '../../../shared/domain/profile.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import { Rollout } from '../memgen/rollout.ts'
import { takeProfile, type EngineProfile } from './take-profile.ts'

const TEXT = 'What is 7, plus 5.'

function profile(input: RunConfigInput, { reasonerAlone = false, ridesTogether = false } = {}): Promise<EngineProfile> {
  const { reasonerDir, ...memory } = goldenLocation('qwen2')
  const location = reasonerAlone ? { reasonerDir } : { reasonerDir, ...memory }
  return takeProfile({ location, device: 'cpu', precision: 'f32', weightsDir: null, threads: 1, ridesTogether, prompt: { kind: 'text', text: TEXT }, config: config(input) })
}

function child({ name, children }: ProfileFrame, ...path: string[]): ProfileFrame {
  const [next, ...rest] = path
  const found = children.find((frame) => frame.name === next)
  if (found === undefined) throw new Error(`${name} has no ${next}, only ${children.map((frame) => frame.name).join(', ')}`)
  return rest.length === 0 ? found : child(found, ...rest)
}

test('a generation with insertions is told by phase, role, part of the graph and operator', async () => {
  const { root, ops, ...told } = await profile({ maxNewTokens: 6, maxInferenceAugNum: 2, triggerActive: true, policy: { kind: 'always' } })
  expect(profileSchema.parse({ ...told, root, ops, modelName: 'qwen2', fallback: null, createdAt: 0 })).toMatchObject({ root, ops })
  const model = await loadModel(goldenLocation('qwen2'))
  const rollout = Rollout.open(model, told.config, [request(model, TEXT, { id: 'profile', sampleId: 'profile' })])
  const steps = (await finish(rollout)).flat()
  rollout.dispose()
  const { numHiddenLayers } = model.config
  await model.release()
  expect(told).toMatchObject({ tokens: steps.length, insertions: steps.filter(({ weave }) => weave !== null).length })
  expect(root.children.map(({ kind, name, count }) => [kind, name, count])).toEqual(['decide', 'weave', 'decode'].map((name) => ['phase', name, told.tokens]))
  expect(child(root, 'weave', 'weaver: prompt').count).toBe(1)
  const reading = child(root, 'decode').children.filter(({ kind }) => kind === 'run')
  expect(reading.reduce((runs, { count }) => runs + count, 0)).toBe(told.tokens)
  expect(child(root, 'decode', 'reasoner: prompt', 'attention', 'Softmax').count).toBe(numHiddenLayers)
  expect(ops.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThan(told.elapsedMs)
})

test('the trained trigger’s runs stand in the phase that asks it', async () => {
  const { root } = await profile({ maxNewTokens: 2, triggerActive: true })
  expect(child(root, 'decide', 'trigger: prompt', 'mlp').kind).toBe('group')
})

test('a run that roles share says whose it is, and stands where it was asked for', async () => {
  const { root } = await profile({ maxNewTokens: 3, triggerActive: true }, { ridesTogether: true })
  expect(child(root, 'decide', 'reasoner, trigger: prompt', 'attention').kind).toBe('group')
  expect(child(root, 'decode').children.every(({ name }) => name !== 'forward')).toBe(true)
})

test('a base model alone only decodes', async () => {
  const { root, insertions, tokens } = await profile({ maxNewTokens: 3, policy: { kind: 'vanilla' } }, { reasonerAlone: true })
  expect({ insertions, weave: child(root, 'weave').children }).toEqual({ insertions: 0, weave: [] })
  expect(child(root, 'decode', 'reasoner: a token').count).toBe(tokens - 1)
})

test('what ONNX Runtime wrote is removed, also where the prompt is refused', async () => {
  await expect(profile({ policy: { kind: 'trigger' } }, { reasonerAlone: true })).rejects.toThrow('needs a MemGen checkpoint')
  await profile({ maxNewTokens: 1 })
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`memgen-profile-${process.pid}-`))).toEqual([])
})
