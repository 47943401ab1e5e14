/** @file `memgen download`: a dataset's files from the Hugging Face hub into its cache on this machine. It does not know what is in them. */
import { Argument, Command } from 'commander'
import { downloadDataset, listCachedDataset, type DownloadProgress } from '../hub/index.ts'
import { isNeededFile } from '../tasks/index.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { createProgressLine } from './progress-line.ts'
import type { Shell } from './shell.ts'

const examples = `
Examples:
  memgen download openai/gsm8k
  memgen download mandarjoshi/trivia_qa
  HF_TOKEN=hf_… memgen download Idavidrein/gpqa

Of a known task's repository only what the task needs is fetched, of any other every JSONL, Parquet and CSV file. Files lie where
all Hugging Face tools look for them; HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_HUB_OFFLINE and HF_TOKEN are honoured. A download that
was stopped goes on.`

export function downloadCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  return new Command('download')
    .description('Fetch a dataset from the Hugging Face hub into the cache on this machine.')
    .addArgument(new Argument('<repo>', 'a dataset such as openai/gsm8k'))
    .option('--revision <name>', 'a branch, a tag or a commit', 'main')
    .addHelpText('after', examples)
    .action(async (repo: string, { revision }: { revision: string }) => end(await download(shell, repo, revision)))
}

async function download(shell: Shell, repo: string, revision: string): Promise<ExitCode> {
  const stopped = new AbortController()
  shell.onInterrupt(() => stopped.abort())
  const progress = createProgressLine(shell.stderr)
  try {
    for await (const { file, doneBytes, totalBytes } of downloadDataset(repo, revision, { isWanted: (name) => isNeededFile(repo, name), signal: stopped.signal })) {
      progress.show(file, shareOf({ doneBytes, totalBytes }))
    }
  } catch (error) {
    if (!stopped.signal.aborted) throw error
    progress.clear()
    shell.stderr.write('memgen: stopped; what arrived is kept, and the same command goes on from there\n')
    return exitCodes.interrupted
  }
  progress.clear()
  for (const { path } of await listCachedDataset(repo, revision)) shell.stdout.write(`${path}\n`)
  return exitCodes.ok
}

function shareOf({ doneBytes, totalBytes }: Pick<DownloadProgress, 'doneBytes' | 'totalBytes'>): number {
  return totalBytes === 0 ? 1 : doneBytes / totalBytes
}
