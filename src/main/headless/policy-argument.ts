/** @file `--policy` as a memory policy, with what it does to the latents. It does not know what a policy does. */
import type { PolicyArm } from '../../shared/domain/evaluation.ts'
import { parsePolicyArm, PolicyArmError } from '../jobs/index.ts'
import { UsageError } from './usage-error.ts'

export { interventionHelp, policyHelp } from '../jobs/index.ts'

/** `POLICY` or `POLICY+INTERVENTION`, such as `always+zero`. Raises UsageError. */
export function parsePolicy(text: string): PolicyArm {
  try {
    return parsePolicyArm(text)
  } catch (error) {
    if (error instanceof PolicyArmError) throw new UsageError(`--policy ${error.message}`)
    throw error
  }
}
