/** @file Which device a choice becomes, what is measured for it and how often, and when the CPU steps in. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answeringEngine, Death, Refusal } from '../../../test/support/answering-engine.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { Device, DeviceChoice, LoadedModel, Precision } from '../../shared/domain/model.ts'
import { EngineHost } from '../engine-host/index.ts'
import { DeviceRoom, type PlacedModel } from './device-room.ts'
import { SpeedBook } from './speed-book.ts'

/** Tokens a second, or what happens instead. */
type Behaviour = number | 'absent' | 'small' | 'deadly'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'memgen-devices-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** A machine with these devices, and what it was asked. */
function openMachine(devices: Partial<Record<Device, Behaviour>>, { path = join(folder, 'speeds.json'), shape = 'tiny' }: { path?: string | null; shape?: string } = {}) {
  const measured: string[] = []
  const loaded: string[] = []
  const behave = (device: Device): void => {
    const behaviour = devices[device]
    if (behaviour === 'absent') throw new Refusal({ code: 'DEVICE_UNAVAILABLE', message: `${device} cannot be used`, device, reason: 'no adapter' })
    if (behaviour === 'small') throw new Refusal({ code: 'MEMORY_INSUFFICIENT', message: 'too large', device, neededBytes: 6.2e9, availableBytes: 0.5e9 })
    if (behaviour === 'deadly') throw new Death()
  }
  const startEngine = answeringEngine({
    listDevices: () => Object.keys(devices) as Device[],
    modelShape({ location }) {
      if (location.reasonerDir === '/models/gone') throw new Refusal({ code: 'CHECKPOINT_INVALID', message: 'no such file', path: location.reasonerDir, tensorName: null, field: null })
      return shape
    },
    calibrate({ device, precision }) {
      measured.push(`${device} ${precision}`)
      behave(device)
      const speed = Number(devices[device])
      return { device, precision, decodeTokensPerSecond: speed, batchTokensPerSecond: speed, prefillTokensPerSecond: speed, elapsedMs: 1, measuredAt: 1 }
    },
    load({ device, precision, location }) {
      loaded.push(`${device} ${precision}`)
      if (location.reasonerDir === '/models/broken') throw new Refusal({ code: 'CHECKPOINT_INVALID', message: 'no such file', path: location.reasonerDir, tensorName: null, field: null })
      behave(device)
      return { device, precision } as LoadedModel // nothing else is read
    },
  })
  const engine = new EngineHost(startEngine, { restartDelaysMs: [0] })
  const room = new DeviceRoom({ engine, startEngine, book: new SpeedBook({ path, machine: 'this one' }), weightsDir: '/data/weights' })
  return { room, engine, measured, loaded }
}

function model(device: DeviceChoice = 'auto', precision: Precision = 'f32', reasonerDir = '/models/tiny'): PlacedModel {
  return { id: 'tiny' as ModelId, location: { reasonerDir }, placement: { device, precision } }
}

