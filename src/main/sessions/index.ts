/** @file The door of the sessions room. */
export { ModelNotFoundError, SessionNotLiveError, TraceNotFoundError } from './errors.ts'
export { Mailbox } from './mailbox.ts'
export { createMemoryLog } from './memory-log.ts'
export type { SessionLog } from './session-log.ts'
export { SessionRoom, type SessionRoomOptions, type SessionRoomParts } from './session-room.ts'
