/**
 * @file Takes the profile of one generation: with ONNX Runtime's profiling on, then once more without. It loads a model of its own, and
 * keeps nothing.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelLocation, Placement } from '../../../shared/domain/model.ts'
import type { Profile } from '../../../shared/domain/profile.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import { RolloutFailedError } from '../failure.ts'
import { MemGenModel } from '../memgen/memgen-model.ts'
import { PromptRejectedError } from '../memgen/resolved-run.ts'
import { Rollout } from '../memgen/rollout.ts'
import type { RowRequest } from '../memgen/row-request.ts'
import type { StepResult } from '../memgen/step-record.ts'
import { renderPrompt } from '../tokenization/render-prompt.ts'
import { observeModel, observeRecorder } from './observed-model.ts'
import { ObservedSessions, ProfileTooLongError } from './observed-sessions.ts'
import { profiledOps, profileTree } from './profile-tree.ts'
import { WorkSpans } from './work-spans.ts'

/** Tokens generated before anything is measured: memory is touched, shaders are compiled, code is optimised. */
const WARM_TOKENS = 4

export interface ProfileRequest extends Placement {
  readonly location: ModelLocation
  readonly weightsDir: string | null
  readonly prompt: Prompt
  readonly config: RunConfig
  /** @default 0, one per core */
  readonly threads?: number
  /** As of MemGenModel.load. @default as it pays */
  readonly ridesTogether?: boolean
}

export interface ProfileProgress {
  readonly onProgress?: (stage: string, fraction: number) => void
  readonly signal?: AbortSignal
}

/** What the engine knows of a profile; its name and time are the host's. */
export type EngineProfile = Omit<Profile, 'modelName' | 'fallback' | 'createdAt'>

/**
 * Profiling is on from when a session is opened until it is ended, once: so the profiled generation comes first, after a few tokens that warm
 * everything up, and the plain one on the same sessions after it.
 * @throws CheckpointFormatError, DeviceUnavailableError, PromptRejectedError, RolloutFailedError, or the signal's reason
 */
export async function takeProfile(request: ProfileRequest, { onProgress, signal }: ProfileProgress = {}): Promise<EngineProfile> {
  const folder = await mkdtemp(join(tmpdir(), `memgen-profile-${process.pid}-`))
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder) // the host may be gone before the profile is done
  const sessions = new ObservedSessions(folder)
  let model: MemGenModel | undefined
  try {
    const { location, prompt, config, ...options } = request
    model = await MemGenModel.load(location, { ...options, observer: sessions.observer, onProgress: (stage, fraction) => onProgress?.(stage, fraction * 0.5) })
    signal?.throwIfAborted()
    onProgress?.('packing weights', 0.5)
    await model.packed(signal)
    await model.usePacked() // as generations find it, but for the first ones of a model that was just added
    return await profileGeneration(model, { prompt, config, sessions }, { ...(signal && { signal }), ...(onProgress && { onProgress }) })
  } catch (error) {
    if (error instanceof ProfileTooLongError) throw new PromptRejectedError(error.message)
    throw error
  } finally {
    await model?.release()
    removeFolder()
    process.off('exit', removeFolder)
  }
}

interface Generation {
  readonly prompt: Prompt
  readonly config: RunConfig
  readonly sessions: ObservedSessions
}

async function profileGeneration(model: MemGenModel, { prompt, config, sessions }: Generation, { onProgress, signal }: ProfileProgress): Promise<EngineProfile> {
  const row: RowRequest = { id: 'profile', sampleId: 'profile', repeat: 0, promptIds: model.tokenizer.encode(renderPrompt(prompt)) }
  onProgress?.('warming up', 0.5)
  await generatePlainly(model, { ...config, maxNewTokens: Math.min(config.maxNewTokens, WARM_TOKENS) }, row, signal)

  const spans = new WorkSpans('generation')
  const rollout = Rollout.openWith(observeRecorder(spans), observeModel(model, spans), config, [row])
  sessions.follow(spans)
  const steps = await spans.whole(() =>
    drive(model, rollout, {
      step: (done) => {
        signal?.throwIfAborted()
        onProgress?.('generating with profiling on', 0.55 + (0.2 * done) / config.maxNewTokens)
        return phaseByPhase(rollout, spans)
      },
    }),
  )
  onProgress?.('reading what ONNX Runtime recorded', 0.75)
  const records = await sessions.finish()
  onProgress?.('generating plainly', 0.8)
  const started = performance.now()
  await generatePlainly(model, config, row, signal)
  const plainElapsedMs = performance.now() - started
  const { device, precision } = model.summary
  return {
    format: 'memgen-profile-1',
    device,
    precision,
    prompt,
    config,
    promptTokens: row.promptIds.length,
    tokens: steps.length,
    insertions: steps.filter(({ weave }) => weave !== null).length,
    elapsedMs: spans.root.ms,
    plainElapsedMs,
    root: profileTree(spans.root, records),
    ops: profiledOps(spans.root, records),
    versions: { node: process.versions.node },
  }
}

async function phaseByPhase(rollout: Rollout, spans: WorkSpans): Promise<StepResult[]> {
  await spans.phase('decide', () => rollout.decide())
  await spans.phase('weave', () => rollout.weave())
  return spans.phase('decode', () => rollout.decode())
}

async function generatePlainly(model: MemGenModel, config: RunConfig, row: RowRequest, signal: AbortSignal | undefined): Promise<void> {
  const rollout = Rollout.open(model, config, [row])
  await drive(model, rollout, {
    step: () => {
      signal?.throwIfAborted()
      return rollout.step()
    },
  })
}

/** Steps to the end and lets go of the rollout. Throws RolloutFailedError where the numbers went wrong. */
async function drive(model: MemGenModel, rollout: Rollout, { step }: { step: (done: number) => Promise<StepResult[]> }): Promise<StepResult[]> {
  const results: StepResult[] = []
  try {
    while (!rollout.isFinished) results.push(...(await step(results.length)))
    const error = rollout.rows[0]?.error ?? null
    if (error !== null) throw new RolloutFailedError(`${error}; ${await model.explainNonFinite()}`)
    return results
  } finally {
    rollout.dispose()
  }
}
