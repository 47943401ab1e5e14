/**
 * @file Which repositories the local Hugging Face cache holds, read from the file system alone. Does not know what is in them.
 *
 * Layout: huggingface_hub `docs/source/en/guides/manage-cache.md` (`models--org--name/{refs,snapshots,blobs}`).
 */
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { hasCode } from '../../shared/error-code.ts'

export interface CachedSnapshot {
  /** Commit hash. */
  revision: string
  /** Branches, tags and pull requests that stood at this commit when it was fetched. */
  refs: string[]
  /** Folder with the files, or with those of them that were fetched. */
  directory: string
}

export interface CachedModel extends CachedSnapshot {
  /** As on the hub, such as `Qwen/Qwen2.5-0.5B`. */
  repo: string
}

const MODEL_PREFIX = 'models--'

/** Where huggingface_hub keeps its cache (its `constants.py`). */
export function huggingFaceCacheDir(env: Readonly<Record<string, string | undefined>> = process.env, home: string = homedir()): string {
  const { HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = env
  if (HF_HUB_CACHE) return expandHome(HF_HUB_CACHE, home)
  if (HF_HOME) return join(expandHome(HF_HOME, home), 'hub')
  return join(XDG_CACHE_HOME ? expandHome(XDG_CACHE_HOME, home) : join(home, '.cache'), 'huggingface', 'hub')
}

/** By repository name, and within one the commit that `main` stands at first; a missing cache holds none. */
export async function listCachedModels(cacheDir: string = huggingFaceCacheDir()): Promise<CachedModel[]> {
  const repositories = (await namesIn(cacheDir)).filter((name) => name.startsWith(MODEL_PREFIX)).sort()
  const models = await Promise.all(
    repositories.map(async (name) => {
      const repo = name.slice(MODEL_PREFIX.length).replaceAll('--', '/')
      return (await listSnapshots(cacheDir, name)).map((snapshot) => ({ repo, ...snapshot }))
    }),
  )
  return models.flat()
}

/** Of one repository's folder, the commit that `main` stands at first; none where the folder does not exist. */
export async function listSnapshots(cacheDir: string, folder: string): Promise<CachedSnapshot[]> {
  const refsByCommit = await readRefs(join(cacheDir, folder, 'refs'))
  const revisions = (await namesIn(join(cacheDir, folder, 'snapshots'))).sort()
  const snapshots = revisions.map((revision) => ({
    revision,
    refs: refsByCommit.get(revision) ?? [],
    directory: join(cacheDir, folder, 'snapshots', revision),
  }))
  return snapshots.sort((left, right) => Number(right.refs.includes('main')) - Number(left.refs.includes('main')))
}

/** Each file under `refs` is named after a branch, tag or pull request (`refs/pr/1` too) and holds a commit hash. */
async function readRefs(refsDir: string): Promise<Map<string, string[]>> {
  const refsByCommit = new Map<string, string[]>()
  for (const file of (await filesUnder(refsDir)).sort()) {
    const commit = (await readFile(join(refsDir, file), 'utf8')).trim()
    refsByCommit.set(commit, [...(refsByCommit.get(commit) ?? []), file.replaceAll(sep, '/')])
  }
  return refsByCommit
}

/** Subfolders; none where the folder does not exist. */
async function namesIn(folder: string): Promise<string[]> {
  const entries = await orNone(readdir(folder, { withFileTypes: true }))
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

/** Files and links, which a snapshot's files are, by their paths below the folder; none where it does not exist. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await orNone(readdir(folder, { recursive: true, withFileTypes: true }))
  return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

async function orNone<Entry>(reading: Promise<Entry[]>): Promise<Entry[]> {
  try {
    return await reading
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** `~` and what begins with it as the shell has them. */
export function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
}
