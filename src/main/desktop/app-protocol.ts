/**
 * @file Serves the built renderer under `app://workbench/`, read-only and never outside its folder. It does not know
 * windows or sessions.
 */
import { protocol } from 'electron'
import { contentSecurityPolicy, readStaticFile } from '../server/index.ts'

const APP_SCHEME = 'app'
export const APP_ORIGIN = 'app://workbench'
export const APP_URL = `${APP_ORIGIN}/index.html`

/** Must run before the app is ready: only then may a scheme become standard (relative URLs) and secure. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Answers `app://workbench/...` from `rendererDir`; must run after the app is ready. */
export function serveRenderer(rendererDir: string): void {
  protocol.handle(APP_SCHEME, (request) => answer(rendererDir, request))
}

async function answer(rendererDir: string, request: Request): Promise<Response> {
  if (request.method !== 'GET') return new Response('Only GET', { status: 405 })
  const { protocol: scheme, host, pathname } = new URL(request.url)
  const file = `${scheme}//${host}` === APP_ORIGIN ? await readStaticFile(rendererDir, pathname) : null
  if (file === null) return new Response('Not found', { status: 404 })
  // No network at all: the page reaches the host through a MessagePort.
  const headers = { 'content-type': file.contentType, 'content-security-policy': contentSecurityPolicy("'self'"), 'x-content-type-options': 'nosniff' }
  return new Response(Buffer.from(file.content), { headers })
}
