/** @file The built renderer's files, by URL path and never outside their folder. It does not know who asks. */
import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { hasCode } from '../../../shared/error-code.ts'

export interface StaticFile {
  contentType: string
  content: Uint8Array
}

/** Other kinds of files are not served. */
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

/**
 * The file behind a URL path; a path without extension is one of the app's own routes and gets its page.
 * @returns null where there is none, also for paths and links that lead outside `rendererDir`
 */
export async function readStaticFile(rendererDir: string, urlPath: string): Promise<StaticFile | null> {
  const path = decodePath(urlPath)
  if (path === null) return null
  const relativePath = extname(path) === '' ? '/index.html' : path
  const contentType = contentTypes[extname(relativePath)]
  if (contentType === undefined) return null
  try {
    const root = await realpath(rendererDir)
    const file = await realpath(join(root, relativePath))
    if (!file.startsWith(root + sep)) return null
    return { contentType, content: await readFile(file) }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function decodePath(urlPath: string): string | null {
  try {
    const path = decodeURIComponent(urlPath)
    return path.includes('\0') || path.includes('\\') ? null : path
  } catch {
    return null // a broken percent sequence names no file
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG')
}
