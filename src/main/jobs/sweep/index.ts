/** @file The door of sweeps. It does not know who watches. */
export { SweepNotFoundError } from './errors.ts'
export { SweepRoom } from './sweep-room.ts'
