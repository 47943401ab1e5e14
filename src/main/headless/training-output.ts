/** @file A training run as JSON lines, or as text with one live line on a terminal. It does not know where events come from. */
import type { TrainingEvent } from '../../shared/domain/training-event.ts'
import type { TrainingRun } from '../../shared/domain/training-run.ts'
import { formatDuration } from '../../shared/format-duration.ts'
import { plural } from '../../shared/plural.ts'
import { formatLeft } from './progress-line.ts'
import { showControls, type Shell } from './shell.ts'

export interface TrainingOutput {
  start(run: TrainingRun): void
  event(event: TrainingEvent, run: TrainingRun): void
  /** The run as it is at the end, however that came. */
  end(run: TrainingRun): void
}

/** One object a line: `run`, then every event under its kind as `type`, then `run` again. */
export function createJsonTrainingOutput({ stdout }: Pick<Shell, 'stdout'>): TrainingOutput {
  const write = (line: object): void => void stdout.write(`${JSON.stringify(line)}\n`)
  const writeRun = (run: TrainingRun): void => write({ type: 'run', run })
  return { start: writeRun, event: ({ kind, ...rest }) => write({ type: kind, ...rest }), end: writeRun }
}

const CLEAR = '\r\u001B[K'
/** Into a pipe goes a line for each of so many parts of a run. */
const PARTS = 20
/** Of a completion shown in passing. */
const SHOWN_CHARACTERS = 200
const SHOWN_BAD_LINES = 3

export function createTextTrainingOutput({ stdout }: Pick<Shell, 'stdout'>): TrainingOutput {
  const isTerminal = stdout.isTTY === true
  let partsShown = 0
  const say = (text: string): void => void stdout.write(`${isTerminal ? CLEAR : ''}${showControls(text)}\n`)
  const showLive = (text: string): void => void (isTerminal && stdout.write(`${CLEAR}${showControls(text)}`))
  return {
    start({ name, id, config }) {
      say(`${name} · run ${id} · ${config.outputDirectory}`)
    },
    event(event, run) {
      if (event.kind === 'progress') showLive(`${event.stage}${event.fraction === null ? '' : ` ${Math.round(event.fraction * 100)} %`}`)
      else if (event.kind === 'step') {
        const line = describeStep(event, run)
        const parts = run.totalSteps === null ? 0 : Math.floor((event.step / run.totalSteps) * PARTS)
        if (isTerminal) showLive(line)
        else if (parts > partsShown) say(line)
        partsShown = Math.max(partsShown, parts)
      } else for (const line of describeEvent(event)) say(line)
    },
    end(run) {
      say(describeEnd(run))
    },
  }
}

function describeStep(event: Extract<TrainingEvent, { kind: 'step' }>, { totalSteps, remainingMs }: TrainingRun): string {
  const { step, loss, learningRate, gradientNorm, tokensPerSecond, grpo } = event
  return [
    `step ${step}${totalSteps === null ? '' : `/${totalSteps}`}`,
    ...(grpo === null ? [] : [describeReward(grpo.rewardMean), `${grpo.insertionsPerCompletion.toFixed(2)} insertions`]),
    `loss ${loss.toPrecision(4)}`,
    `rate ${learningRate.toExponential(2)}`,
    `gradient ${gradientNorm.toPrecision(3)}`,
    `${Math.round(tokensPerSecond)} tokens/s`,
    ...(remainingMs === null || step === totalSteps ? [] : [formatLeft(remainingMs)]),
  ].join(' · ')
}

function describeReward(mean: number | null): string {
  return mean === null ? 'no reward' : `reward ${mean.toFixed(3)}`
}

function describeEvent(event: Exclude<TrainingEvent, { kind: 'progress' | 'step' }>): string[] {
  switch (event.kind) {
    case 'started':
      return event.fromStep === 0 ? [plural(event.totalSteps, 'step')] : [`${plural(event.totalSteps, 'step')}, going on after ${event.fromStep}`]
    case 'data': {
      const left = [event.badLineCount > 0 ? `${event.badLineCount} bad` : '', event.tooLongCount > 0 ? `${event.tooLongCount} too long` : ''].filter((part) => part !== '')
      const bad = event.badLines.slice(0, SHOWN_BAD_LINES).map(({ reason }) => `  ${reason}`)
      return [`${event.use}: ${event.sampleCount} samples of ${event.file}${left.length === 0 ? '' : ` (left out: ${left.join(', ')})`}`, ...bad]
    }
    case 'parameters':
      return [`training ${event.trainableCount} of ${event.totalCount} parameters`]
    case 'evaluation': {
      const numbers = [event.loss === null ? '' : `loss ${event.loss.toPrecision(4)}`, event.loss === null ? describeReward(event.rewardMean) : ''].filter((part) => part !== '')
      return [`evaluation after step ${event.step}: ${numbers.join(', ')} on ${event.sampleCount} samples${event.isBest ? ', the best so far' : ''}`]
    }
    case 'sample':
      return [`sample ${event.sampleId} at step ${event.step}${event.reward === null ? '' : `, reward ${event.reward}`}: ${JSON.stringify(event.completion.slice(0, SHOWN_CHARACTERS))}`]
    case 'checkpoint':
      return [`checkpoint of step ${event.step}: ${event.path}`]
    case 'warning':
      return [`warning: ${event.message}`]
    case 'finished':
      return [`result: ${event.checkpointPath}`]
    case 'stopped':
    case 'failed':
      return [] // said at the end
    default:
      return event satisfies never
  }
}

function describeEnd({ id, status, step, totalSteps, message, startedAt, endedAt }: TrainingRun): string {
  const steps = totalSteps === null ? plural(step, 'step') : `${step} of ${plural(totalSteps, 'step')}`
  const took = startedAt === null || endedAt === null ? '' : ` in ${formatDuration(endedAt - startedAt)}`
  if (status === 'finished') return `finished: ${steps}${took}`
  const what = message === null ? `${status} after ${steps}; the state is saved` : `${status}: ${message}`
  return `${what}\nGo on with: memgen train resume ${id}`
}
