/** @file An answer that was asked for before anybody wants to show it: one at a time. It does not know what is asked, nor who shows it. */

interface AskedAnswer<Key, Answer> {
  /** Asks ahead; what was asked for before and never shown is forgotten, and null asks for nothing. */
  ask(key: Key | null): void
  /** The answer that was asked for ahead, else asks now. */
  take(key: Key): Promise<Answer>
}

export function createAskedAnswer<Key, Answer>(question: (key: Key) => Promise<Answer>): AskedAnswer<Key, Answer> {
  let asked: { key: Key; answer: Promise<Answer> } | null = null
  return {
    ask(key) {
      asked = null
      if (key === null) return
      const answer = question(key)
      // Whoever takes it hears of a failure; nobody does where the user went elsewhere.
      answer.catch(() => undefined)
      asked = { key, answer }
    },
    take(key) {
      const answer = asked?.key === key ? asked.answer : question(key)
      asked = null
      return answer
    },
  }
}
