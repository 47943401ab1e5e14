/** @file Devices, precisions and placements in the words the views show. It does not know which of them a machine has. */
import type { DeviceChoice, DeviceFallback, Placement, Precision } from '../../../shared/domain/model.ts'

export const deviceTitles: Readonly<Record<DeviceChoice, string>> = {
  auto: 'Auto',
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
}

/** What a precision does to the weights; what it costs is measured, not said here. */
export const precisionLines: Readonly<Record<Precision, string>> = {
  f32: 'weights as the files say, in float32',
  q8: '8-bit weights in blocks of 32, written once beside the library',
  q4: '4-bit weights in blocks of 32, written once beside the library',
}

/** "CPU, q8". */
export function placementLine({ device, precision }: Placement): string {
  return `${deviceTitles[device]}, ${precision}`
}

/** "CPU: WebGPU was not available: no adapter". Models that fall back stand on the CPU. */
export function fallbackLine({ device, reason }: DeviceFallback): string {
  return `${deviceTitles.cpu}: ${deviceTitles[device]} was not available: ${reason}`
}
