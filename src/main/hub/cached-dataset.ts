/** @file Which files of a dataset repository the local Hugging Face cache holds. It uses no network and reads no file. */
import { stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { type CachedSnapshot, filesUnder, huggingFaceCacheDir, listSnapshots } from './hugging-face-cache.ts'

/** A file of a repository: its name there, and where it lies here. */
export interface CachedFile {
  readonly name: string
  readonly path: string
}

/** Names of owner and repository; anything else could lead out of the cache. */
const repoPattern = /^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)?$/

/** Whether it can be part of a path: `owner/name` or a name alone. */
export function isRepoName(repo: string): boolean {
  return repoPattern.test(repo) && !repo.includes('--') && !repo.includes('..')
}

/** The repository's folder in the cache. */
export function datasetFolder(repo: string): string {
  return ['datasets', ...repo.split('/')].join('--')
}

/** By name; none where the repository or the revision (branch, tag or commit) was never fetched. To be handed to `loadTask` as `listRepository`. */
export async function listCachedDataset(repo: string, revision: string, cacheDir: string = huggingFaceCacheDir()): Promise<readonly CachedFile[]> {
  const snapshots = await listDatasetSnapshots(repo, cacheDir)
  const snapshot = snapshots.find((candidate) => candidate.refs.includes(revision)) ?? snapshots.find((candidate) => candidate.revision === revision)
  return snapshot === undefined ? [] : listFiles(snapshot)
}

/** What of the repository can be read without a network; a revision is called by a branch or tag that stood at it, or else by its commit. */
export async function listCachedRevisions(repo: string, cacheDir: string = huggingFaceCacheDir()): Promise<{ revision: string; files: string[] }[]> {
  const snapshots = await listDatasetSnapshots(repo, cacheDir)
  return Promise.all(
    snapshots.map(async (snapshot) => ({
      revision: snapshot.refs.includes('main') ? 'main' : (snapshot.refs[0] ?? snapshot.revision),
      files: (await listFiles(snapshot)).map(({ name }) => name),
    })),
  )
}

function listDatasetSnapshots(repo: string, cacheDir: string): Promise<CachedSnapshot[]> {
  return isRepoName(repo) ? listSnapshots(cacheDir, datasetFolder(repo)) : Promise.resolve([])
}

/** Without links whose blob is gone: whoever freed space by hand leaves such. */
async function listFiles({ directory }: CachedSnapshot): Promise<CachedFile[]> {
  const names = (await filesUnder(directory)).sort()
  const files = await Promise.all(
    names.map(async (name): Promise<CachedFile[]> => {
      const path = join(directory, name)
      const isThere = await stat(path).then((found) => found.isFile(), () => false)
      return isThere ? [{ name: name.replaceAll(sep, '/'), path }] : []
    }),
  )
  return files.flat()
}
