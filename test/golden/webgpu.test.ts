/**
 * @file The golden cases on WebGPU, against the same vectors as the CPU (generation.test.ts): requests of like options ride in one ragged batch.
 * Uses the machine's GPU if `VK_DRIVER_FILES` names its driver, else the software Vulkan that comes with Chromium; skips where there is neither.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeModel } from '../../src/main/engine/analysis/probed-model.ts'
import { readBaseModel } from '../../src/main/engine/checkpoint/index.ts'
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import { LATENT } from '../../src/main/engine/runtime/ragged-batch.ts'
import { quantizedWeights } from '../../src/main/engine/quantization/quantized-weights.ts'
import { DecoderSession, type RowOutput } from '../../src/main/engine/runtime/decoder-session.ts'
import { DeviceUnavailableError, GraphSession, int64Tensor } from '../../src/main/engine/runtime/graph-session.ts'
import { GraphBuilder } from '../../src/main/engine/onnx/graph-builder.ts'
import { findGoldenCases } from '../support/golden-case.ts'
import { beginningOf, compareWithReference, generateTogether, largestDifference, printDifferences, requestsOfLikeOptions } from '../support/golden-generation.ts'
import { config, goldenLocation, request } from '../support/golden-model.ts'
import { openAdapter } from '../support/webgpu-adapter.ts'

/** Logits, latents and trigger logits. Measured on SwiftShader: at most 7e-5 from the reference or the CPU, as the CPU's own. */
const TOLERANCE = 1e-4

/** Of each request: software takes minutes for all. `WEBGPU_STEPS` says otherwise, as on a machine with a GPU. */
const STEPS = Number(process.env['WEBGPU_STEPS'] ?? 8)
/** Rows of one batch: software computes every row's attention over all of them. */
const ROWS_TOGETHER = 4

const adapter = await openAdapter()
if ('reason' in adapter) process.stdout.write(`WebGPU is not tested: ${adapter.reason}\n`)

