/** @file A compact record beside the full trace of its replay. It runs nothing. */
import type { CompactRecord } from '../../shared/domain/compact-record.ts'
import { runConfigSchema, type RunConfig } from '../../shared/domain/run-config.ts'
import { NOT_ASKED, type Step } from '../../shared/domain/step.ts'

/** The config of an evaluation with as much recorded as the debugger records. */
export function replayConfig(config: RunConfig): RunConfig {
  const { recordTopK, recordNearest } = runConfigSchema.parse({})
  return { ...config, recordTopK, recordNearest }
}

/** Whether the steps chose what the record says: the same tokens and decisions, and no more of them. */
export function isSameGeneration(steps: readonly Pick<Step, 'tokenId' | 'decision'>[], { tokenIds, asked }: Pick<CompactRecord, 'tokenIds' | 'asked'>): boolean {
  const decisions = new Map(asked.map(({ stepIndex, decision }) => [stepIndex, decision]))
  return steps.length === tokenIds.length && steps.every(({ tokenId, decision }, index) => tokenId === tokenIds[index] && decision === (decisions.get(index) ?? NOT_ASKED))
}
