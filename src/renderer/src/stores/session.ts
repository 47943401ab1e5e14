/**
 * @file The trace in the debugger: live or recorded, its steps as they arrive, a frame's worth at a time. It does not
 * know how they are drawn, nor what the user is about to change in the prompt panel.
 */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { ModelId, TraceId, WeaveId } from '../../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { AdvanceUntil, SessionEvent, SessionState } from '../../../shared/domain/session.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { Prompt, PromptToken, TraceHeader } from '../../../shared/domain/trace.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import type { OpenedSession } from '../../../shared/contract/sessions.ts'
import { createFrameBatch } from './frame-batch.ts'
import { useHost } from './host.ts'
import { subscribe } from './subscription.ts'

export interface SessionRequest {
  modelId: ModelId
  prompt: Prompt
  config: RunConfig
}

/** 'empty' has no trace; 'opening' makes or reads one; 'ready' shows one. */
export type SessionPhase = 'empty' | 'opening' | 'ready'

export const useSessionStore = defineStore('session', () => {
  const { client } = useHost()
  const phase = shallowRef<SessionPhase>('empty')
  const header = shallowRef<TraceHeader | null>(null)
  const promptTokens = shallowRef<readonly PromptToken[]>([])
  const steps = shallowRef<readonly Step[]>([])
  const weaves = shallowRef<readonly Weave[]>([])
  const state = shallowRef<SessionState | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const weaveById = computed<ReadonlyMap<WeaveId, Weave>>(() => new Map(weaves.value.map((weave) => [weave.id, weave])))

  let following = new AbortController()
  /** Steps taken in or waiting for the next frame; the stream is resumed from here. */
  let nextStep = 0
  const batch = createFrameBatch<SessionEvent>(applyEvents)
  onScopeDispose(() => following.abort())

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

  /** Shows a trace of the log exactly as it was recorded; one that still runs is followed. */
  async function reopen(traceId: TraceId): Promise<void> {
    await enter(async () => {
      const { trace, state: recordedState } = await client.log.trace({ traceId })
      show(trace.header, trace.promptTokens, recordedState)
      steps.value = trace.steps
      weaves.value = trace.weaves
      nextStep = trace.steps.length
      if (recordedState.kind !== 'recorded') follow(traceId)
    })
  }

  async function advance(until: AdvanceUntil): Promise<void> {
    const traceId = header.value?.id
    if (traceId === undefined) return
    await attempt(() => client.sessions.advance({ traceId, until }))
  }

  async function pause(): Promise<void> {
    const traceId = header.value?.id
    if (traceId !== undefined) await attempt(() => client.sessions.pause({ traceId }))
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
      failure.value = describeFailure(error)
      return false
    }
  }

  function showOpened(opened: OpenedSession): void {
    show(opened.header, opened.promptTokens, opened.state)
    follow(opened.header.id)
  }

  function show(newHeader: TraceHeader, newPromptTokens: readonly PromptToken[], newState: SessionState): void {
    following.abort()
    following = new AbortController()
    batch.clear()
    nextStep = 0
    header.value = newHeader
    promptTokens.value = newPromptTokens
    state.value = newState
    steps.value = []
    weaves.value = []
  }

  function follow(traceId: TraceId): void {
    void subscribe((signal) => client.sessions.events({ traceId, fromStep: nextStep }, { signal }), {
      signal: following.signal,
      onEvent: (event) => {
        if (event.kind === 'step') {
          // A resumed stream may overlap what was already taken in.
          if (event.step.index < nextStep) return
          nextStep = event.step.index + 1
        }
        batch.push(event)
      },
      onRefused: (error) => {
        failure.value = describeFailure(error)
      },
    })
  }

  function applyEvents(events: readonly SessionEvent[]): void {
    const arrived = events.filter((event) => event.kind === 'step')
    if (arrived.length > 0) steps.value = steps.value.concat(arrived.map((event) => event.step))
    const woven = arrived.flatMap((event) => (event.weave === null ? [] : [event.weave]))
    if (woven.length > 0) weaves.value = weaves.value.concat(woven)
    const latest = events.findLast((event) => event.kind === 'state')
    if (latest === undefined) return
    state.value = latest.state
    header.value = latest.header
  }

  return { phase, header, promptTokens, steps, weaves, weaveById, state, failure, open, restart, reopen, advance, pause }
})
