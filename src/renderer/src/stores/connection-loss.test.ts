/** @file A dropped connection is only spoken of when it stays away. */
import { expect, test } from 'vitest'
import { isLostForLong } from './connection-loss.ts'

test('a connection that is being made, stands or has just dropped is no loss', () => {
  expect(isLostForLong({ kind: 'connecting' })).toBe(false)
  expect(isLostForLong({ kind: 'connected' })).toBe(false)
  expect(isLostForLong({ kind: 'reconnecting', attempt: 1 })).toBe(false)
})

test('a server that does not come back is a loss', () => {
  expect(isLostForLong({ kind: 'reconnecting', attempt: 3 })).toBe(true)
})
