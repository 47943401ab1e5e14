/** @file Every lane there is, by its id. It does not know which are shown. */
import { attentionLane } from './attention-lane.ts'
import { divergenceLane } from './divergence-lane.ts'
import { entropyLane } from './entropy-lane.ts'
import type { Lane, LaneId } from './lane.ts'
import { logprobLane } from './logprob-lane.ts'
import { normLane } from './norm-lane.ts'
import { timeLane } from './time-lane.ts'
import { triggerLane } from './trigger-lane.ts'

export const lanes: Readonly<Record<LaneId, Lane>> = {
  trigger: triggerLane,
  entropy: entropyLane,
  logprob: logprobLane,
  norms: normLane,
  attention: attentionLane,
  divergence: divergenceLane,
  time: timeLane,
}
