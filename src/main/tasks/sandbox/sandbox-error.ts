/** @file Code cannot be run here as it was asked for; the message says why and what would help. It says nothing about the code. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}
