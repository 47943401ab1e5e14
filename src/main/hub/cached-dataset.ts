/** @file Which files of a dataset repository the local Hugging Face cache holds. It uses no network and reads no file. */

/** A file of a repository: its name there, and where it lies here. */
export interface CachedFile {
  readonly name: string
  readonly path: string
}

/** By name; none where the repository or the revision (branch, tag or commit) was never fetched. To be handed to `loadTask` as `listRepository`. */
export function listCachedDataset(repo: string, revision: string): Promise<readonly CachedFile[]> {
  return Promise.reject(new Error(`internal: ${repo}@${revision} cannot be listed yet`))
}
