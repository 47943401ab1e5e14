/** @file The arguments that make a run config: policy, limits, sampling, seed. It does not know prompts or models. */
import { type Command, Option } from 'commander'
import { candidateGateSchema } from '../../shared/domain/memory-policy.ts'
import { runConfigSchema, type RunConfig } from '../../shared/domain/run-config.ts'
import { integerArgument, numberArgument } from './number-argument.ts'
import { interventionHelp, parsePolicy, policyHelp } from './policy-argument.ts'
import { UsageError } from './usage-error.ts'

export interface RunOptions extends GenerationOptions {
  policy?: string
}

/** Everything but the policy. */
export interface GenerationOptions {
  gate?: string
  maxNewTokens?: number
  maxInferenceAugNum?: number
  triggerActive?: boolean
  temperature?: number
  topK?: number
  topP?: number
  minP?: number
  repetitionPenalty?: number
  triggerDoSample?: boolean
  referenceTail?: boolean
  seed?: number
}

export function addRunOptions(command: Command): Command {
  command.option(
    '--policy <policy>',
    `when memory is inserted: ${policyHelp}, and after a + what is done to its latents: ${interventionHelp} (default: trigger, or vanilla without a checkpoint)`,
  )
  return addGenerationOptions(command)
}

export function addGenerationOptions(command: Command): Command {
  return command
    .addOption(new Option('--gate <gate>', 'what makes a position a candidate: the ending of the decoded text, or the token id').choices(candidateGateSchema.options))
    .option('--max-new-tokens <n>', 'tokens to generate at most (default: 256)', integerArgument({ min: 1, max: 1_000_000 }))
    .option('--max-inference-aug-num <n>', "insertions at most, the prompt's apart (default: the checkpoint's own)", integerArgument({ min: 0 }))
    .option('--trigger-active', "ask the trained trigger (default: the checkpoint's own)")
    .option('--no-trigger-active', 'insert wherever the trigger would be asked, as an inactive trigger does')
    .option('--temperature <t>', 'draw tokens at this temperature; without it the likeliest is taken', numberArgument({ min: 0 }))
    .option('--top-k <k>', 'draw from the k likeliest; 0 is off', integerArgument({ min: 0 }))
    .option('--top-p <p>', 'draw from the fewest that reach this probability', numberArgument({ above: 0, max: 1 }))
    .option('--min-p <p>', 'drop what is less likely than this share of the likeliest', numberArgument({ min: 0, max: 1 }))
    .option('--repetition-penalty <x>', 'make tokens that occurred before less likely', numberArgument({ above: 0 }))
    .option('--trigger-do-sample', "draw the trigger's decision at the temperature")
    .option('--reference-tail', "sample after the last insertion as the reference does (temperature 1, top-k 50)")
    .option('--seed <n>', 'seed of all draws (default: 42)', integerArgument({ min: 0 }))
}

/** Raises UsageError (policy) or z.ZodError (a value that the config refuses). */
export function toRunConfig(options: RunOptions, hasCheckpoint: boolean): RunConfig {
  const { temperature, topK, topP, minP, repetitionPenalty } = options
  const undrawn = Object.entries({ '--top-k': topK, '--top-p': topP, '--min-p': minP }).find(([, value]) => value !== undefined)
  if (temperature === undefined && undrawn !== undefined) throw new UsageError(`${undrawn[0]}: without --temperature nothing is drawn, and it has no effect`)
  return runConfigSchema.parse({
    ...(options.policy === undefined ? { policy: { kind: hasCheckpoint ? 'trigger' : 'vanilla' } } : parsePolicy(options.policy)),
    gate: options.gate,
    maxNewTokens: options.maxNewTokens,
    maxInferenceAugNum: options.maxInferenceAugNum,
    triggerActive: options.triggerActive,
    triggerDoSample: options.triggerDoSample,
    referenceTail: options.referenceTail,
    seed: options.seed,
    sampling: { doSample: temperature !== undefined, temperature, topK, topP, minP, repetitionPenalty },
  })
}
