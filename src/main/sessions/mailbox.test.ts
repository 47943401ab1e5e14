/** @file What a mailbox keeps, and when its reader ends. */
import { expect, test } from 'vitest'
import { Mailbox } from './mailbox.ts'

test('messages posted before, during and right before the close are read in order', async () => {
  const mailbox = new Mailbox<number>()
  mailbox.post(1)
  const read: number[] = []
  for await (const message of mailbox.read()) {
    read.push(message)
    if (message === 1) mailbox.post(2)
    if (message === 2) {
      queueMicrotask(() => {
        mailbox.post(3)
        mailbox.close()
        mailbox.post(4)
      })
    }
  }
  expect(read).toEqual([1, 2, 3])
})

test('a reader that waits ends when the mailbox closes', async () => {
  const mailbox = new Mailbox<number>()
  const waiting = mailbox.read().next()
  mailbox.close()
  expect(await waiting).toEqual({ done: true, value: undefined })
})

test('a reader ends with its signal, also where that had aborted before', async () => {
  const controller = new AbortController()
  const waiting = new Mailbox<number>().read({ signal: controller.signal }).next()
  controller.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await new Mailbox<number>().read({ signal: controller.signal }).next()).toEqual({ done: true, value: undefined })
})

test('beyond its capacity the oldest messages give way', async () => {
  const mailbox = new Mailbox<number>({ capacity: 2 })
  for (const message of [1, 2, 3]) mailbox.post(message)
  mailbox.close()
  const read: number[] = []
  for await (const message of mailbox.read()) read.push(message)
  expect(read).toEqual([2, 3])
})
