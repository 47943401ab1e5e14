/** @file Wrong arguments, found after parsing. */
export class UsageError extends Error {
  override name = 'UsageError'
}
