/** @file Profiles as files: their names, and reading one that may be anything. It does not know how files are chosen or saved. */
import { profileSchema, type Profile } from '../../../shared/domain/profile.ts'
import type { Failure } from '../api/failure.ts'

/** A profile of thousands of tokens takes a few hundred kilobytes: the tree does not grow with them. */
export const MOST_PROFILE_BYTES = 32 * 2 ** 20
/** Ours have eight levels; every level takes a row of the chart. */
const MOST_LEVELS = 64

export type ReadProfile = { readonly profile: Profile } | { readonly failure: Failure }

/** @param text what the file holds, at most MOST_PROFILE_BYTES of it */
export function readProfile(text: string, fileName: string): ReadProfile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    return refusal(fileName, 'It is not JSON.', error instanceof Error ? [error.message] : [])
  }
  if (!isDepthAtMost(content, 2 * MOST_LEVELS + 2)) return refusal(fileName, `Its frames are nested more than ${MOST_LEVELS} deep.`)
  const parsed = profileSchema.safeParse(content)
  if (parsed.success) return { profile: parsed.data }
  const [issue] = parsed.error.issues
  return issue?.path[0] === 'format' || issue?.path.length === 0
    ? refusal(fileName, 'It does not say that it is a profile of this app (format memgen-profile-1).')
    : refusal(fileName, 'It is a profile that lacks something, or was changed.', issue === undefined ? [] : [`${issue.path.join('.')}: ${issue.message}`])
}

export function refusal(fileName: string, why: string, details: readonly string[] = []): { failure: Failure } {
  return { failure: { happened: `${fileName} cannot be opened as a profile. ${why}`, kept: 'The file was only read. The profile on screen stays.', next: 'Choose a file that Export JSON or `memgen profile --json` wrote.', details } }
}

/** Row by row, so that no depth can exhaust the stack. */
function isDepthAtMost(content: unknown, most: number): boolean {
  let level: unknown[] = [content]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return false
    level = level.flatMap((value): unknown[] => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return true
}

/** "profile-demo-cpu-q8-2026-11-23T03-40-12.json", with nothing in it that a file system refuses. */
export function profileFileName({ modelName, device, precision, createdAt }: Profile, format: 'json' | 'png' | 'svg'): string {
  const time = new Date(createdAt).toISOString().slice(0, 19).replaceAll(':', '-')
  return `profile-${modelName.replaceAll(/[^\w-]+/g, '_')}-${device}-${precision}-${time}.${format}`
}
