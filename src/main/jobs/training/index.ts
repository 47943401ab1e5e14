/** @file The entrance to training runs. */
export { OutputDirectoryTakenError, TrainingRunNotFoundError, TrainingStateError } from './errors.ts'
export { TrainingRoom, type TrainingRoomOptions, type TrainingRoomParts } from './training-room.ts'
