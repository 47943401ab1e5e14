/** @file Words of imports. */
import { describe, expect, it } from 'vitest'
import { importResultSchema } from '../../../../shared/domain/transfer.ts'
import { importLines } from './import-words.ts'

const brought = importResultSchema.parse({ kind: 'bundle', runIds: [], resultCount: 0, skippedCount: 0, warnings: [] })

describe('words of an import', () => {
  it('name the kind of file and what was here already', () => {
    expect(importLines({ ...brought, skippedCount: 2 })).toEqual(['A bundle of a workbench', '2 runs here already'])
    expect(importLines({ ...brought, kind: 'tensorboard', skippedCount: 1 })).toEqual(['TensorBoard events', '1 set of curves here already'])
  })

  it('say that nothing was new rather than nothing', () => {
    expect(importLines({ ...brought, kind: 'tensorboard' })).toEqual(['TensorBoard events', 'Nothing in it is new'])
  })
})
