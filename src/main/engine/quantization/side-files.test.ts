/** @file Which side files stay and which go. Files of a few bytes stand for weights. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeSideFileRoom, markSideFile } from './side-files.ts'

const running = process.ppid
const { pid: ended } = spawnSync(process.execPath, ['--version'])

let weightsDir = ''
beforeEach(() => {
  weightsDir = mkdtempSync(join(tmpdir(), 'side-files-'))
  mkdirSync(join(weightsDir, 'in-use'))
})
afterEach(() => rmSync(weightsDir, { recursive: true }))

/** A side file of 10 bytes that was written `ageS` seconds ago, and opened by the processes. */
function sideFile(name: string, ageS: number, openedBy: Readonly<Record<number, number>> = {}): string {
  const path = join(weightsDir, `${name}.q8.safetensors`)
  writeFileSync(path, '0123456789')
  setAge(path, ageS)
  for (const [pid, markAgeS] of Object.entries(openedBy)) {
    const mark = join(weightsDir, 'in-use', `${name}.q8.safetensors.${pid}`)
    writeFileSync(mark, '')
    setAge(mark, markAgeS)
  }
  return path
}

function setAge(path: string, ageS: number): void {
  const seconds = Date.now() / 1000 - ageS
  utimesSync(path, seconds, seconds)
}

const left = (): string[] => readdirSync(weightsDir).filter((name) => name !== 'in-use').map((name) => name.replace('.q8.safetensors', '')).sort()
const marks = (): string[] => readdirSync(join(weightsDir, 'in-use'))

test('what a killed process was writing or removing goes, and what a running one writes or removes stays', () => {
  for (const pid of [running, ended]) writeFileSync(join(weightsDir, `base.q8.safetensors.${pid}.partial`), '')
  for (const pid of [running, ended]) writeFileSync(join(weightsDir, `old.q8.safetensors.removed.${pid}.partial`), '')
  makeSideFileRoom(weightsDir, 0, { isUsable: () => true })
  expect(left()).toEqual([`base.${running}.partial`, `old.removed.${running}.partial`])
})

test('a file that no base can use goes with its marks, but not while a running process has it open', () => {
  sideFile('outdated', 50, { [ended]: 40 })
  sideFile('open', 50, { [ended]: 40, [running]: 40 })
  sideFile('current', 50)
  makeSideFileRoom(weightsDir, 0, { isUsable: (path) => path.includes('current') })
  expect(left()).toEqual(['current', 'open'])
  expect(marks().every((name) => name.startsWith('open'))).toBe(true)
})

test('a file that another process opens in the moment of its removal stays', () => {
  const path = sideFile('outdated', 50)
  const openElsewhere = (): void => writeFileSync(join(weightsDir, 'in-use', `outdated.q8.safetensors.${running}`), '')
  makeSideFileRoom(weightsDir, 0, {
    isUsable: () => {
      openElsewhere()
      return false
    },
  })
  expect(readFileSync(path, 'utf8')).toBe('0123456789')
  expect(marks()).toEqual([`outdated.q8.safetensors.${running}`])
})

test('a file that another process removes meanwhile is no failure', () => {
  const path = sideFile('removed', 50)
  sideFile('idle', 50)
  makeSideFileRoom(weightsDir, 0, {
    isUsable: () => {
      rmSync(path, { force: true })
      return true
    },
  })
  expect(left()).toEqual(['idle'])
})

test('the least recently used go until there is room, but none that a running process has open', () => {
  sideFile('written-long-ago', 300, { [ended]: 20 })
  sideFile('never-opened', 200)
  sideFile('opened-once', 250, { [ended]: 100 })
  sideFile('open', 400, { [running]: 350 })
  makeSideFileRoom(weightsDir, 10, { isUsable: () => true, maxTotalBytes: 30 })
  expect(left()).toEqual(['open', 'written-long-ago'])
})

test('where there is no room on the disk whatever goes, nothing that can be used goes', () => {
  sideFile('idle', 50)
  makeSideFileRoom(weightsDir, 2 ** 60, { isUsable: () => true, maxTotalBytes: 2 ** 61 })
  expect(left()).toEqual(['idle'])
})

test('other files of the folder are left alone, and a folder that is not there is no failure', () => {
  writeFileSync(join(weightsDir, 'norms.bin'), '')
  makeSideFileRoom(weightsDir, 0, { isUsable: () => false, maxTotalBytes: 0 })
  makeSideFileRoom(join(weightsDir, 'nowhere'), 0, { isUsable: () => false })
  expect(left()).toEqual(['norms.bin'])
})

test('whoever opens a file takes the place of processes that have ended', () => {
  markSideFile(sideFile('base', 50, { [ended]: 40, [running]: 40 }))
  expect(marks().sort()).toEqual([process.pid, running].map((pid) => `base.q8.safetensors.${pid}`).sort())
})
