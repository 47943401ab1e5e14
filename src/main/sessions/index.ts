/** @file The door of the sessions room. */
export { ForkPositionError, messageOf, ModelNotFoundError, SessionNotLiveError, TraceNotFoundError, WeaveNotFoundError } from './errors.ts'
export { recordBefore, resolveChanges } from './generation-record.ts'
export { Mailbox } from './mailbox.ts'
export { createMemoryLog } from './memory-log.ts'
export type { SessionLog } from './session-log.ts'
export type { ForkRequest } from './session-opener.ts'
export { SessionRoom, type AdvanceOptions, type SessionRoomOptions, type SessionRoomParts } from './session-room.ts'
