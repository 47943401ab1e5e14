/**
 * @file Generation against the reference's vectors: every request of every case in `$GOLDEN_DIR`, whatever its family
 * or shapes. Rows alone and in a batch, stepped phase by phase and run in one go. What a case leaves out is not compared.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import type { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import { findGoldenCases } from '../support/golden-case.ts'
import { compareWithReference, generateRows, printDifferences } from '../support/golden-generation.ts'

/** Suggested by test/golden/README.md: the reference's own float32 error is below 7e-5, a planted mistake's above 4e-3. */
const TOLERANCE = 1e-3

const cases = findGoldenCases()

test('there are cases to compare with', () => {
  expect(cases.length).toBeGreaterThan(0)
})

describe.each(cases)('$name', (golden) => {
  let model: MemGenModel | undefined
  const loaded = (): MemGenModel => {
    if (model === undefined) throw new Error(`${golden.name} was not loaded`)
    return model
  }
  beforeAll(async () => {
    model = await MemGenModel.load(golden.location, { device: 'cpu', threads: 1 })
  })
  afterAll(async () => {
    await model?.release()
  })

  test.each(golden.requests)('$id: all rows in one batch', async (request) => {
    const results = await generateRows(loaded(), request)
    printDifferences(golden, request, 'batch', compareWithReference(golden, loaded(), request, results, TOLERANCE))
  })

  test.each(golden.requests)('$id: each row alone, phase by phase', async (request) => {
    const results = new Map<number, StepResult[]>()
    for (const row of request.rows.keys()) {
      const alone = await generateRows(loaded(), request, [row], stepByPhases)
      for (const [index, steps] of alone) results.set(index, steps)
    }
    printDifferences(golden, request, 'alone', compareWithReference(golden, loaded(), request, results, TOLERANCE))
  })
})

async function stepByPhases(rollout: Rollout): Promise<StepResult[]> {
  await rollout.decide()
  await rollout.weave()
  return rollout.decode()
}
