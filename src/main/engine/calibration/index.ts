/** @file The entrance of calibration: how fast this machine computes a model, from a few of its layers. It remembers nothing. */
export { calibrate } from './calibrate.ts'
export { nameShape } from './model-shape.ts'