describe.skipIf('reason' in adapter)('WebGPU', () => {
  afterAll(async () => {
    if ('session' in adapter) await adapter.session.release()
  })

  describe.each(findGoldenCases())('case $name', (golden) => {
    let model: MemGenModel | undefined
    beforeAll(async () => {
      model = await MemGenModel.load(golden.location, { device: 'webgpu', threads: 1 })
    })
    afterAll(async () => {
      await model?.release()
    })

    const groups = requestsOfLikeOptions(golden.requests.map((request) => beginningOf(request, STEPS)), ROWS_TOGETHER).map((requests) => ({ ids: requests.map(({ id }) => id).join(', '), requests }))
    test.each(groups)('generates as the reference does: $ids', async ({ requests }) => {
      if (model === undefined) throw new Error(`${golden.name} was not loaded`)
      for (const [request, rows] of await generateTogether(model, requests)) {
        printDifferences(golden, request, 'on WebGPU', compareWithReference(golden, model, request, rows, TOLERANCE))
      }
    })
  })

  test('a device that cannot do what it is asked is blamed with its reason, and the session goes on', async () => {
    const graph = new GraphBuilder('too-large')
    const shape = graph.input('shape', 'int64', [1])
    graph.output('zeros', graph.single('ConstantOfShape', [shape], 'float32', ['n']))
    const session = await GraphSession.create(graph.encode(), { device: 'webgpu', threads: 1 })
    const ask = (length: number): Promise<unknown> => session.run({ shape: int64Tensor([length], [1]) }, ['zeros'])
    await expect(ask(2 ** 40)).rejects.toSatisfy((error) => error instanceof DeviceUnavailableError && error.device === 'webgpu' && error.reason.includes('Failed to allocate memory'))
    await expect(ask(3)).resolves.toMatchObject({ zeros: { dims: [3] } })
    await session.release()
  })

  test('a row whose numbers are not finite leaves the others alone, and its slots are as good as any once it is gone', async () => {
    const { config, weights } = readBaseModel(goldenLocation('qwen2').reasonerDir)
    const session = await DecoderSession.create(config, weights.tensors, { device: 'webgpu', threads: 1, hasHead: true, loraModules: new Set() })
    const adapter = session.adapterFeeds(new Map())
    const sound = { row: 1, ids: [5, 6, 7], positions: [0, 1, 2], wantLogits: true }
    const spoilt = { row: 0, ids: [LATENT, 8], latents: new Float32Array(config.hiddenSize).fill(NaN), positions: [0, 1], wantLogits: true }
    const [alone] = await session.forward(session.newCache(2), adapter, [sound])
    const cache = session.newCache(2)
    const [ofSpoilt, beside] = await session.forward(cache, adapter, [spoilt, sound])
    expect(ofSpoilt?.logits?.some(Number.isFinite)).toBe(false)
    expect(largestDifference(0, beside?.logits ?? [], alone?.logits ?? [NaN])).toBeLessThan(TOLERANCE)
    cache.truncate(0, 0)
    const [again] = await session.forward(cache, adapter, [{ ...sound, row: 0 }])
    expect(largestDifference(0, again?.logits ?? [], alone?.logits ?? [NaN])).toBeLessThan(TOLERANCE)
    cache.dispose()
    await session.release()
  })

  describe('beside the CPU', () => {
    /** Does the same with the model on either device; whatever it opens is released. */
    async function onBoth<Found>(act: (model: MemGenModel) => Promise<Found>): Promise<{ cpu: Found; webgpu: Found }> {
      const on = async (device: 'cpu' | 'webgpu'): Promise<Found> => {
        const model = await MemGenModel.load(goldenLocation('qwen2'), { device, threads: 1 })
        try {
          return await act(model)
        } finally {
          await model.release()
        }
      }
      return { cpu: await on('cpu'), webgpu: await on('webgpu') }
    }

    test('rows of a batch that are rewound, redone, forked, changed and followed by a twin go the same ways', async () => {
      const { cpu, webgpu } = await onBoth(goAbout)
      expect(webgpu.map(({ step }) => [step.index, step.tokenId, step.decision])).toEqual(cpu.map(({ step }) => [step.index, step.tokenId, step.decision]))
      expect(webgpu.some(({ weave }) => weave?.intervention?.kind === 'scale')).toBe(true)
      expect(webgpu.some(({ step }) => step.twin !== null)).toBe(true)
      const differences = cpu.map((ofCpu, index) => differenceOf(ofCpu, webgpu[index]))
      process.stdout.write(`WebGPU beside the CPU: ${cpu.length} steps, largest difference ${Math.max(...differences).toExponential(1)}\n`)
      expect(Math.max(...differences)).toBeLessThan(TOLERANCE)
    })

    // Unpacked, the CPU does not round activations (docs/decisions/0012-quantised-weights.md); WebGPU never does where a row has so few numbers.
    test.each(['q8', 'q4'] as const)('%s weights give the same logits', async (precision) => {
      const { config, weights: stored } = readBaseModel(goldenLocation('qwen2').reasonerDir)
      const weights = await quantizedWeights({ config, locations: stored.tensors }, precision, null)
      const read = async (device: 'cpu' | 'webgpu'): Promise<RowOutput[]> => {
        const session = await DecoderSession.create(config, weights.locations, { device, prepack: false, threads: 1, hasHead: true, loraModules: new Set() })
        const rows = [[5, 6, 7, 8, 9, 10, 11], [20, 21]].map((ids, row) => ({ row, ids, positions: [...ids.keys()], wantLogits: true }))
        const outputs = await session.forward(session.newCache(2), session.adapterFeeds(new Map()), rows)
        await session.release()
        return outputs
      }
      const [cpu, webgpu] = [await read('cpu'), await read('webgpu')]
      const largest = Math.max(...cpu.map((ofCpu, row) => largestDifference(0, webgpu[row]?.logits ?? [], ofCpu.logits) ?? NaN))
      process.stdout.write(`WebGPU beside the CPU at ${precision}: largest difference ${largest.toExponential(1)}\n`)
      expect(largest).toBeLessThan(TOLERANCE)
      await weights.release()
    })

    test('one copy of the weights serves all roles, and a model on WebGPU is analysed on the CPU', async () => {
      const { cpu, webgpu } = await onBoth(async (model) => {
        expect(model.summary.baseCopies).toBe(1)
        const { probe } = await probeModel(model)
        const logits: Float32Array[] = []
        for await (const row of probe.logitsAt({ ids: model.tokenizer.encode('Read again'), latents: new Float32Array(0) }, [1])) logits.push(row)
        return logits
      })
      expect(webgpu).toEqual(cpu)
    })
  })
})

/** Some steps of a batch, back and forth, then of two forks: every step that was taken, in its order. */
async function goAbout(model: MemGenModel): Promise<StepResult[]> {
  const results: StepResult[] = []
  const take = async (rollout: Rollout, steps: number): Promise<void> => {
    for (let step = 0; step < steps && !rollout.isFinished; step++) results.push(...(await rollout.step()))
  }
  const texts = ['A first prompt, of some length.', 'Another.', 'A first prompt, of some length.']
  const rollout = Rollout.open(model, config({ maxNewTokens: 8, policy: { kind: 'always' } }), texts.map((text) => request(model, text)))
  await take(rollout, 3)
  rollout.rewind(1, 1)
  rollout.rewind(2, 0)
  rollout.setTwin(true)
  await take(rollout, 2)
  const fork = rollout.fork(0, 2, 'fork')
  const scaled = config({ maxNewTokens: 8, policy: { kind: 'always' }, intervention: { kind: 'scale', factor: 0.5 } })
  const changed = Rollout.open(model, scaled, [request(model, texts[0] ?? '')])
  for (let turn = 0; turn < 2; turn++) for (const one of [fork, rollout, changed]) await take(one, 1)
  for (const one of [rollout, fork, changed]) one.dispose()
  return results
}

/** Of logits, latents and the twin's log-probability. */
function differenceOf(expected: StepResult, actual: StepResult | undefined): number {
  const pairs: [ArrayLike<number> | undefined, ArrayLike<number>][] = [
    [actual?.logits, expected.logits],
    [actual?.weave?.latents.data, expected.weave?.latents.data ?? []],
    [actual?.step.twin === null ? [] : [actual?.step.twin.logprob ?? NaN], expected.step.twin === null ? [] : [expected.step.twin.logprob]],
  ]
  return Math.max(...pairs.map(([found, wanted]) => largestDifference(0, found ?? [], wanted) ?? NaN))
}
