/** @file Runs Python that a model wrote, as far from everything else as this system allows. It knows no task. */

/** One or two sentences for the user: what would protect this machine from model-written code, or why nothing does. */
export function describeProtection(): Promise<string> {
  return Promise.resolve('')
}
