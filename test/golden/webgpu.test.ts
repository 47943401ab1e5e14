/**
 * @file One insertion and plain decoding of case qwen2 on WebGPU, against the same vectors as the CPU. Uses the machine's GPU
 * if `VK_DRIVER_FILES` names its driver, else the software Vulkan that comes with Chromium.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import { readGoldenCase } from '../support/golden-case.ts'

/** As in generation.test.ts: test/golden/README.md. */
const TOLERANCE = 1e-3

/** Where Debian's package puts SwiftShader's Vulkan driver. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'
if (existsSync(SWIFTSHADER)) process.env['VK_DRIVER_FILES'] ??= SWIFTSHADER

// Without any Vulkan driver there is no WebGPU adapter, and nothing to test.
describe.skipIf(process.env['VK_DRIVER_FILES'] === undefined)('WebGPU', () => {
  test('generates case qwen2 with its prompt insertion as the reference does', async () => {
    const golden = readGoldenCase(join(import.meta.dirname, 'qwen2'))
    const request = golden.requests.find(({ id }) => id === 'r4_max0_single')
    const [row] = request?.rows ?? []
    if (request === undefined || row === undefined) throw new Error('case qwen2 has no request r4_max0_single')
    const model = await MemGenModel.load(golden.location, { device: 'webgpu' })
    const { max_new_tokens: maxNewTokens, max_inference_aug_num: maxInferenceAugNum } = request.options
    const rollout = Rollout.open(model, runConfigSchema.parse({ maxNewTokens, maxInferenceAugNum, recordNearest: 0 }), [
      { id: 'row', promptIds: row.prompt_ids, sampleId: '0', repeat: 0 },
    ])
    const expected = golden.tensor(request.expected.logits)
    if (expected === undefined) throw new Error(`${request.id} has no logits to compare with`)
    const { data, shape } = expected
    const vocabSize = shape.at(-1) ?? 0
    const ids: number[] = []
    let largest = 0
    while (!rollout.isFinished) {
      for (const { step, logits } of await rollout.step()) {
        for (const [token, logit] of logits.entries()) largest = Math.max(largest, Math.abs(logit - (data[step.index * vocabSize + token] ?? NaN)))
        ids.push(step.tokenId)
      }
    }
    expect(ids).toEqual(request.expected.new_ids[0])
    expect(largest).toBeLessThan(TOLERANCE)
    process.stdout.write(`qwen2 ${request.id} on WebGPU: ${ids.length} tokens, largest difference logits ${largest.toExponential(1)}\n`)
    rollout.dispose()
    await model.release()
  })
})
