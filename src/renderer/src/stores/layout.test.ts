import { expect, it } from 'vitest'
import { defaultLayout, layoutSerializer } from './layout.ts'

it('reads back what it wrote, and gives the default for anything else', () => {
  const layout = { ...defaultLayout, dockPx: 500, dockTab: 'branches' as const }
  expect(layoutSerializer.read(layoutSerializer.write(layout))).toEqual(layout)
  for (const foreign of ['', '{', '7', '{"dockPx":1e9}', '{"dockTab":"none"}']) expect(layoutSerializer.read(foreign)).toEqual(defaultLayout)
  // A part that an older version did not know has its default.
  expect(layoutSerializer.read('{"promptPx":400}')).toEqual({ ...defaultLayout, promptPx: 400 })
})
