/** @file The prompt that a command is given, and its options: text, a file, or a conversation. It does not know templates or tokens. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { z } from 'zod'
import { chatMessageSchema, type ChatMessage } from '../../shared/domain/chat.ts'
import type { Prompt } from '../../shared/domain/trace.ts'
import { messageOf } from '../../shared/message-of.ts'
import { UsageError } from './usage-error.ts'

export interface PromptOptions {
  prompt?: string
  promptFile?: string
  messages?: string
  system?: string
  raw?: boolean
}

export function addPromptOptions(command: Command): Command {
  return command
    .option('--prompt <text>', 'the user message')
    .option('--prompt-file <file>', 'a file that holds it; - reads standard input')
    .option('--messages <file>', 'a conversation: a JSON array, or one message a line; - reads standard input')
    .option('--system <text>', 'a system message before it')
    .option('--raw', 'take the text as it stands, without the chat template')
}

/** Raises UsageError where the options contradict each other or a file is not what it should be. */
export async function readPrompt(options: PromptOptions, readStdin: () => Promise<string>): Promise<Prompt> {
  const given = [options.prompt, options.promptFile, options.messages].filter((source) => source !== undefined)
  if (given.length !== 1) throw new UsageError('give the prompt once: --prompt TEXT, --prompt-file FILE or --messages FILE')
  if (options.raw === true && (options.messages !== undefined || options.system !== undefined)) {
    throw new UsageError('--raw takes the text as it stands, without a conversation: leave out --messages and --system')
  }
  const system: ChatMessage[] = options.system === undefined ? [] : [{ role: 'system', content: options.system }]
  if (options.messages !== undefined) {
    const messages = parseMessages(options.messages, await readInput(options.messages, readStdin))
    return { kind: 'messages', messages: [...system, ...messages] }
  }
  const text = options.prompt ?? (await readInput(options.promptFile ?? '', readStdin))
  if (options.raw === true) return { kind: 'text', text }
  return { kind: 'messages', messages: [...system, { role: 'user', content: text }] }
}

async function readInput(path: string, readStdin: () => Promise<string>): Promise<string> {
  if (path === '-') return readStdin()
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/** A JSON array of messages, an object with a `messages` array, or one message a line. */
const conversationSchema = z.union([z.array(chatMessageSchema).min(1), z.object({ messages: z.array(chatMessageSchema).min(1) }).transform(({ messages }) => messages)])

export function parseMessages(path: string, text: string): ChatMessage[] {
  const whole = parseJson(text)
  const value = whole ?? text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(path, line, index + 1)]))
  // A file of one line is valid JSON as a whole.
  const conversation = isMessage(value) ? [value] : value
  const parsed = conversationSchema.safeParse(conversation)
  if (!parsed.success) throw new UsageError(`${path}: expected messages such as {"role": "user", "content": "..."}, as a JSON array or one a line`)
  return parsed.data
}

function isMessage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'role' in value
}

function parseLine(path: string, line: string, lineNumber: number): unknown {
  const value = parseJson(line)
  if (value === undefined) throw new UsageError(`${path}, line ${lineNumber}: this is not JSON`)
  return value
}

/** undefined where the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // the caller says where
  }
}
