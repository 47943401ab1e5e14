/** @file A dataset repository's files from the hub into the local Hugging Face cache, in its own layout. It does not know what is in them. */
import { copyFile, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { datasetInfo, HubApiError, listFiles, type ListFileEntry } from '@huggingface/hub'
import { hasCode } from '../../shared/error-code.ts'
import { datasetFolder, isRepoName } from './cached-dataset.ts'
import { downloadBlob, type RemoteBlob } from './download-blob.ts'
import { type HubSettings, readHubSettings } from './hub-settings.ts'

/** The message says what was expected and found; what arrived is kept. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError'
  readonly repo: string
  /** null where the repository itself could not be asked. */
  readonly file: string | null

  constructor(repo: string, file: string | null, problem: string, options?: ErrorOptions) {
    super(`${file === null ? repo : `${repo}, ${file}`}: ${problem}`, options)
    this.repo = repo
    this.file = file
  }
}

export interface DownloadProgress {
  readonly file: string
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface DownloadOptions {
  /** Which of the repository's files are fetched, by name. */
  readonly isWanted: (name: string) => boolean
  readonly signal?: AbortSignal | undefined
  /** @default what the environment says */
  readonly settings?: HubSettings
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch
}

/**
 * Fetches the wanted files one after the other, going on where an earlier download was stopped; the revision's name points to them when
 * all are there. Raises DownloadError, and the signal's reason if it aborts.
 */
export async function* downloadDataset(repo: string, revision: string, { isWanted, signal, settings: given, fetch = globalThis.fetch }: DownloadOptions): AsyncGenerator<DownloadProgress> {
  if (!isRepoName(repo)) throw new DownloadError(repo, null, 'expected the name of a dataset such as openai/gsm8k')
  if (!isInside(revision)) throw new DownloadError(repo, null, `expected a branch, a tag or a commit, found ${JSON.stringify(revision)}`)
  const settings = given ?? (await readHubSettings())
  if (settings.isOffline) throw new DownloadError(repo, null, 'expected to be online, found HF_HUB_OFFLINE set')
  const source: HubSource = { repo, settings, fetch: withSignal(fetch, signal) }
  const commit = await findCommit(source, revision)
  const entries = await listWanted(source, commit, isWanted)
  const folder = join(settings.cacheDir, datasetFolder(repo))
  for (const entry of entries) yield* fetchEntry(source, folder, commit, entry, signal)
  if (revision !== commit) await writeRef(join(folder, 'refs', revision), commit)
}

interface HubSource {
  readonly repo: string
  readonly settings: HubSettings
  readonly fetch: typeof fetch
}

async function findCommit(source: HubSource, revision: string): Promise<string> {
  const { sha } = await asking(source, null, () => datasetInfo({ name: source.repo, revision, additionalFields: ['sha'], ...access(source) }))
  if (!/^[0-9a-f]{40}$/.test(sha)) throw new DownloadError(source.repo, null, `expected a commit, found ${JSON.stringify(sha)}`)
  return sha
}

async function listWanted(source: HubSource, commit: string, isWanted: (name: string) => boolean): Promise<ListFileEntry[]> {
  const entries: ListFileEntry[] = []
  await asking(source, null, async () => {
    for await (const entry of listFiles({ repo: { type: 'dataset', name: source.repo }, revision: commit, recursive: true, ...access(source) })) entries.push(entry)
  })
  const wanted = entries.filter(({ type, path }) => type === 'file' && isWanted(path))
  if (wanted.length === 0) throw new DownloadError(source.repo, null, `expected data files, found none among ${entries.length} files`)
  const outside = wanted.find(({ path }) => !isInside(path))
  if (outside !== undefined) throw new DownloadError(source.repo, null, `expected files inside the repository, found ${JSON.stringify(outside.path)}`)
  return wanted
}

async function* fetchEntry(source: HubSource, folder: string, commit: string, entry: ListFileEntry, signal: AbortSignal | undefined): AsyncGenerator<DownloadProgress> {
  const { repo, settings, fetch } = source
  const blob = remoteBlob(source, commit, entry)
  const blobPath = join(folder, 'blobs', blob.checksum.hex)
  const linkPath = join(folder, 'snapshots', commit, entry.path)
  const progress = (doneBytes: number): DownloadProgress => ({ file: entry.path, doneBytes, totalBytes: blob.sizeBytes })
  await mkdir(dirname(blobPath), { recursive: true })
  await mkdir(dirname(linkPath), { recursive: true })
  if (!(await exists(blobPath))) {
    try {
      for await (const doneBytes of downloadBlob(blob, blobPath, { fetch, token: settings.token, signal })) yield progress(doneBytes)
    } catch (cause) {
      signal?.throwIfAborted()
      throw new DownloadError(repo, entry.path, wordsOf(cause), { cause })
    }
  }
  await link(blobPath, linkPath)
  yield progress(blob.sizeBytes)
}

function remoteBlob({ repo, settings }: HubSource, commit: string, { path, size, oid, lfs }: ListFileEntry): RemoteBlob {
  const checksum = lfs === undefined ? { kind: 'git' as const, hex: oid ?? '' } : { kind: 'sha256' as const, hex: lfs.oid }
  // It becomes a file's name.
  if (!/^[0-9a-f]{40,64}$/.test(checksum.hex)) throw new DownloadError(repo, path, `expected a checksum, found ${JSON.stringify(checksum.hex)}`)
  const url = `${settings.endpoint}/datasets/${repo}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`
  return { url, sizeBytes: lfs?.size ?? size, checksum }
}

/** The revision's name points to its commit, in the file that huggingface_hub reads. */
async function writeRef(path: string, commit: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, commit)
}

/** As huggingface_hub does: a link to the blob, or a copy where the system allows no links. */
async function link(blobPath: string, linkPath: string): Promise<void> {
  if (await exists(linkPath)) return
  try {
    await symlink(relative(dirname(linkPath), blobPath), linkPath)
  } catch (error) {
    if (hasCode(error, 'EPERM')) await copyFile(blobPath, linkPath)
    else if (!hasCode(error, 'EEXIST')) throw error
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false)
}

/** Names come from the hub and from the user, and are joined to the cache's folder. */
function isInside(name: string): boolean {
  return name !== '' && !isAbsolute(name) && !/[\\\0:]/.test(name) && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function access({ settings, fetch }: HubSource): { hubUrl: string; fetch: typeof globalThis.fetch; accessToken?: string } {
  return { hubUrl: settings.endpoint, fetch, ...(settings.token !== null && { accessToken: settings.token }) }
}

function withSignal(fetch: typeof globalThis.fetch, signal: AbortSignal | undefined): typeof globalThis.fetch {
  return signal === undefined ? fetch : (input, init) => fetch(input, { ...init, signal })
}

async function asking<T>({ repo }: HubSource, file: string | null, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause
    throw new DownloadError(repo, file, wordsOf(cause), { cause })
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof HubApiError && (error.statusCode === 401 || error.statusCode === 403)) {
    return `the hub refuses access (${error.statusCode}); accept the dataset's terms on its page, and set HF_TOKEN or log in with \`hf auth login\``
  }
  if (error instanceof HubApiError) return `the hub answers ${error.statusCode}: ${error.message}`
  if (!(error instanceof Error)) return String(error)
  // `fetch failed` alone says nothing; the reason is its cause.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
