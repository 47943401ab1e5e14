/** @file Queries that people write, run in a process of their own which is ended when one takes too long. It does not know what they ask for. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LogUnavailableError, QueryError, toLogError } from './errors.ts'

export interface QueryQuestion {
  readonly path: string
  readonly sql: string
}
export type QueryAnswer = { readonly values: string[] } | { readonly problem: string; readonly code: string | null }

/** Starts with its first query and stays for the next: a query costs milliseconds, a process a tenth of a second. */
export class QueryProcess {
  readonly #path: string
  #child: ChildProcess | null = null
  /** Queries come one after the other, so that none waits within its own limit. */
  #last: Promise<unknown> = Promise.resolve()

  /** @param path the database */
  constructor(path: string) {
    this.#path = path
  }

  /**
   * The first column of a SELECT.
   *
   * @param limitMs how long it may take
   * @throws {QueryError} with SQLite's own words
   * @throws {LogUnavailableError} the file cannot be read
   */
  run(sql: string, limitMs: number): Promise<string[]> {
    const result = this.#last.then(() => this.#ask(sql, limitMs))
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when the process has gone: only the last connection to close takes the write-ahead log's files with it. */
  async close(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.ref()
    child.kill('SIGKILL')
    await exited
  }

  async #ask(sql: string, limitMs: number): Promise<string[]> {
    // The one before may have been ended by the system since.
    const child = this.#child?.connected === true ? this.#child : startProcess()
    this.#child = child
    const answer = await answerOf(child, { path: this.#path, sql }, limitMs).catch(async (error: unknown) => {
      await this.close()
      throw error
    })
    if ('values' in answer) return answer.values
    const cause = Object.assign(new Error(answer.problem), { code: answer.code })
    const error = toLogError(this.#path, cause)
    throw error instanceof LogUnavailableError && error.reason !== 'other' ? error : new QueryError(answer.problem, { cause })
  }
}

function startProcess(): ChildProcess {
  const built = join(import.meta.dirname, 'query.js')
  const child = fork(existsSync(built) ? built : join(import.meta.dirname, 'query-entry.ts'), [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  // Between queries nobody waits for it; that it ended is seen by the next one.
  child.on('error', () => undefined)
  // It waits for queries: that is no reason for this process to stay.
  child.unref()
  child.channel?.unref()
  return child
}

/** Raises QueryError when the process takes too long or has ended. */
function answerOf(child: ChildProcess, question: QueryQuestion, limitMs: number): Promise<QueryAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<QueryAnswer>()
  const onAnswer = (answer: QueryAnswer): void => resolve(answer) // our own entry speaks
  const onEnd = (): void => reject(new QueryError('the process that runs queries ended'))
  const late = setTimeout(() => reject(new QueryError(`the query took longer than ${limitMs / 1000} s and was stopped`)), limitMs)
  child.once('message', onAnswer).once('exit', onEnd)
  child.send(question, (error) => {
    if (error !== null) onEnd()
  })
  return promise.finally(() => {
    clearTimeout(late)
    child.off('message', onAnswer).off('exit', onEnd)
  })
}
