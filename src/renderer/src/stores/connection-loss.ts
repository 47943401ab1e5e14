/** @file When a lost connection is worth a word. It does not know how connections are made. */
import type { ConnectionState } from '../api/transport.ts'

/** A page whose computer slept or whose server was busy is back at the first or second attempt; a banner would only flicker. */
const QUIET_ATTEMPTS = 2

export function isLostForLong(connection: ConnectionState): boolean {
  return connection.kind === 'reconnecting' && connection.attempt > QUIET_ATTEMPTS
}
