/** @file Kept latents as a table, a row each. It does not know file formats. */
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { EvaluationLog, LatentBlock } from '../../log/index.ts'
import type { Row, Table } from '../table.ts'

export function latentsTable(log: EvaluationLog, runIds: readonly EvaluationRunId[]): Table {
  return {
    columns: [
      { name: 'run_id', type: 'text' },
      { name: 'sample_id', type: 'text' },
      { name: 'repeat', type: 'integer' },
      { name: 'turn', type: 'integer' },
      { name: 'step', type: 'integer' },
      { name: 'kind', type: 'text' },
      { name: 'latent', type: 'integer' },
      { name: 'reward', type: 'number' },
      { name: 'values', type: 'numbers' },
    ],
    async *rows() {
      for (const runId of runIds) for await (const block of log.latentsOf(runId, 'projected')) yield* blockRows(runId, block)
    },
  }
}

function* blockRows(runId: EvaluationRunId, { sampleId, repeat, turn, stepIndex, kind, reward, latents }: LatentBlock): Generator<Row> {
  for (let latent = 0; latent < latents.rows; latent++) {
    const values = latents.data.subarray(latent * latents.columns, (latent + 1) * latents.columns)
    yield { run_id: runId, sample_id: sampleId, repeat, turn, step: stepIndex, kind, latent, reward, values }
  }
}
