import { expect, it } from 'vitest'
import { profileSchema, type Profile } from '../../../shared/domain/profile.ts'
import { profileFileName, readProfile } from './profile-file.ts'

const profile: Profile = profileSchema.parse({
  format: 'memgen-profile-1', device: 'cpu', precision: 'q8', modelName: 'Demo: a/b', fallback: null, prompt: { kind: 'text', text: 'x' }, config: {}, promptTokens: 1, tokens: 2, insertions: 0, elapsedMs: 3, plainElapsedMs: 2,
  root: { name: 'generation', kind: 'generation', ms: 3, count: 1, children: [] }, ops: [], versions: {}, createdAt: Date.UTC(2026, 10, 23, 3, 40, 12),
})
const failureOf = (text: string): { happened: string; details: readonly string[] } => {
  const read = readProfile(text, 'a.json')
  if (!('failure' in read)) throw new Error('it was read')
  return read.failure
}

it('reads what was exported', () => {
  expect(readProfile(JSON.stringify(profile), 'a.json')).toEqual({ profile })
})

it('says in plain words what a file is that is no profile', () => {
  expect(failureOf('<html>').happened).toBe('a.json cannot be opened as a profile. It is not JSON.')
  expect(failureOf('[1]').happened).toContain('does not say that it is a profile')
  expect(failureOf(JSON.stringify({ ...profile, format: 'speedscope' })).happened).toContain('format memgen-profile-1')
})

it('names the place of a profile that was changed', () => {
  const failure = failureOf(JSON.stringify({ ...profile, root: { ...profile.root, ms: -1 } }))
  expect(failure.happened).toContain('was changed')
  expect(failure.details[0]).toMatch(/^root\.ms: /)
})

it('refuses frames nested without end', () => {
  const deep = `${'{"children":['.repeat(5_000)}${']}'.repeat(5_000)}`
  expect(failureOf(`{"format":"memgen-profile-1","root":${deep}}`).happened).toContain('nested more than 64 deep')
})

it('names files so that every system takes them', () => {
  expect(profileFileName(profile, 'json')).toBe('profile-Demo_a_b-cpu-q8-2026-11-23T03-40-12.json')
})
