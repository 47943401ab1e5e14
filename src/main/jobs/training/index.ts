/** @file The entrance to training runs. It does not know how anything is trained. */
export { OutputDirectoryTakenError, TrainingRunNotFoundError, TrainingStateError } from './errors.ts'
export { TrainingRoom, type TrainingRoomOptions } from './training-room.ts'
