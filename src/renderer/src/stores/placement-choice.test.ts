import { expect, it } from 'vitest'
import type { Calibration, DeviceSpeed } from '../../../shared/domain/calibration.ts'
import type { Device, Placement, Precision } from '../../../shared/domain/model.ts'
import { chosenPlacement, possibleDevices, sortedSpeeds, standsAsChosen, unavailableDevices } from './placement-choice.ts'

const speed = (device: Device, precision: Precision, decodeTokensPerSecond: number): DeviceSpeed => ({ device, precision, decodeTokensPerSecond, batchTokensPerSecond: 1, prefillTokensPerSecond: 1, elapsedMs: 1, measuredAt: 0 })
const calibration = (speeds: DeviceSpeed[], unavailable: Calibration['unavailable'] = []): Calibration => ({ shape: 's', speeds, unavailable })
const at = (device: Device): Placement => ({ device, precision: 'f32' })

it('offers the CPU also before anything is known, and the devices of the estimates once each', () => {
  expect(possibleDevices([], new Map())).toEqual(['cpu'])
  expect(possibleDevices([at('cpu'), { device: 'cpu', precision: 'q8' }, at('webgpu')], new Map())).toEqual(['cpu', 'webgpu'])
})

it('leaves out a device that a measurement found unusable, unless it computed at another precision', () => {
  const refused = { device: 'webgpu', reason: 'no adapter' } as const
  expect(possibleDevices([at('cpu'), at('webgpu')], new Map([['f32', calibration([], [refused])]]))).toEqual(['cpu'])
  const computed = new Map<Precision, Calibration>([['f32', calibration([], [refused])], ['q8', calibration([speed('webgpu', 'q8', 3)])]])
  expect(possibleDevices([at('cpu'), at('webgpu')], computed)).toEqual(['cpu', 'webgpu'])
  expect(unavailableDevices(computed)).toEqual([])
})

it('takes auto for the fastest device measured at that precision, and for the CPU where none was', () => {
  const known = new Map<Precision, Calibration>([['q8', calibration([speed('webgpu', 'q8', 90), speed('cpu', 'q8', 30)])]])
  expect(chosenPlacement({ device: 'auto', precision: 'q8' }, known)).toEqual({ device: 'webgpu', precision: 'q8' })
  expect(chosenPlacement({ device: 'auto', precision: 'f32' }, known)).toEqual(at('cpu'))
  expect(chosenPlacement({ device: 'cpu', precision: 'q8' }, known)).toEqual({ device: 'cpu', precision: 'q8' })
})

it('lists speeds of all precisions fastest first', () => {
  const known = new Map<Precision, Calibration>([['f32', calibration([speed('cpu', 'f32', 13)])], ['q8', calibration([speed('cpu', 'q8', 40)])]])
  expect(sortedSpeeds(known).map(({ precision }) => precision)).toEqual(['q8', 'f32'])
})

it('takes a model that fell back for standing as chosen, and one of another precision not', () => {
  const loaded = { device: 'cpu', precision: 'f32', fallback: { device: 'webgpu', reason: 'no adapter' } } as const
  expect(standsAsChosen(loaded, { device: 'webgpu', precision: 'f32' })).toBe(true)
  expect(standsAsChosen(loaded, { device: 'auto', precision: 'f32' })).toBe(true)
  expect(standsAsChosen(loaded, { device: 'auto', precision: 'q8' })).toBe(false)
  expect(standsAsChosen({ ...loaded, fallback: null }, { device: 'webgpu', precision: 'f32' })).toBe(false)
})
