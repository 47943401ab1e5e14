/** @file A step of a recorded trace, as lists point at it. */

export interface StepPlace {
  readonly traceId: string
  readonly stepIndex: number
}
