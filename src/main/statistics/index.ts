/** @file The room's door: intervals and paired tests of what an evaluation measured. It does not know samples or runs. */
export { type BootstrapInterval, bootstrapMean, type BootstrapOptions, pairedBootstrap } from './bootstrap.ts'
export { clusteredAccuracy, type RepeatedResult } from './clustered-accuracy.ts'
export { holmAdjust } from './holm.ts'
export { confidence, type Interval } from '../../shared/statistics/interval.ts'
export { countTransitions, mcNemarExact, type Transitions } from './mcnemar.ts'
export { wilcoxonSignedRank, type WilcoxonResult } from './wilcoxon.ts'
export { wilsonInterval } from '../../shared/statistics/wilson-interval.ts'
