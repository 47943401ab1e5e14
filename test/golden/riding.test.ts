/**
 * @file Generation against the reference's vectors where the trigger is asked in the reasoner's run, as on large models only: every request of
 * every case in `$GOLDEN_DIR`, each row alone; cases whose roles cannot ride run as ever.
 */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'
import { findGoldenCases } from '../support/golden-case.ts'
import { compareWithReference, generateRows, printDifferences } from '../support/golden-generation.ts'

/** As in generation.test.ts. */
const TOLERANCE = 1e-3

describe.each(findGoldenCases())('$name', (golden) => {
  let model: MemGenModel
  beforeAll(async () => {
    model = await MemGenModel.load(golden.location, { device: 'cpu', threads: 1, ridesTogether: true })
  })
  afterAll(async () => {
    await model.release()
  })

  test.each(golden.requests)('$id: each row alone, its roles riding', async (request) => {
    const results = new Map<number, StepResult[]>()
    for (const row of request.rows.keys()) {
      for (const [index, steps] of await generateRows(model, request, [row])) results.set(index, steps)
    }
    printDifferences(golden, request, 'riding', compareWithReference(golden, model, request, results, TOLERANCE))
  })
})
