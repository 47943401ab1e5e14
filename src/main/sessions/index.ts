/** @file The door of the sessions room. */
export { ClusterSetError, ForkPositionError, messageOf, ModelNotFoundError, ReplayStoppedError, SessionNotLiveError, TraceNotFoundError, WeaveNotFoundError } from './errors.ts'
export { recordBefore, resolveChanges } from './generation-record.ts'
export { Mailbox } from './mailbox.ts'
export { createMemoryLog } from './memory-log.ts'
export { isSameGeneration } from './replay-record.ts'
export type { SessionLog } from './session-log.ts'
export type { ForkRequest, OpenRequest } from './session-opener.ts'
export { SessionRoom, type AdvanceOptions, type ReplayRequest, type SessionRoomOptions, type SessionRoomParts } from './session-room.ts'
