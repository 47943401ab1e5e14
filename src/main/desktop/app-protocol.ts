/**
 * @file Serves the built renderer under `app://workbench/`, read-only and never outside its folder. It does not know
 * windows or sessions.
 */
import { readFile } from 'node:fs/promises'
import { extname, resolve, sep } from 'node:path'
import { protocol } from 'electron'
import { contentSecurityPolicy } from './content-policy.ts'

export const APP_SCHEME = 'app'
export const APP_ORIGIN = 'app://workbench'
export const APP_URL = `${APP_ORIGIN}/index.html`

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Must run before the app is ready: only then may a scheme become standard (relative URLs) and secure. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Answers `app://workbench/...` from `rendererDir`; must run after the app is ready. */
export function serveRenderer(rendererDir: string): void {
  protocol.handle(APP_SCHEME, (request) => answer(rendererDir, request))
}

/**
 * The file a page URL names.
 * @returns an absolute path inside `rendererDir`, or null where the URL names another host, another folder or no file
 */
export function resolveAsset(rendererDir: string, url: string): string | null {
  let pathname: string
  try {
    const parsed = new URL(url)
    if (`${parsed.protocol}//${parsed.host}` !== APP_ORIGIN) return null
    pathname = decodeURIComponent(parsed.pathname)
  } catch {
    // Not a URL, or a broken percent sequence: the answer is the same as for a missing file.
    return null
  }
  if (pathname.includes('\0') || pathname.includes('\\')) return null
  const root = resolve(rendererDir)
  const path = resolve(root, `.${pathname === '/' ? '/index.html' : pathname}`)
  return path.startsWith(root + sep) ? path : null
}

async function answer(rendererDir: string, request: Request): Promise<Response> {
  if (request.method !== 'GET') return new Response('Only GET', { status: 405 })
  const path = resolveAsset(rendererDir, request.url)
  const contentType = path === null ? undefined : contentTypes[extname(path)]
  if (path === null || contentType === undefined) return new Response('Not found', { status: 404 })
  try {
    return new Response(await readFile(path), {
      headers: { 'content-type': contentType, 'content-security-policy': contentSecurityPolicy, 'x-content-type-options': 'nosniff' },
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) {
      return new Response('Not found', { status: 404 })
    }
    throw new Error(`The page file ${path} cannot be read`, { cause: error })
  }
}
