/** @file The entrance of profiling: where the time of a generation goes. It does not know who asks. */
export { takeProfile } from './take-profile.ts'
