/** @file The entrance of profiling: where the time of a generation goes. */
export { takeProfile } from './take-profile.ts'
