/** @file Wrong arguments, found after parsing. It does not know of which command. */
export class UsageError extends Error {
  override name = 'UsageError'
}