describe('the device auto', () => {
  test('is the CPU where there is no other device, and nothing is measured', async () => {
    const { room, engine, measured } = openMachine({ cpu: 10 })
    expect(await room.require(engine, model())).toMatchObject({ device: 'cpu', fallback: null })
    expect(measured).toEqual([])
    expect(existsSync(join(folder, 'speeds.json'))).toBe(false)
  })

  test('is the fastest as measured, once for each shape and precision', async () => {
    const { room, engine, measured } = openMachine({ cpu: 10, webgpu: 30, cuda: 20 })
    expect(await room.require(engine, model())).toMatchObject({ device: 'webgpu', precision: 'f32', fallback: null })
    expect(measured).toEqual(['webgpu f32', 'cuda f32', 'cpu f32'])
    expect(await room.load(engine, model('auto', 'q8'))).toMatchObject({ device: 'webgpu', precision: 'q8' })
    expect(measured.slice(3)).toEqual(['webgpu q8', 'cuda q8', 'cpu q8'])

    const later = openMachine({ cpu: 10, webgpu: 30, cuda: 20 })
    expect(await later.room.require(later.engine, model())).toMatchObject({ device: 'webgpu' })
    expect(later.measured).toEqual([])
    const other = openMachine({ cpu: 10, webgpu: 5, cuda: 'absent' }, { shape: 'large' })
    expect(await other.room.require(other.engine, model())).toMatchObject({ device: 'cpu', fallback: null })
    expect(other.measured).toEqual(['webgpu f32', 'cuda f32', 'cpu f32'])
  })

  test('has the CPU measured only where another device computes, and keeps the reasons of those that do not', async () => {
    const { room, engine, measured } = openMachine({ cpu: 10, webgpu: 'absent', cuda: 'deadly', dml: 'small' })
    expect(await room.require(engine, model())).toMatchObject({ device: 'cpu', fallback: null })
    expect(measured).toEqual(['webgpu f32', 'cuda f32', 'dml f32'])
    expect(await room.calibration(model(), 'f32')).toEqual({
      shape: 'tiny',
      speeds: [],
      unavailable: [
        { device: 'webgpu', reason: 'no adapter' },
        { device: 'cuda', reason: 'The engine process ended by signal SIGSEGV.' },
        { device: 'dml', reason: 'It would take 6.2 GB of memory, and 0.50 GB are free.' },
      ],
    })
    await room.load(engine, model())
    expect(measured).toHaveLength(3)
  })

  test('is foreseen by what was measured before, and measured by nobody who only asks', async () => {
    const { room, engine, measured } = openMachine({ cpu: 10, webgpu: 30 })
    expect(await room.foresee(model())).toBeNull()
    expect(await room.foresee(model('webgpu', 'q8'))).toEqual({ device: 'webgpu', precision: 'q8' })
    expect(measured).toEqual([])
    await room.load(engine, model())
    expect(await room.foresee(model())).toEqual({ device: 'webgpu', precision: 'f32' })
    room.noteLoss(model().id, 'webgpu', 'gone')
    expect(await room.foresee(model())).toEqual({ device: 'cpu', precision: 'f32' })

    expect(await openMachine({ cpu: 10 }).room.foresee(model())).toEqual({ device: 'cpu', precision: 'f32' })
    expect(await openMachine({ cpu: 10, webgpu: 30 }).room.foresee(model('auto', 'f32', '/models/gone'))).toBeNull()
    const alone = openMachine({ cpu: 10, webgpu: 'absent' }, { shape: 'large' })
    await alone.room.load(alone.engine, model())
    expect(await alone.room.foresee(model())).toEqual({ device: 'cpu', precision: 'f32' })
  })

  test('is the CPU where nothing that is measured can be kept', async () => {
    const { room, engine, measured } = openMachine({ cpu: 10, webgpu: 30 }, { path: null })
    expect(await room.require(engine, model())).toMatchObject({ device: 'cpu', fallback: null })
    expect(measured).toEqual([])
  })

  test('is measured once by those who ask at the same time', async () => {
    const { room, engine, measured, loaded } = openMachine({ cpu: 10, webgpu: 30 })
    const [first, second] = await Promise.all([room.require(engine, model()), room.require(engine, model())])
    expect([first.device, second.device]).toEqual(['webgpu', 'webgpu'])
    expect(measured).toEqual(['webgpu f32', 'cpu f32'])
    expect(loaded).toEqual(['webgpu f32'])
  })
})

test('a measurement by hand covers every device, adds what is missing, and can be taken again', async () => {
  const { room, measured } = openMachine({ cpu: 10, webgpu: 'absent' })
  expect(await room.calibration(model(), 'f32')).toBeNull()
  const found = await room.calibrate(model(), 'f32')
  expect(found).toMatchObject({ shape: 'tiny', speeds: [{ device: 'cpu', decodeTokensPerSecond: 10 }], unavailable: [{ device: 'webgpu', reason: 'no adapter' }] })
  expect(await room.calibrate(model(), 'f32')).toEqual(found)
  expect(measured).toEqual(['cpu f32', 'webgpu f32'])
  await room.calibrate(model(), 'f32', { again: true })
  expect(measured).toHaveLength(4)
})

