/** @file One generation of one sample as it grows, turn by turn, to its result. It does not know how a turn is generated. */
import type { CompactRecord } from '../../../shared/domain/compact-record.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { RecordedTurn } from '../../../shared/domain/evaluation.ts'
import type { Judgement, TaskSample } from '../../../shared/domain/task.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import { messageOf } from '../../../shared/message-of.ts'
import type { NewResult } from '../../log/index.ts'
import type { Environment, EnvironmentTools } from '../../tasks/index.ts'

export class Episode {
  readonly sample: TaskSample
  readonly repeat: number
  readonly #turns: RecordedTurn[] = []
  readonly #insertions = { prompt: 0, inference: 0 }
  #prompt: Prompt
  #tokenCount = 0
  #finish: Completion['finish'] = 'stopped'
  /** Of the engine: what was written until then is judged. */
  #error: string | null = null
  /** Of the environment: there is nothing to judge. */
  #environmentError: string | null = null
  #isOver = false

  constructor(sample: TaskSample, repeat: number, prompt: Prompt) {
    this.sample = sample
    this.repeat = repeat
    this.#prompt = prompt
  }

  /** Of the next turn. */
  get prompt(): Prompt {
    return this.#prompt
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Adds a turn and lets the environment answer. Never rejects: an environment that fails ends the episode. */
  async take(completion: Completion, environment: Environment, tools: EnvironmentTools): Promise<void> {
    const turn: RecordedTurn = { turn: this.#turns.length, prompt: this.#prompt, text: completion.text, observation: null, record: completion.record ?? emptyRecord() }
    this.#tokenCount += completion.tokenIds.length
    this.#insertions.prompt += completion.insertions.prompt
    this.#insertions.inference += completion.insertions.inference
    this.#finish = completion.finish
    this.#error = completion.error
    if (completion.finish === 'error') return this.#end(turn)
    try {
      const { text, next } = await environment.step(this.sample, this.#turns, completion.text, tools)
      if (next === null || this.#turns.length + 1 >= environment.maxTurns) return this.#end({ ...turn, text })
      this.#turns.push({ ...turn, text, observation: next.observation })
      this.#prompt = next.prompt
    } catch (error) {
      this.#environmentError = messageOf(error)
      this.#end(turn)
    }
  }

  /** Never rejects. */
  async judge(environment: Environment, signal: AbortSignal): Promise<NewResult> {
    const judgement = this.#environmentError === null ? await environment.reward(this.sample, this.#turns, signal) : unjudged(this.#environmentError)
    const text = this.#turns.flatMap(({ text: written, observation }) => (observation === null ? [written] : [written, observation])).join('\n')
    const result: NewResult['result'] = {
      sampleId: this.sample.id,
      repeat: this.repeat,
      domain: this.sample.domain,
      text,
      turnCount: this.#turns.length,
      judgement,
      tokenCount: this.#tokenCount,
      insertions: this.#insertions,
      finish: this.#finish,
      error: this.#error ?? this.#environmentError,
    }
    return { result, turns: this.#turns }
  }

  #end(last: RecordedTurn): void {
    this.#turns.push(last)
    this.#isOver = true
  }
}

function unjudged(error: string): Judgement {
  return { reward: null, error, extracted: null, expected: null }
}

/** Of a prompt that was refused: nothing was generated. */
function emptyRecord(): CompactRecord {
  return { promptTokenCount: 0, tokenIds: new Int32Array(), texts: [], logprobs: new Float32Array(), entropies: new Float32Array(), asked: [], donors: null, weaves: [] }
}
