/** @file What somebody tells from now on, as the stream of a procedure. It does not know who tells it or what. */
import { Mailbox } from '../sessions/index.ts'

export interface FollowOptions {
  /** Ends the stream. */
  readonly signal: AbortSignal | undefined
  /** Messages that wait for a slow reader; beyond it the oldest give way. @default Infinity */
  readonly capacity?: number
}

/** @param listen begins to tell and returns what ends it; what it tells at once comes first */
export async function* follow<Message>(listen: (tell: (message: Message) => void) => () => void, { signal, capacity = Infinity }: FollowOptions): AsyncGenerator<Message, void, undefined> {
  const mailbox = new Mailbox<Message>({ capacity })
  const stopListening = listen((message) => mailbox.post(message))
  try {
    yield* mailbox.read({ signal })
  } finally {
    stopListening()
  }
}
