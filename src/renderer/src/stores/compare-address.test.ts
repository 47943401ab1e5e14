import { describe, expect, it } from 'vitest'
import { compareQuery, readCompareQuery } from './compare-address.ts'

describe('the address of a comparison', () => {
  it('goes there and back', () => {
    const query = { runs: 'a,b,c', baseline: 'b', against: 'c', human: '1', page: 'samples', cell: 'harmed', different: '1', search: 'x=1' }
    expect(compareQuery(readCompareQuery(query))).toEqual(query)
  })

  it('takes the first run for the baseline, and says nothing that goes without saying', () => {
    const address = readCompareQuery({ runs: 'a,b' })
    expect(address).toMatchObject({ baselineId: 'a', againstId: null, page: 'summary', cell: null })
    expect(compareQuery(address)).toEqual({ runs: 'a,b' })
  })

  it('drops what makes no sense', () => {
    expect(readCompareQuery({ runs: 'a,,a,b', baseline: 'z', against: 'a', cell: 'sideways', page: 'x' })).toMatchObject({ runIds: ['a', 'b'], baselineId: 'a', againstId: null, cell: null, page: 'summary' })
    expect(readCompareQuery({})).toMatchObject({ runIds: [], baselineId: null })
  })
})
