/** @file What the command line says before it starts anything: help, and wrong arguments. */
import { expect, test } from 'vitest'
import { runWithoutEngine as run } from '../../../test/support/run-command-line.ts'

test.each([['--help'], ['inspect', '--help'], ['generate', '--help'], ['train', '--help'], ['traces', '--help'], ['serve', '--help']])('%s %s explains itself with examples and exit codes', async (...args) => {
  const { exitCode, stdout, stderr } = await run(args)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(/Usage: memgen[\s\S]*Examples:[\s\S]*Exit codes:/)
})

test.each([['traces', 'list'], ['traces', 'show'], ['runs', 'unpack'], ['train', 'resume']])('%s %s --help explains itself, with exit codes', async (...args) => {
  expect((await run([...args, '--help'])).stdout).toMatch(new RegExp(`Usage: memgen ${args.join(' ')}[\\s\\S]*\n\nExit codes:`))
})

test('an option that may be given several times has no list as its default in the help', async () => {
  for (const command of ['eval', 'export']) expect((await run([command, '--help'])).stdout).not.toContain('[]')
})

test('--version says the version', async () => {
  expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' })
})

test.each([
  { args: ['generate', '--prompt', 'x', '--policy', 'sometimes'], says: /--policy sometimes: unknown policy/ },
  { args: ['generate', '--prompt', 'x', '--temperature', 'warm'], says: /^memgen: --temperature warm: expected a number of at least 0$/m },
  { args: ['generate', '--prompt', 'x', '--top-p', '0'], says: /^memgen: --top-p 0: expected a number above 0 and at most 1$/m },
  { args: ['generate', '--prompt', 'x', '--temperature', '-1'], says: /^memgen: --temperature -1: expected a number of at least 0$/m },
  { args: ['generate', '--prompt', 'x', '--top-k', '1.5'], says: /^memgen: --top-k 1\.5: expected a whole number of at least 0$/m },
  { args: ['generate', '--prompt', 'x', '--min-p', '1.1'], says: /^memgen: --min-p 1\.1: expected a number from 0 to 1$/m },
  { args: ['generate', '--prompt', 'x', '--repetition-penalty', '0'], says: /^memgen: --repetition-penalty 0: expected a number above 0$/m },
  { args: ['generate', '--model', 'a', '--prompt', 'x', '--model', 'b'], says: /^memgen: --model a --model b: expected one$/m },
  { args: ['generate', '--prompt', 'x', '--seed', '1', '--seed', '1'], says: /^memgen: --seed 1 --seed 1: expected one$/m },
  { args: ['traces', 'list', '--data-dir', '/a', '--data-dir', '/b'], says: /^memgen: --data-dir \/a --data-dir \/b: expected one$/m },
  { args: ['generate', '--prompt', 'x', '--max-new-tokens', '1.5'], says: /--max-new-tokens 1\.5: expected a whole number from 1 to 1000000/ },
  { args: ['generate', '--prompt', 'x', '--gate', 'mood'], says: /Allowed choices are text, token-id/ },
  { args: ['generate'], says: /give the prompt once/ },
  { args: ['generate', '--prompt-file', '/nowhere/prompt.txt'], says: /\/nowhere\/prompt\.txt cannot be read/ },
  { args: ['generate', '--promt', 'x'], says: /Did you mean --prompt/ },
  { args: ['serve', '--port', '70000'], says: /from 0 to 65535/ },
  { args: ['train', 'weaver', '--base', '/', '--options', 'datasets.mode', 'sft'], says: /datasets\.mode: there is no such key; the nearest is dataset\.mode/ },
  { args: ['train', 'weaver', '--base', '/', '--data', 't.jsonl', '--learning-rate', '0'], says: /--learning-rate 0: expected a number above 0/ },
  { args: ['train', 'trigger', '--method', 'sft'], says: /unknown option '--method'/ },
  { args: ['train', 'weaver', '--config', '/nowhere/a.yaml'], says: /\/nowhere\/a\.yaml cannot be read/ },
  { args: ['train', 'weaver'], says: /model\.model_name: missing.*dataset\.train_file: missing/ },
  { args: ['train', 'weaver', '--base', '/', '--data', 't.jsonl', '--out', import.meta.filename], says: /command-line\.test\.ts: expected a folder, found a file/ },
  { args: ['profile', '--prompt', 'x', '--json', '/nowhere/p.json'], says: /--json \/nowhere\/p\.json: the folder to write it in does not exist/ },
  { args: ['profile', '--prompt', 'x', '--json', import.meta.dirname], says: /--json .*headless: expected a file, found a folder/ },
  { args: ['dance'], says: /unknown command/ },
])('wrong arguments end with exit code 2 and say why: $args', async ({ args, says }) => {
  const { exitCode, stdout, stderr } = await run(args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(says)
})

test('serve without a built page says what to do', async () => {
  expect(await run(['serve'])).toEqual({ exitCode: 1, stdout: '', stderr: 'memgen: /nowhere/renderer/index.html is missing: run `npm run build` first\n' })
})
