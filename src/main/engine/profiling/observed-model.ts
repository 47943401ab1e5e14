/**
 * @file A model whose roles, gate and vocabulary are followed while a rollout uses them. The rollout, the roles and the model itself know
 * nothing of it, so that a generation without a profile pays nothing.
 */
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { RIDING_PLACES, type Riders } from '../memgen/riders.ts'
import { fullRecorder, type StepResult } from '../memgen/step-record.ts'
import type { StepRecorder } from '../memgen/step-recorder.ts'
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import { LATENT } from '../runtime/ragged-batch.ts'
import type { WorkSpans } from './work-spans.ts'

/** The same model; what its parts do is noted in `spans` while they do it. */
export function observeModel(model: MemGenModel, spans: WorkSpans): MemGenModel {
  const { reasoner, memory, riders, vocabulary } = model
  return inPlaceOf(model, {
    reasoner: inPlaceOf(reasoner, {
      forward: (cache, inputs) => spans.role(`reasoner: ${whatIsRead(cache, inputs)}`, () => reasoner.forward(cache, inputs)),
    }),
    memory: memory && {
      ...memory,
      weaver: inPlaceOf(memory.weaver, {
        weave: (cache, requests) => spans.role(`weaver: ${isPrompt(cache, requests) ? PROMPT : 'context and queries'}`, () => memory.weaver.weave(cache, requests)),
      }),
      trigger: memory.trigger && observeTrigger(memory.trigger, spans),
    },
    riders: riders && observeRiders(riders, spans),
    vocabulary: inPlaceOf(vocabulary, { nearest: (vectors, count) => spans.phase('nearest vocabulary', () => vocabulary.nearest(vectors, count)) }),
    gate: (kind) => {
      const gate = model.gate(kind)
      return (ids) => spans.phaseNow('gate', () => gate(ids))
    },
  })
}

/** Draws and records a step as a session does. */
export function observeRecorder(spans: WorkSpans): StepRecorder<StepResult> {
  return { wantsGate: fullRecorder.wantsGate, record: (end) => spans.phase('sampling and record', () => fullRecorder.record(end)) }
}

type Trigger = NonNullable<NonNullable<MemGenModel['memory']>['trigger']>

function observeTrigger(trigger: Trigger, spans: WorkSpans): Trigger {
  return inPlaceOf(trigger, {
    ask: (cache, requests) => spans.role(`trigger: ${isPrompt(cache, requests) ? PROMPT : 'tokens'}`, () => trigger.ask(cache, requests)),
  })
}

/** What one run reads for several roles cannot be told apart; its name says whose it is. */
function observeRiders(riders: Riders, spans: WorkSpans): Riders {
  const { session } = riders
  return inPlaceOf(riders, {
    session: inPlaceOf(session, {
      forward: (cache, feeds, inputs) => {
        const roles = riderNames.filter((name) => inputs.some(({ row }) => row === RIDING_PLACES[name]))
        const read = inputs.filter(({ row }) => row === RIDING_PLACES.reasoner)
        return spans.role(`${roles.join(', ')}: ${whatIsRead(cache, read)}`, () => session.forward(cache, feeds, inputs))
      },
    }),
  })
}

const riderNames = ['reasoner', 'trigger'] as const satisfies readonly (keyof typeof RIDING_PLACES)[]

const PROMPT = 'prompt'

/** The prompt, with its latents where there are any, takes as long as many later steps together. */
function isPrompt(cache: KeyValueCache, requests: readonly { readonly row: number }[]): boolean {
  return requests.some(({ row }) => cache.length(row) === 0)
}

function whatIsRead(cache: KeyValueCache, inputs: readonly { readonly row: number; readonly ids: readonly number[] }[]): string {
  if (isPrompt(cache, inputs)) return PROMPT
  return inputs.some(({ ids }) => ids.includes(LATENT)) ? 'latents and a token' : 'a token'
}

/** The object with some members replaced. Everything else is its own, private fields included, which a copy could not reach. */
function inPlaceOf<Target extends object>(target: Target, replaced: { [Name in keyof Target]?: Target[Name] }): Target {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name as keyof Target] // which was just seen
      const own: unknown = Reflect.get(target, name, target)
      return typeof own === 'function' ? (own.bind(target) as unknown) : own // Function.bind gives any
    },
  })
}
