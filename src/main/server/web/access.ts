/**
 * @file Who may talk to the web server: the right Host (DNS rebinding), the right Origin (other pages), the token. It does
 * not know what is served.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const WILDCARD_HOSTS = ['0.0.0.0', '::']

/**
 * Whether a Host header names this server. A page of another site can make its own name resolve to this machine, but the
 * browser then still sends that name. Numeric addresses cannot be rebound, so a server bound to all of them accepts each.
 */
export function isHostAllowed(hostHeader: string | undefined, bound: { host: string; port: number }): boolean {
  if (hostHeader === undefined) return false
  const { name, port } = splitHost(hostHeader)
  if (port !== bound.port) return false
  if (LOOPBACK_NAMES.includes(name) || name === bracketed(bound.host)) return true
  return WILDCARD_HOSTS.includes(bound.host) && (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === hostname().toLowerCase())
}

/** Pages of this server send its own origin; programs send none. */
export function isOriginAllowed(headers: Pick<IncomingHttpHeaders, 'origin' | 'host'>): boolean {
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${headers.host?.toLowerCase() ?? ''}`
}

/** Cookies do not keep ports apart, so two servers on one machine need two names. */
export function tokenCookieName(port: number): string {
  return `memgen_token_${port}`
}

/** Whether a request carries the token as cookie or as `Authorization: Bearer`. */
export function hasToken(headers: IncomingHttpHeaders, token: string, port: number): boolean {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return isSameToken(bearer, token)
  const prefix = `${tokenCookieName(port)}=`
  const cookies = (headers.cookie ?? '').split(';').map((part) => part.trim())
  return cookies.some((cookie) => cookie.startsWith(prefix) && isSameToken(cookie.slice(prefix.length), token))
}

/** Compares in a time that does not tell how much is right. */
export function isSameToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

function splitHost(hostHeader: string): { name: string; port: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(hostHeader.toLowerCase())
  return { name: match?.[1] ?? '', port: Number(match?.[2] ?? 80) }
}

/** An address as it stands in a URL. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host.toLowerCase()
}
