/** @file The commit of a checkout, from its files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readProjectCommit } from './project-commit.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'project-commit-'))
  mkdirSync(join(dir, 'src', 'deep'), { recursive: true })
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

const hash = '0123456789abcdef0123456789abcdef01234567'

function write(path: string, text: string): void {
  mkdirSync(join(dir, path, '..'), { recursive: true })
  writeFileSync(join(dir, path), text)
}

test('the branch that HEAD names is looked up, from any folder of the project', () => {
  write('.git/HEAD', 'ref: refs/heads/main\n')
  write('.git/refs/heads/main', `${hash}\n`)
  expect(readProjectCommit(join(dir, 'src', 'deep'))).toBe(hash)
})

test('a packed branch is found', () => {
  write('.git/HEAD', 'ref: refs/heads/main\n')
  write('.git/packed-refs', `# pack-refs with: peeled\n${'f'.repeat(40)} refs/heads/other\n${hash} refs/heads/main\n`)
  expect(readProjectCommit(dir)).toBe(hash)
})

test('a detached HEAD is the commit itself', () => {
  write('.git/HEAD', `${hash}\n`)
  expect(readProjectCommit(dir)).toBe(hash)
})

test('a further work tree keeps its own HEAD and shares the branches', () => {
  write('main/.git/refs/heads/topic', `${hash}\n`)
  write('main/.git/worktrees/two/HEAD', 'ref: refs/heads/topic\n')
  write('main/.git/worktrees/two/commondir', '../..\n')
  write('two/.git', `gitdir: ${join(dir, 'main', '.git', 'worktrees', 'two')}\n`)
  expect(readProjectCommit(join(dir, 'two'))).toBe(hash)
})

test.each(['nonsense', 'ref: refs/heads/none\n', ''])('a checkout whose HEAD is “%s” has no commit', (head) => {
  write('.git/HEAD', head)
  expect(readProjectCommit(dir)).toBeNull()
})
