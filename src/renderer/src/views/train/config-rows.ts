/** @file A complete configuration as lines of a dotted name and a value. */
import type { TrainingConfig } from '../../../../shared/domain/training.ts'

export interface ConfigRow {
  name: string
  value: string
}

export function configRows(config: TrainingConfig): ConfigRow[] {
  return rowsOf(config, '')
}

function rowsOf(value: unknown, name: string): ConfigRow[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ name, value: Array.isArray(value) ? value.join(', ') : String(value) }]
  return Object.entries(value).flatMap(([key, below]) => rowsOf(below, name === '' ? key : `${name}.${key}`))
}
