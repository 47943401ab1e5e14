/**
 * @file Categories of points as colour and shape together, so that neither stands alone. Colours follow Okabe and Ito (2008), darkened for
 * light grounds. It does not know what is categorised.
 */
import type { ThemeName } from '../theme/palette.ts'

export interface CategoryMark {
  readonly colour: string
  readonly symbol: 'circle' | 'triangle' | 'rect' | 'diamond'
}

const COLOURS: Readonly<Record<ThemeName, readonly string[]>> = {
  dark: ['#56b4e9', '#e69f00', '#35c39a', '#d98fba', '#f0e442', '#ff8f57', '#8fa7ff', '#c0c8d2'],
  light: ['#0b6fa4', '#9a6700', '#00785a', '#a3467d', '#7a7000', '#b3450f', '#3d55c4', '#5b6672'],
}
const SYMBOLS = ['circle', 'triangle', 'rect', 'diamond'] as const

/** Neighbours differ in both; after 32 categories marks repeat. */
export function categoryMark(index: number, theme: ThemeName): CategoryMark {
  const colours = COLOURS[theme]
  const round = Math.floor(index / colours.length)
  return { colour: colours[index % colours.length] ?? '', symbol: SYMBOLS[(index + round) % SYMBOLS.length] ?? 'circle' }
}
