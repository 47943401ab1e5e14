/** @file The entrance to training runs. */
export { OutputDirectoryTakenError, TrainingRunNotFoundError, TrainingStateError } from './errors.ts'
export { TrainingRoom, type TrainingRoomOptions } from './training-room.ts'
