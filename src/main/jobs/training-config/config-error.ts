/** @file What is wrong with a training configuration: every problem at once, each with its place. It does not know how it was found. */
export interface ConfigProblem {
  /** `gsm8k.yaml:12`, `--options`, or null where something is missing. */
  readonly place: string | null
  /** As the reference spells it, such as `dataset.mode`; null where the file as a whole is meant. */
  readonly key: string | null
  readonly problem: string
}

export class TrainingConfigError extends Error {
  override readonly name = 'TrainingConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ place, key, problem }) => [place, key, problem].filter((part) => part !== null).join(': ')).join('; '))
    this.problems = problems
  }
}
