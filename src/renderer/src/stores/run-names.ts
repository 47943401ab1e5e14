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
