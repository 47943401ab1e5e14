/**
 * @file One dataset under several policies, the same samples for each: asks the engine for what is missing, judges it, writes
 * it down. It does not know how samples were read or how results are shown.
 */
import type { Completion } from '../../../shared/domain/completion.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { LatentIntervention } from '../../../shared/domain/latent-intervention.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { EngineHost } from '../../engine-host/index.ts'
import { samplePrompt, scoreCompletion, type RewardFunction, type Sample } from '../../tasks/index.ts'
import type { EvaluationFile } from './evaluation-file.ts'
import { toEvaluationRow } from './evaluation-record.ts'

/** A policy as it is compared with others. */
export interface PolicyArm {
  /** Names it in the file and in tables. */
  readonly name: string
  readonly policy: MemoryPolicy
  readonly intervention: LatentIntervention | null
}

export interface Evaluation {
  readonly engine: Pick<EngineHost, 'call'>
  /** Loaded. */
  readonly modelId: ModelId
  readonly samples: readonly Sample[]
  /** Where "latents of another question" come from; samples that are evaluated may be among them. */
  readonly donors: readonly Sample[]
  readonly arms: readonly PolicyArm[]
  /** Everything but policy and intervention. */
  readonly config: RunConfig
  readonly reward: RewardFunction
  readonly file: EvaluationFile
}

export interface RunEvaluationOptions {
  /** Rows the engine computes at a time. @default 8 */
  readonly batchSize?: number
  readonly signal?: AbortSignal
  /** @param fraction of all completions, those of earlier runs included */
  readonly onProgress?: (policy: string, fraction: number) => void
}

/**
 * Completes what the file lacks, one policy after the other. Every completion is in the file before the next is heard of, so
 * whatever ends the run, the next one goes on there.
 * @throws EngineCallError or EngineLostError of the engine, what writing throws, or the signal's reason
 */
export async function runEvaluation(evaluation: Evaluation, { batchSize = 8, signal, onProgress }: RunEvaluationOptions = {}): Promise<void> {
  const { arms, samples } = evaluation
  const total = arms.length * samples.length
  const missing = arms.map((arm) => ({ arm, samples: missingSamples(evaluation, arm) }))
  let doneCount = total - missing.reduce((sum, entry) => sum + entry.samples.length, 0)
  for (const entry of missing) {
    const hearOne = (): void => onProgress?.(entry.arm.name, ++doneCount / total)
    if (entry.samples.length > 0) await runArm(evaluation, entry.arm, entry.samples, { batchSize, signal, onCompletion: hearOne })
  }
}

function missingSamples({ samples, file }: Evaluation, { name }: PolicyArm): Sample[] {
  const done = new Set(file.rows.filter(({ policy }) => policy === name).map(({ sampleId }) => sampleId))
  return samples.filter(({ id }) => !done.has(id))
}

interface ArmOptions {
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  onCompletion(): void
}

async function runArm(
  { engine, modelId, config, donors, reward, file }: Evaluation,
  { name, policy, intervention }: PolicyArm,
  samples: readonly Sample[],
  { batchSize, signal, onCompletion }: ArmOptions,
): Promise<void> {
  const byId = new Map(samples.map((sample) => [sample.id, sample]))
  // A row that cannot be written (a full disk) ends the run: nobody would find it again.
  const writing = new AbortController()
  const keep = (completion: Completion): void => {
    const sample = byId.get(completion.sampleId)
    if (sample === undefined) throw new Error(`internal: nobody asked for sample ${completion.sampleId}`)
    try {
      file.append(toEvaluationRow(name, completion, scoreCompletion(reward, completion.text, sample)))
      onCompletion()
    } catch (error) {
      writing.abort(error)
    }
  }
  await engine.call(
    'complete',
    {
      modelId,
      config: { ...config, policy, intervention },
      samples: samples.map(toCompletionSample),
      ...(intervention?.kind === 'other' && { donors: donors.map(toCompletionSample) }),
      batchSize,
    },
    { signal: signal === undefined ? writing.signal : AbortSignal.any([signal, writing.signal]), onCompletion: keep },
  )
}

function toCompletionSample(sample: Sample) {
  return { prompt: samplePrompt(sample), sampleId: sample.id, repeat: 0 }
}
