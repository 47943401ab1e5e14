/** @file The door of sweeps. */
export { SweepNotFoundError } from './errors.ts'
export { SweepRoom, type SweepRoomOptions, type SweepRoomParts } from './sweep-room.ts'
