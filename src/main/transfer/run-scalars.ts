/** @file A run as TensorBoard shows it: how its means came to be, sample by sample in the dataset's order. It does not know the file's format. */
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationLog } from '../log/index.ts'
import type { Scalar } from './tensorboard-file.ts'

/** Scalars of step n are means over the first n results. */
export async function runScalars(log: EvaluationLog, { id, updatedAt }: EvaluationRun): Promise<Scalar[]> {
  const wallTime = updatedAt / 1000
  const accuracy = new RunningMean()
  const reward = new RunningMean()
  const tokens = new RunningMean()
  const insertions = new RunningMean()
  return (await log.summariesOf(id)).flatMap((summary, index) => {
    if (summary.reward !== null) {
      accuracy.add(summary.reward >= 1 ? 1 : 0)
      reward.add(summary.reward)
    }
    tokens.add(summary.tokenCount)
    insertions.add(summary.insertions.prompt + summary.insertions.inference)
    const means = { accuracy, reward, tokens, insertions }
    return Object.entries(means).flatMap(([name, { value }]) => (value === null ? [] : [{ tag: `eval/${name}`, step: index + 1, value, wallTime }]))
  })
}

class RunningMean {
  #sum = 0
  #count = 0

  /** null of nothing. */
  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count
  }

  add(value: number): void {
    this.#sum += value
    this.#count++
  }
}
