/** @file The entrance of profiling: where the time of a generation goes. */
export { takeProfile, type EngineProfile, type ProfileRequest } from './take-profile.ts'
