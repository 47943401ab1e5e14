/** @file Whether a step is one of those that breakpoints wait for. It does not know who steps, nor who keeps the list. */
import type { Breakpoint, BreakpointCondition } from '../domain/breakpoint.ts'
import { NOT_ASKED } from '../domain/step.ts'
import type { WeaveOverview } from '../domain/trace-columns.ts'
import { compileCondition, compileExpression, type CompiledExpression } from './compile-expression.ts'
import { ExpressionError } from './expression-error.ts'
import { MAX_SOURCE_LENGTH } from './lexemes.ts'
import type { EvaluatedStep, ExpressionScope, Need } from './scope.ts'
import type { ExpressionValue } from './syntax-tree.ts'

export interface Judgement {
  /** The first breakpoint of the list that stops here, by id; null where the run goes on. */
  stoppedBy: string | null
  /** Hits so far of each breakpoint that this step hits. */
  hits: ReadonlyMap<string, number>
  /** The value that each logpoint records for this step. */
  logged: ReadonlyMap<string, ExpressionValue>
  /** A breakpoint asks for the vanilla twin, and this step was taken without it. */
  isTwinWanted: boolean
}

export interface BreakpointJudge {
  /** To be called once for each step, in order. The step's text is taken to follow what came before. */
  judge: (step: EvaluatedStep, weave: WeaveOverview | null) => Judgement
  /**
   * Breakpoints whose expressions cannot be used, by id: they never hit, so that a run is not lost to a misspelt name. Whoever keeps
   * the list shows them as broken.
   */
  broken: ReadonlyMap<string, ExpressionError>
}

export interface JudgeOptions {
  /** What was generated before the first judged step; only its end is looked at. @default '' */
  generatedText?: string
}

/** Disabled breakpoints are left out. Hits are counted on from each breakpoint's own. */
export function createBreakpointJudge(breakpoints: readonly Breakpoint[], { generatedText = '' }: JudgeOptions = {}): BreakpointJudge {
  const { usable, broken } = prepare(breakpoints)
  const wantsTwin = usable.some((breakpoint) => needsOf(breakpoint).has('twin'))
  const hitsSoFar = new Map(usable.map(({ id, hits }) => [id, hits]))
  const tailLength = Math.max(MAX_SOURCE_LENGTH, ...usable.map(({ condition }) => (condition.kind === 'text' ? condition.text.length : 0)))
  let tail = generatedText.slice(-tailLength)

  function judge(step: EvaluatedStep, weave: WeaveOverview | null): Judgement {
    const scope: ExpressionScope = { step, weave, generatedText: tail + step.text }
    tail = scope.generatedText.slice(-tailLength)
    const hits = new Map<string, number>()
    const logged = new Map<string, ExpressionValue>()
    let stoppedBy: string | null = null
    for (const { id, condition, when, hitCount, log } of usable) {
      if (!isMet(condition, scope) || (when !== null && when.evaluate(scope) !== true)) continue
      const count = (hitsSoFar.get(id) ?? 0) + 1
      hitsSoFar.set(id, count)
      hits.set(id, count)
      if (count < hitCount) continue
      if (log !== null) logged.set(id, log.evaluate(scope))
      else stoppedBy ??= id
    }
    return { stoppedBy, hits, logged, isTwinWanted: wantsTwin && step.twin === null }
  }

  return { judge, broken }
}

/** Whether a usable, enabled breakpoint asks for the vanilla twin. */
export function needsTwin(breakpoints: readonly Breakpoint[]): boolean {
  return prepare(breakpoints).usable.some((breakpoint) => needsOf(breakpoint).has('twin'))
}

/** Whether a usable, enabled breakpoint asks for more of a step than a trace's columns hold. */
export function needsDetails(breakpoints: readonly Breakpoint[]): boolean {
  return prepare(breakpoints).usable.some((breakpoint) => needsOf(breakpoint).has('details') || needsOf(breakpoint).has('topK'))
}

type PreparedBreakpoint = Omit<Breakpoint, 'when' | 'log'> & { when: CompiledExpression | null; log: CompiledExpression | null }

function prepare(breakpoints: readonly Breakpoint[]): { usable: PreparedBreakpoint[]; broken: Map<string, ExpressionError> } {
  const usable: PreparedBreakpoint[] = []
  const broken = new Map<string, ExpressionError>()
  for (const breakpoint of breakpoints) {
    if (!breakpoint.isEnabled) continue
    const { when, log } = breakpoint
    try {
      usable.push({ ...breakpoint, when: when === null ? null : compileCondition(when), log: log === null ? null : compileExpression(log) })
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      broken.set(breakpoint.id, error)
    }
  }
  return { usable, broken }
}

function needsOf({ condition, when, log }: PreparedBreakpoint): ReadonlySet<Need> {
  return new Set<Need>([...(condition.kind === 'twin-differs' ? (['twin'] as const) : []), ...(when?.needs ?? []), ...(log?.needs ?? [])])
}

function isMet(condition: BreakpointCondition, { step, generatedText }: ExpressionScope): boolean {
  switch (condition.kind) {
    case 'token':
      return step.tokenId === condition.tokenId
    case 'text':
      return isCompletedBy(step.text, condition.text, generatedText)
    case 'position':
      return step.index === condition.stepIndex
    case 'candidate':
      return step.candidate
    case 'decision':
      return step.decision !== NOT_ASKED
    case 'insertion':
      return step.weaveId !== null
    case 'twin-differs':
      return step.twin !== null && step.twin.tokenId !== step.tokenId
    case 'always':
      return true
    default:
      condition satisfies never
      throw new Error('internal: a breakpoint of an unknown kind')
  }
}

/** Whether an occurrence of `wanted` ends inside the text that was added last; it may have begun tokens before. */
function isCompletedBy(added: string, wanted: string, generatedText: string): boolean {
  return added !== '' && generatedText.slice(-(added.length + wanted.length - 1)).includes(wanted)
}
