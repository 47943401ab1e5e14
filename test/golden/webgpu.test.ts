/**
 * @file The golden cases on WebGPU, against the same vectors as the CPU (generation.test.ts): requests of like options ride in one ragged batch.
 * Uses the machine's GPU if `VK_DRIVER_FILES` names its driver, else the software Vulkan that comes with Chromium; skips where there is neither.
 */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import { findGoldenCases } from '../support/golden-case.ts'
import { compareWithReference, generateTogether, printDifferences, requestsOfLikeOptions } from '../support/golden-generation.ts'
import { openAdapter } from '../support/webgpu-adapter.ts'

/** Logits, latents and trigger logits; measured on SwiftShader: at most 7e-5 from the reference, as on the CPU. */
const TOLERANCE = 1e-3

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

    const groups = requestsOfLikeOptions(golden.requests).map((requests) => ({ ids: requests.map(({ id }) => id).join(', '), requests }))
    test.each(groups)('generates as the reference does: $ids', async ({ requests }) => {
      if (model === undefined) throw new Error(`${golden.name} was not loaded`)
      for (const [request, rows] of await generateTogether(model, requests)) {
        printDifferences(golden, request, 'on WebGPU', compareWithReference(golden, model, request, rows, TOLERANCE))
      }
    })
  })
})
