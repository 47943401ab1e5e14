/** @file Which Host, Origin and token open the door. */
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { hasToken, isHostAllowed, isOriginAllowed } from './access.ts'

const loopback = { host: '127.0.0.1', port: 7700 }

test.each(['127.0.0.1:7700', 'localhost:7700', 'LOCALHOST:7700', '[::1]:7700'])('a server on loopback answers to %s', (host) => {
  expect(isHostAllowed(host, loopback)).toBe(true)
})

test.each([undefined, '', '127.0.0.1', '127.0.0.1:7701', 'evil.example:7700', 'localhost.evil.example:7700', '192.168.1.5:7700', 'localhost:7700:7700', '127.0.0.1:7700@evil.example'])(
  'a server on loopback does not answer to %s',
  (host) => {
    expect(isHostAllowed(host, loopback)).toBe(false)
  },
)

test('a server on every address answers to numeric addresses and its own name, but to no other name', () => {
  const everywhere = { host: '0.0.0.0', port: 7700 }
  expect(isHostAllowed('192.168.1.5:7700', everywhere)).toBe(true)
  expect(isHostAllowed('[fe80::1]:7700', everywhere)).toBe(true)
  expect(isHostAllowed(`${hostname()}:7700`, everywhere)).toBe(true)
  expect(isHostAllowed('rebound.example:7700', everywhere)).toBe(false)
})

test('a server on a named address answers to that name', () => {
  expect(isHostAllowed('lab.example:80', { host: 'lab.example', port: 80 })).toBe(true)
  expect(isHostAllowed('lab.example', { host: 'lab.example', port: 80 })).toBe(true)
})

test('a page of this server is let in, a page of any other is not, a program without Origin is', () => {
  expect(isOriginAllowed({ origin: 'http://127.0.0.1:7700', host: '127.0.0.1:7700' })).toBe(true)
  expect(isOriginAllowed({ host: '127.0.0.1:7700' })).toBe(true)
  for (const origin of ['null', 'https://127.0.0.1:7700', 'http://127.0.0.1:7701', 'http://127.0.0.1:7700.evil.example']) {
    expect(isOriginAllowed({ origin, host: '127.0.0.1:7700' })).toBe(false)
  }
})

test('the token opens as a cookie of this port or as a bearer, and only in full', () => {
  expect(hasToken({ cookie: 'a=b; memgen_token_7700=secret' }, 'secret', 7700)).toBe(true)
  expect(hasToken({ authorization: 'Bearer secret' }, 'secret', 7700)).toBe(true)
  expect(hasToken({ cookie: 'memgen_token_7701=secret' }, 'secret', 7700)).toBe(false)
  expect(hasToken({ cookie: 'memgen_token_7700=secre' }, 'secret', 7700)).toBe(false)
  expect(hasToken({ cookie: 'xmemgen_token_7700=secret' }, 'secret', 7700)).toBe(false)
  expect(hasToken({}, 'secret', 7700)).toBe(false)
})
