/** @file The line to the host is the one the process was started with. */
import { EventEmitter } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { openHostLine } from './message-port.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Stands in for `process`; only the line's own parts are there. */
function stubProcess(parts: object): EventEmitter {
  const stub = Object.assign(new EventEmitter(), parts)
  vi.stubGlobal('process', stub)
  return stub
}

test("a utility process speaks over Electron's parent port", () => {
  const parentPort = Object.assign(new EventEmitter(), { postMessage: vi.fn() })
  stubProcess({ parentPort })
  const line = openHostLine()
  const received: unknown[] = []
  line.onMessage((message) => received.push(message))
  parentPort.emit('message', { data: 'from the host' })
  line.post('to the host')
  expect(received).toEqual(['from the host'])
  expect(parentPort.postMessage).toHaveBeenCalledWith('to the host')
})

test('a forked process speaks over its channel and ends with its host', () => {
  const [send, exit] = [vi.fn(), vi.fn()]
  const stub = stubProcess({ send, exit })
  const line = openHostLine()
  const received: unknown[] = []
  line.onMessage((message) => received.push(message))
  stub.emit('message', 'from the host')
  line.post('to the host')
  expect(received).toEqual(['from the host'])
  expect(send).toHaveBeenCalledWith('to the host')
  stub.emit('disconnect')
  expect(exit).toHaveBeenCalledWith(0)
})

test('a process started by hand is told who starts it', () => {
  stubProcess({})
  expect(() => openHostLine()).toThrow('The engine is started by its host')
})
