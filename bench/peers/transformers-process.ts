/**
 * @file transformers.js as a peer: its own `generate`, greedy, on the CPU through the onnxruntime-node that it brings, in a process of its own.
 * Its arguments are a model's folder and the number of threads; it knows nothing of our engine.
 */
import { basename, dirname } from 'node:path'
import { servePeer, type PeerAnswer, type PeerRequest } from './peer-messages.ts'

/** What is used of @huggingface/transformers 4.3, which is installed beside this file on demand only: its own types are not at hand. */
interface TransformersLibrary {
  readonly env: { version: string; allowRemoteModels: boolean; localModelPath: string }
  readonly AutoModelForCausalLM: { from_pretrained(name: string, options: object): Promise<{ generate(options: object): Promise<unknown> }> }
  readonly StoppingCriteria: new () => object
  readonly Tensor: new (type: 'int64', data: BigInt64Array, shape: readonly number[]) => object
}

const [modelDir = '', threadCount = ''] = process.argv.slice(2)

const library: string = '@huggingface/transformers'
const { env, AutoModelForCausalLM, StoppingCriteria, Tensor } = (await import(library)) as TransformersLibrary
env.allowRemoteModels = false
env.localModelPath = dirname(modelDir)

/** Asked whether to stop after every token, so it sees when each came. */
class TokenClock extends StoppingCriteria {
  readonly times: number[] = []
  firstRow: readonly bigint[] = []

  /** Called by the library under this name. */
  _call(rows: readonly (readonly bigint[])[]): boolean[] {
    this.times.push(performance.now())
    this.firstRow = rows[0] ?? []
    return rows.map(() => false)
  }
}

const model = await AutoModelForCausalLM.from_pretrained(basename(modelDir), {
  device: 'cpu',
  dtype: 'fp32',
  use_external_data_format: true,
  session_options: { intraOpNumThreads: Number(threadCount) },
})
servePeer(`transformers.js ${env.version}`, decode)

async function decode({ batch, steps, prompts }: PeerRequest): Promise<PeerAnswer> {
  const length = prompts[0]?.length ?? 0
  const shape = [batch, length]
  const clock = new TokenClock()
  await model.generate({
    inputs: new Tensor('int64', BigInt64Array.from(prompts.flat(), BigInt), shape),
    attention_mask: new Tensor('int64', new BigInt64Array(batch * length).fill(1n), shape),
    max_new_tokens: steps + 2,
    do_sample: false,
    stopping_criteria: clock,
  })
  // From the second token on, as with every engine here.
  const elapsedMs = (clock.times.at(-1) ?? Number.NaN) - (clock.times[1] ?? Number.NaN)
  return { tokensPerSecond: (batch * (clock.times.length - 2)) / (elapsedMs / 1000), tokenIds: clock.firstRow.slice(length).map(Number) }
}
