/** @file What keeps code in, as far as it can be told without starting a process. That it does is in test/process. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bubblewrap, unshare } from './cages.ts'
import { findCage } from './protection.ts'
import type { Python } from './python.ts'

const python: Python = { executable: '/usr/bin/python3', version: '3.12.0', folders: ['/usr'] }
const { platform } = process
afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform })
  vi.restoreAllMocks()
})

describe('findCage', () => {
  test.each([
    ['darwin', 'macOS'],
    ['win32', 'Windows'],
  ])('refuses on %s, with a reason and two ways on', async (name, words) => {
    Object.defineProperty(process, 'platform', { value: name })
    await expect(findCage(python)).rejects.toThrow(new RegExp(`on ${words}\\. Judge the runs on Linux, or run the code unprotected\\.`))
  })
})

describe.skipIf(platform !== 'linux')('cages', () => {
  const uid = (id: number) => vi.spyOn(process, 'getuid').mockReturnValue(id)
  const wrap = (folders: readonly string[] = []) => [bubblewrap, unshare].map((cage) => cage.wrap(['python3', '-c', 'x'], { ...python, folders: ['/usr', ...folders] }, '/tmp/empty').join(' '))

  test('end with the command, without network or other processes', () => {
    for (const line of wrap()) {
      expect(line).toMatch(/ -- python3 -c x$/)
      expect(line).toMatch(/--(unshare-)?net /)
      expect(line).toMatch(/--(unshare-)?pid /)
    }
  })

  test('the superuser becomes nobody, another user enters a namespace of users', () => {
    uid(0)
    for (const line of wrap()) expect(line).toContain('--reuid=65534')
    uid(1000)
    for (const line of wrap()) {
      expect(line).not.toContain('--reuid')
      expect(line).toMatch(/--(unshare-)?user /)
    }
  })

  test('Python in the home folder is seen alone, and a folder with the home folder in it is not', () => {
    const own = mkdtempSync(join(homedir(), '.memgen-python-'))
    const link = join(tmpdir(), `memgen-python-link-${process.pid}`)
    symlinkSync(own, link)
    try {
      for (const line of wrap([own, link, homedir(), dirname(homedir()), '/', '/nowhere/python'])) {
        const words = line.split(' ')
        expect(words).toContain(own)
        expect(words).toContain(link)
        expect(words).not.toContain('/nowhere/python')
      }
      const [mounts] = wrap([own, homedir()])
      expect(mounts).not.toContain(`--ro-bind ${homedir()} `)
    } finally {
      rmSync(link)
      rmSync(own, { recursive: true })
    }
  })
})