describe('a device that fails', () => {
  test.each<[Behaviour, string]>([
    ['absent', 'no adapter'],
    ['small', 'It would take 6.2 GB of memory, and 0.50 GB are free.'],
    ['deadly', 'The engine process ended by signal SIGSEGV.'],
  ])('has the model loaded on the CPU with the reason, and is tried again only when asked for: %s', async (behaviour, reason) => {
    const { room, engine, loaded } = openMachine({ cpu: 10, webgpu: behaviour })
    const fallen = { device: 'cpu', precision: 'q8', fallback: { device: 'webgpu', reason } }
    expect(await room.load(engine, model('webgpu', 'q8'))).toMatchObject(fallen)
    expect(engine.status).toMatchObject({ loadedModels: [fallen] })
    expect(await room.load(engine, model('webgpu', 'q8'))).toMatchObject(fallen)
    expect(loaded).toEqual(['webgpu q8', 'cpu q8'])
    room.choose(model().id, null)
    expect(await room.load(engine, model('webgpu', 'q8'))).toMatchObject(fallen)
    expect(loaded).toHaveLength(2)
    room.choose(model().id, { device: 'webgpu', precision: 'q8' })
    expect(await room.load(engine, model())).toMatchObject(fallen)
    expect(loaded.slice(2)).toEqual(['webgpu q8', 'cpu q8'])
    room.choose(model().id, { device: 'cpu', precision: 'q8' })
    expect(await room.load(engine, model())).toMatchObject({ device: 'cpu', fallback: null })
    expect(loaded).toHaveLength(4)
  })

  test('after it has computed is left at the next call', async () => {
    const { room, engine } = openMachine({ cpu: 10, webgpu: 30 })
    expect(await room.require(engine, model())).toMatchObject({ device: 'webgpu' })
    room.noteLoss(model().id, 'webgpu', 'the device was lost')
    expect(await room.require(engine, model())).toMatchObject({ device: 'cpu', fallback: { device: 'webgpu', reason: 'the device was lost' } })
  })
})

test('what the CPU refuses, and a model that cannot be read, are told as they are', async () => {
  const { room, engine, loaded } = openMachine({ cpu: 'small', webgpu: 30 })
  await expect(room.load(engine, model('cpu'))).rejects.toMatchObject({ failure: { code: 'MEMORY_INSUFFICIENT', device: 'cpu' } })
  await expect(room.load(engine, model('webgpu', 'f32', '/models/broken'))).rejects.toMatchObject({ failure: { code: 'CHECKPOINT_INVALID' } })
  expect(loaded).toEqual(['cpu f32', 'webgpu f32'])
})

test('speeds of another machine and a damaged file are measured anew', () => {
  const path = join(folder, 'speeds.json')
  const calibration = { shape: 'tiny', speeds: [], unavailable: [{ device: 'webgpu' as const, reason: 'no adapter' }] }
  const book = new SpeedBook({ path, machine: 'one' })
  book.keep(calibration, 'f32')
  expect(new SpeedBook({ path, machine: 'one' }).find('tiny', 'f32')).toEqual(calibration)
  expect(book.find('tiny', 'q8')).toBeNull()
  expect(new SpeedBook({ path, machine: 'another' }).find('tiny', 'f32')).toBeNull()
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ machine: 'one' })
  writeFileSync(path, '{"machine": "one", "calibrations": [{')
  expect(book.find('tiny', 'f32')).toBeNull()
  book.keep(calibration, 'q4')
  expect(book.find('tiny', 'q4')).toEqual(calibration)
})
