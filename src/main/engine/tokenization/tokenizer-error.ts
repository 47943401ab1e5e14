/** @file The error of everything that reads a tokenizer folder. Does not know what the caller does about it. */

/** A tokenizer file is missing, unreadable or does not say what is needed; `path` names the file. */
export class TokenizerError extends Error {
  readonly path: string

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options)
    this.name = 'TokenizerError'
    this.path = path
  }
}
