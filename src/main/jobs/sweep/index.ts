/** @file The door of sweeps. */
export { SweepNotFoundError } from './errors.ts'
export { SweepRoom } from './sweep-room.ts'
