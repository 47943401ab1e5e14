/** @file Branded identifiers of experiments and what belongs to them; it does not know how they are made or stored. */
import { z } from 'zod'

export const experimentIdSchema = z.string().min(1).brand<'ExperimentId'>()
export type ExperimentId = z.infer<typeof experimentIdSchema>

/** A run of an evaluation; `RunId` is of generations by hand. */
export const evaluationRunIdSchema = z.string().min(1).brand<'EvaluationRunId'>()
export type EvaluationRunId = z.infer<typeof evaluationRunIdSchema>

export const clusterSetIdSchema = z.string().min(1).brand<'ClusterSetId'>()
export type ClusterSetId = z.infer<typeof clusterSetIdSchema>
