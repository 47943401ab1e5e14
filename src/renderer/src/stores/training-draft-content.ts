/** @file The next training run as its author writes it: a YAML text, and a few fields over it. It does not know whether they make sense; the host says that. */
import { z } from 'zod'
import { trainingMethodSchema, trainingStageSchema, type TrainingMethod, type TrainingStage } from '../../../shared/domain/training.ts'

/** Each field is the words of one setting; empty leaves it to the YAML text, and to the defaults after that. */
export const trainingFieldsSchema = z.object({
  model: z.string(),
  checkpoint: z.string(),
  trainFile: z.string(),
  outputFolder: z.string(),
  maxSteps: z.string(),
  learningRate: z.string(),
  batchSize: z.string(),
  seed: z.string(),
})
export type TrainingFields = z.infer<typeof trainingFieldsSchema>

export const trainingDraftSchema = z.object({
  name: z.string(),
  stage: trainingStageSchema,
  method: trainingMethodSchema,
  fields: trainingFieldsSchema,
  /** The file's name, for messages. */
  file: z.string(),
  text: z.string(),
  /** Relative paths start here; '.' is the folder the app was started in. */
  folder: z.string(),
})
export type TrainingDraft = z.infer<typeof trainingDraftSchema>

export const emptyTrainingDraft: Readonly<TrainingDraft> = {
  name: '',
  stage: 'weaver',
  method: 'sft',
  fields: { model: '', checkpoint: '', trainFile: '', outputFolder: '', maxSteps: '', learningRate: '', batchSize: '', seed: '' },
  file: 'settings.yaml',
  text: '',
  folder: '.',
}

export const methodsOf: Readonly<Record<TrainingStage, readonly TrainingMethod[]>> = { weaver: ['sft', 'grpo'], trigger: ['grpo'], pretrain: ['sft'] }

/** The fields as the words after `--options`: keys of the reference's files and their values. */
export function optionsOf({ stage, method, fields }: Pick<TrainingDraft, 'stage' | 'method' | 'fields'>): string[] {
  const trainer = `run.${stage}.${method}`
  const keys: Readonly<Record<keyof TrainingFields, string>> = {
    model: 'model.model_name',
    checkpoint: 'model.load_model_path',
    trainFile: 'dataset.train_file',
    outputFolder: 'run.output_dir',
    maxSteps: `${trainer}.max_steps`,
    learningRate: `${trainer}.learning_rate`,
    batchSize: `${trainer}.per_device_train_batch_size`,
    seed: 'run.seed',
  }
  return trainingFieldsSchema.keyof().options.flatMap((field) => {
    const value = fields[field].trim()
    return value === '' ? [] : [keys[field], value]
  })
}
