/** @file What the benchmark asks an engine in a process of its own, and what it answers. It knows no engine. */

export interface PeerRequest {
  readonly batch: number
  /** Decoding steps that are timed, after the prompt and one step that are not. */
  readonly steps: number
  /** One prompt a row. */
  readonly prompts: readonly (readonly number[])[]
}

export interface PeerAnswer {
  readonly tokensPerSecond: number
  /** What the first row was continued with, greedily. */
  readonly tokenIds: readonly number[]
}

/** The first message of a peer: which version of which engine it is. */
export interface PeerReady {
  readonly engine: string
}

export type PeerDecode = (request: PeerRequest) => Promise<PeerAnswer>

/** Answers every request of the parent process, and ends with it. */
export function servePeer(engine: string, decode: PeerDecode): void {
  const send = (message: PeerReady | PeerAnswer): void => void process.send?.(message)
  process.on('message', (request: PeerRequest) => {
    decode(request).then(send, (error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
  process.on('disconnect', () => process.exit())
  send({ engine })
}

/**
 * Times rows that are stepped together. The clock starts after the second token of each: the prompt and the first decoding step are not
 * what is measured, as in our own measurement.
 * @param next one more token of every row
 */
export async function timeRows({ batch, steps }: PeerRequest, next: () => Promise<readonly number[]>): Promise<PeerAnswer> {
  const tokenIds: number[] = []
  const step = async (): Promise<void> => {
    const [first] = await next()
    if (first !== undefined) tokenIds.push(first)
  }
  await step()
  await step()
  const started = performance.now()
  for (let index = 0; index < steps; index++) await step()
  return { tokensPerSecond: (batch * steps) / ((performance.now() - started) / 1000), tokenIds }
}
