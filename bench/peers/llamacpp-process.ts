/**
 * @file llama.cpp as a peer: greedy decoding by node-llama-cpp's prebuilt CPU library, in a process of its own. Its arguments are a GGUF file
 * and the number of threads; it knows nothing of our engine.
 */
import { servePeer, timeRows, type PeerAnswer, type PeerRequest } from './peer-messages.ts'

/** What is used of node-llama-cpp 3.22, which is installed beside this file on demand only: its own types are not at hand. */
interface LlamaLibrary {
  getLlama(options: { build: 'never'; gpu: false; maxThreads: number; logLevel: 'error' }): Promise<{ loadModel(options: { modelPath: string }): Promise<LlamaModel> }>
  getModuleVersion(): Promise<string>
}
interface LlamaModel {
  /** `contextSize` is of one sequence. */
  createContext(options: { sequences: number; contextSize: number; batchSize: number; threads: number }): Promise<LlamaContext>
}
interface LlamaContext {
  getSequence(): LlamaSequence
  dispose(): Promise<void>
}
interface LlamaSequence {
  /** Sequences of one context that wait at the same time are computed in one batch. */
  evaluate(tokens: readonly number[], options: { temperature: 0; yieldEogToken: true }): AsyncGenerator<number>
}

const [modelPath = '', threadCount = ''] = process.argv.slice(2)
const threads = Number(threadCount)

const library: string = 'node-llama-cpp'
const { getLlama, getModuleVersion } = (await import(library)) as LlamaLibrary
const llama = await getLlama({ build: 'never', gpu: false, maxThreads: threads, logLevel: 'error' })
const model = await llama.loadModel({ modelPath })
servePeer(`llama.cpp of node-llama-cpp ${await getModuleVersion()}`, decode)

async function decode(request: PeerRequest): Promise<PeerAnswer> {
  const { batch, steps, prompts } = request
  const promptLength = Math.max(...prompts.map(({ length }) => length))
  const context = await model.createContext({ sequences: batch, contextSize: promptLength + steps + 2, batchSize: batch * promptLength, threads })
  const rows = prompts.map((prompt) => context.getSequence().evaluate(prompt, { temperature: 0, yieldEogToken: true }))
  const answer = await timeRows(request, () => Promise.all(rows.map(nextToken)))
  await context.dispose()
  return answer
}

async function nextToken(row: AsyncGenerator<number>): Promise<number> {
  const { value } = (await row.next()) as IteratorResult<number, undefined>
  if (value === undefined) throw new Error('llama.cpp ended a sequence before it was asked to')
  return value
}
