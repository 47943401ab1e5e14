/** @file The door of the devices room. It knows neither sessions nor jobs. */
export { DeviceRoom } from './device-room.ts'
export { describeShortage, isDeviceLoss, reasonToFallBack } from './fallback-reason.ts'
export { SpeedBook } from './speed-book.ts'
