/** @file The words of whatever was thrown, which need not be an Error. It does not know what they are for. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
