/** @file Latents of other samples, which the intervention `other` injects: who gives them, and which a generation was given. It weaves nothing. */
import { z } from 'zod'
import { promptSchema } from './trace.ts'
import type { Matrix, WeaveKind } from './weave.ts'

/** A sample that gives its latents to others: it is generated from under the run's config without its intervention, with draws of its own name and repeat 0. */
export const donorSampleSchema = z.object({ sampleId: z.string(), prompt: promptSchema })
export type DonorSample = z.infer<typeof donorSampleSchema>

/**
 * For each insertion of a kind that a generation could make, in order, the position of its donor among the run's: the n-th insertion gets
 * what that donor wove at its own n-th. Later insertions begin again.
 */
export const donorPositionsSchema = z.object({ prompt: z.array(z.int().nonnegative()), inference: z.array(z.int().nonnegative()) })
export type DonorPositions = z.infer<typeof donorPositionsSchema>

/** What lies at those positions, `[K, hidden] float32` each. */
export type DonorLatents = Readonly<Record<WeaveKind, readonly Matrix[]>>
