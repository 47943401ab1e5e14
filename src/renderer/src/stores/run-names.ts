/** @file Names that tell runs apart where they stand side by side. */
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'

/** Names that several runs have are followed by what tells them apart: the experiment, or else a number. In the order of the runs. */
export function distinctNames(runs: readonly Pick<EvaluationRun, 'name' | 'experimentName'>[]): string[] {
  const withExperiment = runs.map((run) => (runs.filter(({ name }) => name === run.name).length > 1 ? `${run.name} (${run.experimentName})` : run.name))
  const seen = new Map<string, number>()
  return withExperiment.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return withExperiment.filter((one) => one === name).length > 1 ? `${name} #${count}` : name
  })
}

/** Where a word of a name ends; a number belongs to the word before it, as in "seed 42". */
const WORD_END = / (?!\d)/

export interface DifferingNames {
  /** In the order of the runs. */
  readonly names: readonly string[]
  /** The words that all of them have, empty where they are left in the names. */
  readonly shared: string
}

/** Distinct names without the words that all of them have: "trigger" and "always", of "gsm8k … seed 42". */
export function differingNames(runs: readonly Pick<EvaluationRun, 'name' | 'experimentName'>[]): DifferingNames {
  const full = distinctNames(runs)
  const words = full.map((name) => name.split(WORD_END))
  const isShared = (word: string): boolean => words.every((one) => one.includes(word))
  const names = words.map((one) => one.filter((word) => !isShared(word)).join(' '))
  if (names.includes('') || new Set(names).size < names.length) return { names: full, shared: '' }
  return { names, shared: (words[0] ?? []).filter(isShared).join(' ') }
}
