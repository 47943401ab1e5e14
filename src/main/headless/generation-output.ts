/** @file A generation as JSON lines or as text while it runs. It does not know where events come from. */
import type { PromptToken, TraceHeader } from '../../shared/domain/trace.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { Matrix, Weave } from '../../shared/domain/weave.ts'
import { plural } from '../../shared/plural.ts'
import { isStyled, showControls, styled, type Shell } from './shell.ts'

export interface GenerationOutput {
  start(header: TraceHeader, promptTokens: readonly PromptToken[]): void
  step(step: Step, weave: Weave | null): void
  /** `header` as it is at the end; `reason` where a session ended before its generation. */
  end(header: TraceHeader, reason: string | null): void
}

export interface JsonOutputOptions {
  /** Write the latents themselves, not their norms only. */
  withLatents: boolean
  /** Whether the trace can be found again. */
  isLogged: boolean
}

/**
 * One JSON object a line: `header`, then `weave` (before the step it precedes) and `step`, then `finish`, whose `text` is the
 * completion without the end-of-text token.
 */
export function createJsonOutput({ stdout }: Pick<Shell, 'stdout'>, { withLatents, isLogged }: JsonOutputOptions): GenerationOutput {
  const write = (line: object): void => void stdout.write(`${JSON.stringify(line)}\n`)
  const tokenIds: number[] = []
  const augmentationMask: number[] = []
  const texts: string[] = []
  return {
    start(header, promptTokens) {
      const { id, modelId, modelName, placement, prompt, renderedPrompt, config } = header
      const promptIds = promptTokens.map(({ tokenId }) => tokenId)
      const promptNorms = promptTokens.map(({ embeddingNorm }) => embeddingNorm)
      write({ type: 'header', traceId: isLogged ? id : null, modelId, modelName, placement, config, prompt, renderedPrompt, promptIds, promptNorms })
    },
    step(step, weave) {
      if (weave !== null) write({ type: 'weave', ...weaveLine(weave, withLatents) })
      write({ type: 'step', ...step })
      tokenIds.push(step.tokenId)
      augmentationMask.push(step.decision)
      texts.push(step.text)
    },
    end({ id, finish, error, stepCount, weaveCount }, reason) {
      const text = (finish === 'eos' ? texts.slice(0, -1) : texts).join('')
      write({ type: 'finish', traceId: isLogged ? id : null, finish, error: error ?? reason, stepCount, weaveCount, tokenIds, augmentationMask, text })
    },
  }
}

function weaveLine({ latents, latentsBeforeProjection, ...rest }: Weave, withLatents: boolean): object {
  return withLatents ? { ...rest, latents: toRows(latents), latentsBeforeProjection: toRows(latentsBeforeProjection) } : rest
}

function toRows({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)])
}

/**
 * The text as it grows. On a terminal, insertions stand in it as `⟦4 latents⟧` and control characters are made visible; into
 * a pipe goes the text alone, and one line about the trace to stderr. Each token is shown when the next one comes: only
 * then is it known not to be the end-of-text token, which belongs to no completion.
 */
export function createTextOutput(shell: Shell, { isLogged }: { isLogged: boolean }): GenerationOutput {
  const { stdout, stderr } = shell
  const isTerminal = stdout.isTTY === true
  const isColoured = isStyled(shell, stdout)
  let heldBack = ''
  return {
    start: () => undefined,
    step({ text }, weave) {
      stdout.write(heldBack)
      if (weave !== null && isTerminal) stdout.write(styled(`⟦${weave.latents.rows} latents⟧`, 'dim', isColoured))
      heldBack = isTerminal ? showControls(text) : text
    },
    end({ id, finish, error, stepCount, weaveCount }, reason) {
      stdout.write(finish === 'eos' ? '\n' : `${heldBack}\n`)
      const counts = `${plural(stepCount, 'token')}, ${plural(weaveCount, 'insertion')}`
      const parts = [isLogged ? `trace ${id}` : 'not logged', counts, finish === null ? 'unfinished' : `finish: ${finish}`]
      stderr.write(`${styled(parts.join(' · '), 'dim', isStyled(shell, stderr))}\n`)
      const problem = error ?? reason
      if (problem !== null) stderr.write(`memgen: ${showControls(problem)}\n`)
    },
  }
}
