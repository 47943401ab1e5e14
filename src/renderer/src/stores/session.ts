/**
 * @file The trace in the debugger: live or recorded, its steps as they arrive, a frame's worth at a time, and the step that is "here".
 * It does not know how they are drawn, nor what the user is about to change in the prompt panel.
 */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TraceChange } from '../../../shared/domain/branch.ts'
import type { Breakpoint } from '../../../shared/domain/breakpoint.ts'
import type { ModelId, TraceId, WeaveId } from '../../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { AdvanceUntil, PendingStep, SessionEvent, SessionState } from '../../../shared/domain/session.ts'
import type { Step } from '../../../shared/domain/step.ts'
import { stepsFromColumns, type StepOverview, type WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { Prompt, PromptToken, TraceHeader } from '../../../shared/domain/trace.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import type { OpenedSession } from '../../../shared/contract/sessions.ts'
import { createAskedAnswer } from './asked-answer.ts'
import { useHost } from './host.ts'
import { createRecordCursor } from './record-cursor.ts'
import type { AdvanceOptions, RunStops } from './run-stops.ts'
import { createStepFrames, isSingleStep } from './step-frames.ts'
import { overviewOfStep, overviewOfWeave } from './step-overview.ts'
import { subscribe } from './subscription.ts'
import { createTraceDetails } from './trace-details.ts'

export interface SessionRequest {
  modelId: ModelId
  prompt: Prompt
  config: RunConfig
}

/** 'empty' has no trace; 'opening' makes or reads one; 'ready' shows one. */
export type SessionPhase = 'empty' | 'opening' | 'ready'

/** A single step is over before this, or is said to be running: buttons would only flicker, and the token would wait for them. */
const SLOW_STEP_MS = 150

export const useSessionStore = defineStore('session', () => {
  const { client } = useHost()
  const phase = shallowRef<SessionPhase>('empty')
  const header = shallowRef<TraceHeader | null>(null)
  const promptTokens = shallowRef<readonly PromptToken[]>([])
  const steps = shallowRef<readonly StepOverview[]>([])
  /** As `steps`, but a single step stands here a frame earlier: its token is drawn alone, and everything else about it with the next frame. */
  const foremostSteps = shallowRef(steps.value)
  const weaves = shallowRef<readonly WeaveOverview[]>([])
  const state = shallowRef<SessionState | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const isCertifying = shallowRef(false)
  /** Whether the vanilla twin is wanted from the next live step on. */
  const isTwinWanted = shallowRef(false)
  const details = createTraceDetails(fetchPage, showFailure)
  const weaveById = computed<ReadonlyMap<WeaveId, WeaveOverview>>(() => new Map(weaves.value.map((weave) => [weave.id, weave])))
  const record = createRecordCursor(steps, weaveById, details)

  /** Whether the engine can go on after the last recorded step. */
  const canGoOn = computed(() => state.value?.kind === 'paused' || (state.value?.kind === 'recorded' && header.value?.finish === null))
  const livePause = computed(() => (record.isAtEnd.value && state.value?.kind === 'paused' ? state.value : null))
  /** The breakpoint that stopped the latest run, by id. */
  const stoppedBy = computed(() => livePause.value?.stoppedBy ?? record.stoppedBy.value)
  /** The step after the cursor, between its phases: live, or replayed from the record. */
  const pending = computed<PendingStep | null>(() => (record.isAtEnd.value ? (livePause.value?.pending ?? null) : record.replayed.value))

  let following = new AbortController()
  let isFollowed = false
  /** Steps taken in or waiting for the next frame; the stream is resumed from here. */
  let nextStep = 0
  let isTwinRunning = false
  /** Where traces were left that were not left at their end. */
  const cursorOf = new Map<TraceId, number>()
  let slowStep: ReturnType<typeof setTimeout> | undefined
  /** The host reads a trace while the page draws what stands around it. */
  const asked = createAskedAnswer((traceId: TraceId) => client.log.overview({ traceId }))
  const frames = createStepFrames({ state: () => state.value, arrive, settle })
  onScopeDispose(() => following.abort())

  async function fetchPage(from: number, to: number): Promise<{ steps: Step[]; weaves: Weave[] }> {
    return header.value === null ? { steps: [], weaves: [] } : client.log.steps({ traceId: header.value.id, from, to: Math.min(to, steps.value.length) })
  }

  /** Opens a paused generation once `prepare`, which loads the model where the user wants it, is done. */
  async function open(request: SessionRequest, prepare: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    await enter(async () => {
      await prepare()
      showOpened(await client.sessions.open(request))
    })
  }

  /** A new trace with the same model, prompt and settings. */
  async function restart(): Promise<void> {
    const traceId = header.value?.id
    if (traceId !== undefined) await enter(async () => showOpened(await client.sessions.restart({ traceId })))
  }

  /** A new trace that shares the steps before `stepIndex`; the one on screen stays in the log as it is. */
  async function fork(stepIndex: number, change: TraceChange): Promise<void> {
    const traceId = header.value?.id
    if (traceId === undefined) return
    await enter(async () => {
      const opened = await client.sessions.fork({ traceId, stepIndex, change })
      showOpened(opened, header.value?.id === traceId ? stepIndex : 0)
    })
  }

  /** Shows a trace of the log exactly as it was recorded; one that still runs is followed. */
  async function reopen(traceId: TraceId): Promise<void> {
    await enter(async () => {
      const { trace, state: recordedState } = await asked.take(traceId)
      show(trace.header, trace.promptTokens, recordedState)
      setSteps(stepsFromColumns(trace.steps, trace.weaves))
      weaves.value = trace.weaves
      nextStep = steps.value.length
      isTwinRunning = steps.value.at(-1)?.twin != null
      record.moveTo(cursorOf.get(traceId) ?? nextStep - 1)
      if (recordedState.kind !== 'recorded') follow(traceId)
    })
  }

  /** Goes forward: over recorded steps first, then on with the engine. Nothing recorded is computed again. */
  async function advance(until: AdvanceUntil, { stopAfter = null, stops = null }: AdvanceOptions = {}): Promise<void> {
    const traceId = header.value?.id
    if (traceId === undefined || record.isWalking.value) return
    failure.value = null
    if (!record.isAtEnd.value && (await record.walk(until, stopAfter, stops?.judge ?? null))) return
    if (header.value?.id === traceId && canGoOn.value) await attempt(() => advanceLive(traceId, until, stopAfter, stops))
  }

  async function advanceLive(traceId: TraceId, until: AdvanceUntil, stopAfter: number | null, stops: RunStops | null): Promise<void> {
    const isEnabled = isTwinWanted.value || stops?.needsTwin === true
    if (isEnabled !== isTwinRunning) await client.sessions.setTwin({ traceId, isEnabled })
    isTwinRunning = isEnabled
    await client.sessions.advance({ traceId, until, stopAfter, breakpoints: [...(stops?.breakpoints ?? [])] })
    // A trace that was recorded only has no stream before it is taken up again.
    if (!isFollowed && header.value?.id === traceId) follow(traceId)
  }

  /** Changes what stops the run under way. */
  async function changeBreakpoints(breakpoints: readonly Breakpoint[], fromStep: number): Promise<void> {
    const traceId = header.value?.id
    if (traceId !== undefined && state.value?.kind === 'running') await attempt(() => client.sessions.changeBreakpoints({ traceId, breakpoints: [...breakpoints], fromStep }))
  }

  async function pause(): Promise<void> {
    record.stop()
    const traceId = header.value?.id
    if (traceId !== undefined && state.value?.kind === 'running') await attempt(() => client.sessions.pause({ traceId }))
  }

  /** Runs the trace again from its record and stamps it with the result. */
  async function certify(): Promise<void> {
    const traceId = header.value?.id
    if (traceId === undefined || isCertifying.value) return
    isCertifying.value = true
    await attempt(async () => {
      const certificate = await client.sessions.certify({ traceId })
      if (header.value?.id === traceId) header.value = { ...header.value, certificate }
    })
    isCertifying.value = false
  }

  async function enter(load: () => Promise<void>): Promise<void> {
    const previous = phase.value
    phase.value = 'opening'
    phase.value = (await attempt(load)) ? 'ready' : previous === 'opening' ? 'empty' : previous
  }

  async function attempt(call: () => Promise<unknown>): Promise<boolean> {
    failure.value = null
    try {
      await call()
      return true
    } catch (error) {
      showFailure(error)
      return false
    }
  }

  function showFailure(error: unknown): void {
    failure.value = describeFailure(error)
  }

  function showOpened(opened: OpenedSession, sharedSteps = 0): void {
    const shared = steps.value.slice(0, sharedSteps)
    const sharedWeaves = weaves.value.filter(({ stepIndex }) => stepIndex < sharedSteps)
    show(opened.header, opened.promptTokens, opened.state, sharedSteps)
    setSteps(shared)
    weaves.value = sharedWeaves
    nextStep = shared.length
    record.moveTo(nextStep - 1)
    follow(opened.header.id)
  }

  function show(newHeader: TraceHeader, newPromptTokens: readonly PromptToken[], newState: SessionState, sharedSteps = 0): void {
    clear(sharedSteps)
    header.value = newHeader
    promptTokens.value = newPromptTokens
    state.value = newState
  }

  function clear(keptDetails = 0): void {
    following.abort()
    following = new AbortController()
    isFollowed = false
    frames.clear()
    clearTimeout(slowStep)
    details.reset(keptDetails)
    if (header.value !== null) leaveCursor(header.value.id)
    nextStep = 0
    isTwinRunning = false
    setSteps([])
    weaves.value = []
    record.reset()
  }

  function leaveCursor(traceId: TraceId): void {
    if (record.isAtEnd.value) cursorOf.delete(traceId)
    else cursorOf.set(traceId, record.cursor.value)
  }

  /** Nothing on screen; the trace goes on as it does. */
  function leave(): void {
    clear()
    header.value = null
    promptTokens.value = []
    state.value = null
    phase.value = 'empty'
  }

  function follow(traceId: TraceId): void {
    const { signal: ended } = following
    isFollowed = true
    void subscribe((signal) => client.sessions.events({ traceId, fromStep: nextStep }, { signal }), {
      signal: ended,
      onEvent: (event) => {
        if (event.kind === 'step') {
          // A resumed stream may overlap what was already taken in.
          if (event.step.index < nextStep) return
          nextStep = event.step.index + 1
        }
        frames.push(event)
      },
      onRefused: showFailure,
    }).then(() => {
      if (following.signal === ended) isFollowed = false
    })
  }

  function setSteps(newSteps: readonly StepOverview[]): void {
    steps.value = newSteps
    foremostSteps.value = newSteps
  }

  function arrive(events: readonly SessionEvent[]): void {
    const arrived = events.filter((event) => event.kind === 'step')
    for (const { step, weave } of arrived) details.put(step, weave)
    const woven = arrived.flatMap(({ weave }) => (weave === null ? [] : [overviewOfWeave(weave)]))
    if (woven.length > 0) weaves.value = weaves.value.concat(woven)
    if (arrived.length > 0) foremostSteps.value = foremostSteps.value.concat(arrived.map(({ step }) => overviewOfStep(step)))
  }

  function settle(events: readonly SessionEvent[]): void {
    const isGoingAlong = record.isAtEnd.value
    steps.value = foremostSteps.value
    if (isGoingAlong) record.cursor.value = steps.value.length - 1
    const latest = events.findLast((event) => event.kind === 'state')
    if (latest === undefined) return
    clearTimeout(slowStep)
    if (isSingleStep(latest.state)) slowStep = setTimeout(() => showState(latest), SLOW_STEP_MS)
    else showState(latest)
  }

  function showState(event: Extract<SessionEvent, { kind: 'state' }>): void {
    state.value = event.state
    header.value = event.header
  }

  function weaveDetail(weaveId: WeaveId): Weave | null {
    const weave = weaveById.value.get(weaveId)
    return weave === undefined ? null : details.weave(weaveId, weave.stepIndex)
  }

  return {
    phase, header, promptTokens, steps, foremostSteps, weaves, weaveById, state, failure, canGoOn, isCertifying, isTwinWanted, stoppedBy, pending,
    cursor: record.cursor, isAtEnd: record.isAtEnd, isWalking: record.isWalking, moveTo: record.moveTo, stepBack: record.stepBack,
    open, restart, fork, askFor: asked.ask, reopen, leave, advance, changeBreakpoints, pause, certify, detail: details.step, loadDetail: details.load, weaveDetail,
  }
})
