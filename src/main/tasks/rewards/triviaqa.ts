/**
 * @file TriviaQA as the reference plays it (its data/triviaqa): prompt, actions, one turn, reward. It does not know how pages are searched or
 * tokens made.
 *
 * Differences: the reference tells the model that nothing was found where the search itself failed; here the turn fails with it.
 */
import { strip } from '../python-text.ts'

/** The trailing space is the reference's; its training conversations are written without it. */
export const triviaQaSystemPrompt = [
  'Answer the given question. You must conduct reasoning inside <think> and </think> first every time you get new information.',
  'After reasoning, if you find you lack some knowledge, you can call a search engine by <search> query </search> and it will return the top searched results between <information> and </information>.',
  'You can search as many times as your want.',
  'If you find no further external knowledge needed, you can directly provide the answer inside <answer> and </answer>, without detailed illustrations. For example, <answer> Beijing </answer>. ',
].join(' ')

export interface TriviaQaAction {
  readonly kind: 'search' | 'answer' | 'think'
  readonly content: string
}

/** Cuts a completion after its first closing tag, a search before an answer. */
export function preprocessAction(completion: string): string {
  const end = ['</search>', '</answer>'].find((tag) => completion.includes(tag))
  return end === undefined ? completion : completion.slice(0, completion.indexOf(end) + end.length)
}

/** What a completion that went through {@link preprocessAction} asks for; only the first line of a tag's content counts. */
export function parseAction(action: string): TriviaQaAction {
  const text = strip(action)
  for (const kind of ['search', 'answer'] as const) {
    const start = text.indexOf(`<${kind}>`)
    const end = text.indexOf(`</${kind}>`)
    if (start < 0 || end < 0) continue
    const [firstLine] = strip(text.slice(start + kind.length + 2, end)).split('\n')
    return { kind, content: strip(firstLine!) }
  }
  return { kind: 'think', content: text }
}

export interface TriviaQaTurn {
  /** What the user says next. */
  readonly observation: string
  readonly reward: number
  readonly done: boolean
}

/** What the model is told where a search finds no page. */
export const pagesNotFound = 'Cannot find corresponding pages.'
const invalidAction =
  '\nMy previous action is invalid. If I want to search, I should put the query between <search> and </search>. If I want to give the final answer, I should put the answer between <answer> and </answer>. Let me try again.\n'

/**
 * One turn of the dialogue. Rejects where the search does.
 * @param search answers a query with the text of {@link formatPassages}
 */
export async function playTurn(completion: string, answers: readonly string[], search: (query: string) => Promise<string>): Promise<TriviaQaTurn> {
  const { kind, content } = parseAction(preprocessAction(completion))
  switch (kind) {
    case 'search':
      return { observation: await search(content), reward: 0, done: false }
    case 'answer':
      return { observation: '', reward: containsAnswer(content, answers) ? 1 : 0, done: true }
    case 'think':
      return { observation: invalidAction, reward: 0, done: false }
    default:
      return kind satisfies never
  }
}

/** 1 if the last `<answer>` of the completion contains one of the answers, 0.5 if it contains none, 0 without such a tag. */
export function triviaQaReward(completion: string, answers: readonly string[]): number {
  const last = Array.from(completion.matchAll(/<answer>([\s\S]*?)<\/answer>/g), ([, content]) => content!).at(-1)
  if (last === undefined) return 0
  return containsAnswer(last, answers) ? 1 : 0.5
}

/** Whether one of the answers stands in the text, in whatever letters' case. */
export function containsAnswer(text: string, answers: readonly string[]): boolean {
  const lower = text.toLowerCase()
  return answers.some((answer) => lower.includes(answer.toLowerCase()))
}

/** Passages as a retriever returns them, title in the first line of `contents`, as one numbered text. */
export function formatPassages(passages: readonly { readonly document: { readonly contents: string } }[]): string {
  return passages
    .map(({ document: { contents } }, index) => {
      const [title, ...lines] = contents.split('\n')
      return `Doc ${index + 1}(Title: ${title!}) ${lines.join('\n')}\n`
    })
    .join('')
}
