/** @file What a training run's device is used for, in words. It does not know which devices a machine has. */
import type { TrainingConfig } from './training.ts'

/** One sentence where the device of a configuration does less than it seems to, else null: gradients are computed on the CPU alone. */
export function describeTrainingDevice({ stage, device }: Pick<TrainingConfig, 'stage' | 'device'>): string | null {
  if (device === 'cpu') return null
  if (stage === 'pretrain') return `run.device ${device} has no effect: the reasoner is trained on the CPU.`
  return `run.device ${device} is where completions are drawn; the training steps themselves run on the CPU.`
}
