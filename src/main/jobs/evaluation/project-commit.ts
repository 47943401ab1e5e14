/** @file The commit that a git checkout stands at, read from its files. It runs no git and knows no other version control. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The full hash; null outside a checkout, and where its files are not as expected. */
export function readProjectCommit(directory: string): string | null {
  const gitDir = findGitDir(resolve(directory))
  if (gitDir === null) return null
  const head = readText(join(gitDir, 'HEAD'))
  if (head === null) return null
  if (!head.startsWith('ref: ')) return asHash(head)
  const ref = head.slice('ref: '.length)
  // A further work tree keeps its HEAD to itself and shares the branches.
  const common = readText(join(gitDir, 'commondir'))
  const shared = common === null ? gitDir : resolve(gitDir, common)
  return asHash(readText(join(shared, ref))) ?? findPacked(readText(join(shared, 'packed-refs')), ref)
}

function findGitDir(directory: string): string | null {
  const path = join(directory, '.git')
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return path
    const link = /^gitdir: (.+)$/.exec(readText(path) ?? '')?.[1]
    return link === undefined ? null : resolve(directory, link)
  }
  const parent = dirname(directory)
  return parent === directory ? null : findGitDir(parent)
}

function findPacked(packed: string | null, ref: string): string | null {
  const line = packed?.split('\n').find((entry) => entry.endsWith(` ${ref}`))
  return line === undefined ? null : asHash(line.slice(0, line.indexOf(' ')))
}

function asHash(text: string | null): string | null {
  return text !== null && /^[0-9a-f]{40,64}$/.test(text) ? text : null
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null // not there, or not for us to read: then nothing is known
  }
}
