/** @file The arguments of `memgen train` as settings of its configuration, so that flags, `--options` and the file go one way. It does not know what a setting does. */
import { Option, type Command } from 'commander'
import { trainingMethodSchema, type TrainingMethod, type TrainingStage } from '../../shared/domain/training.ts'
import { deviceSchema } from '../../shared/domain/model.ts'
import { readOptionSettings } from '../jobs/index.ts'
import { rewardNames } from '../tasks/index.ts'
import { integerArgument, numberArgument } from './number-argument.ts'

export interface TrainOptions {
  method?: TrainingMethod
  config?: string
  options?: string[]
  base?: string
  checkpoint?: string
  weaver?: string
  trigger?: string
  data?: string
  validation?: string
  reward?: string
  out?: string
  device?: string
  seed?: number
  learningRate?: number
  batch?: number
  epochs?: number
  maxSteps?: number
}

const methods: Readonly<Record<TrainingStage, readonly TrainingMethod[]>> = { weaver: trainingMethodSchema.options, trigger: ['grpo'], pretrain: ['sft'] }

export function addTrainOptions(command: Command, stage: TrainingStage): Command {
  if (methods[stage].length > 1) command.addOption(new Option('--method <method>', "how (default: the file's, or sft)").choices(methods[stage]))
  command
    .option('--config <file>', "a YAML file in the reference's format: sections model, dataset, run")
    .option('--options <key value...>', 'settings over the file, such as run.weaver.sft.learning_rate 1e-4 (or key=value)')
    .option('--base <dir|name>', 'base model of all parts: a folder, or its name in the Hugging Face cache')
    .option('--checkpoint <dir>', 'start from this MemGen checkpoint instead of new weights')
  if (stage !== 'pretrain') {
    command.option('--weaver <dir|name>', "the weaver's base model, where it is not the reasoner's").option('--trigger <dir|name>', "the trigger's base model, where it is not the reasoner's")
  }
  command.option('--data <file>', 'JSON lines or Parquet: messages, or prompt and completion').option('--validation <file>', 'validation samples (default: a tenth of --data)')
  if (methods[stage].includes('grpo')) command.addOption(new Option('--reward <reward>', 'how a rollout is judged against its sample’s solution').choices(rewardNames))
  return command
    .option('--out <dir>', 'where checkpoints and the training state go (default: a new folder in the data folder)')
    .addOption(new Option('--device <device>', 'where completions are drawn; training itself runs on the CPU').choices(deviceSchema.options))
    .option('--seed <n>', 'seed of all draws', integerArgument({ min: 0 }))
    .option('--learning-rate <rate>', 'peak of the schedule', numberArgument({ above: 0 }))
    .option('--batch <n>', 'rows per pass; for grpo completions', integerArgument({ min: 1 }))
    .option('--epochs <n>', 'passes over the samples', numberArgument({ above: 0 }))
    .option('--max-steps <n>', 'optimizer steps, instead of epochs', integerArgument({ min: 1 }))
}

/** Flags as the words of `--options` that mean the same; those of the trainer stand apart, because the file may choose its section. Raises TrainingConfigError. */
export function toOptionWords(options: TrainOptions): { options: string[]; trainerOptions: string[] } {
  const given = options.options ?? []
  readOptionSettings(given) // by themselves: a last key without a value would take the first flag for it
  const settings = {
    'model.model_name': options.base,
    'model.load_model_path': options.checkpoint,
    // A file in the reference's format names its base three times; one flag replaces all of them.
    'model.weaver.model_name': options.weaver ?? options.base,
    'model.trigger.model_name': options.trigger ?? options.base,
    'dataset.train_file': options.data,
    'dataset.validation_file': options.validation,
    'dataset.reward': options.reward,
    'run.output_dir': options.out,
    'run.device': options.device,
    'run.seed': options.seed,
  }
  const trainer = {
    learning_rate: options.learningRate,
    per_device_train_batch_size: options.batch,
    num_train_epochs: options.epochs,
    max_steps: options.maxSteps,
  }
  return { options: [...given, ...toWords(settings)], trainerOptions: toWords(trainer) }
}

function toWords(settings: Readonly<Record<string, string | number | undefined>>): string[] {
  // A path may look like something else in YAML: JSON says that it is text.
  return Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [key, JSON.stringify(value)]))
}
