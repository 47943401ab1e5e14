/** @file The room's door: what runs say about each other. It does not know who generated or judged them. */
export { benefitPoints } from './benefit-points.ts'
export { comparedSamples } from './compared-samples.ts'
export { compareRuns } from './compare-runs.ts'
export { readPassRates } from './pass-rates.ts'
export { triggerStatistics } from './trigger-statistics.ts'
