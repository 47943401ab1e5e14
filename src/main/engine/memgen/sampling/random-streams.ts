/** @file Seeded random numbers of one row of a rollout, resumable at any draw. Does not know what is drawn with them. */
import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** Four signed 32-bit integers. */
export type RandomState = readonly number[]

export interface RandomStream {
  /** The next number in [0, 1), a multiple of 2^-53. */
  next(): number
  /** What {@link restoreStream} needs to draw the same numbers from here on. */
  state(): RandomState
}

type StreamName = 'token' | 'trigger' | 'policy'

/** One stream for each kind of draw, so that asking the trigger more often does not change the tokens. */
export type RandomStreams = Readonly<Record<StreamName, RandomStream>>

export type RandomStates = Readonly<Record<StreamName, RandomState>>

export interface StreamSeed {
  readonly seed: number
  readonly sampleId: string
  readonly repeat: number
}

/** Streams that depend on the run's seed, the sample and the repeat alone: neither on batch order nor on when a row starts. */
export function createStreams(seed: StreamSeed): RandomStreams {
  return forEachStream((name) => createStream(seed, name))
}

/** A stream for one purpose, which draws independently of every other purpose. */
export function createStream(seed: StreamSeed, purpose: string): RandomStream {
  return restoreStream(deriveState(seed, purpose))
}

/** Independent streams that go on where `states` were taken. */
export function restoreStreams(states: RandomStates): RandomStreams {
  return forEachStream((name) => restoreStream(states[name]))
}

export function streamStates(streams: RandomStreams): RandomStates {
  return forEachStream((name) => streams[name].state())
}

/** xoroshiro128+ (Blackman and Vigna, https://prng.di.unimi.it) from a state. */
export function restoreStream(state: RandomState): RandomStream {
  const generator = xoroshiro128plusFromState(state)
  return { next: () => uniformFloat64(generator), state: () => generator.getState() }
}

function forEachStream<T>(make: (name: StreamName) => T): Readonly<Record<StreamName, T>> {
  return { token: make('token'), trigger: make('trigger'), policy: make('policy') }
}

function deriveState({ seed, sampleId, repeat }: StreamSeed, purpose: string): RandomState {
  // JSON keeps the parts apart: no two different seeds give one text.
  const digest = createHash('sha256').update(JSON.stringify([seed, sampleId, repeat, purpose])).digest()
  return [0, 4, 8, 12].map((offset) => digest.readInt32BE(offset))
}
