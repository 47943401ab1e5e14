/** @file Where the hub is, whether it may be asked and as whom, from the variables that huggingface_hub reads (its `constants.py`). It asks nobody. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { hasCode } from '../../shared/error-code.ts'
import { expandHome, huggingFaceCacheDir } from './hugging-face-cache.ts'

type Variables = Readonly<Record<string, string | undefined>>

export interface HubSettings {
  readonly cacheDir: string
  /** Without a slash at its end. */
  readonly endpoint: string
  readonly isOffline: boolean
  /** null where nobody has logged in. */
  readonly token: string | null
}

/** Reads the token file too where no variable holds a token. */
export async function readHubSettings(env: Variables = process.env, home: string = homedir()): Promise<HubSettings> {
  return {
    cacheDir: huggingFaceCacheDir(env, home),
    endpoint: (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, ''),
    isOffline: ['1', 'ON', 'YES', 'TRUE'].includes((env['HF_HUB_OFFLINE'] ?? '').toUpperCase()),
    token: env['HF_TOKEN']?.trim() || (await readTokenFile(env, home)),
  }
}

/** `hf auth login` leaves the token beside the cache. */
async function readTokenFile(env: Variables, home: string): Promise<string | null> {
  // HF_HUB_CACHE moves the cache alone: the token stays in the home of all Hugging Face tools.
  const hubHome = dirname(huggingFaceCacheDir({ ...env, HF_HUB_CACHE: undefined }, home))
  const path = env['HF_TOKEN_PATH'] ? expandHome(env['HF_TOKEN_PATH'], home) : join(hubHome, 'token')
  try {
    return (await readFile(path, 'utf8')).trim() || null
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}
