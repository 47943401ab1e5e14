/** @file The door of the devices room. */
export { DeviceRoom, type DeviceRoomParts, type PlacedModel, type PlaceOptions } from './device-room.ts'
export { describeShortage, isDeviceLoss, reasonToFallBack } from './fallback-reason.ts'
export { SpeedBook, type SpeedBookOptions } from './speed-book.ts'
