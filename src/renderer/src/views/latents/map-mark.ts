/** @file How the map draws a category's points, for what stands beside the map. It does not know what the categories are. */
import type { LatentPoints } from '../../../../shared/domain/latent-lab.ts'
import { categoryMark, type CategoryMark } from '../../charts/categories.ts'
import { hasShapes } from '../../charts/latent-map.ts'
import type { ThemeName } from '../../theme/palette.ts'

/** Squares where shapes tell nothing apart. */
export function mapMark(points: LatentPoints | null, category: number, theme: ThemeName): CategoryMark {
  const mark = categoryMark(category, theme)
  return points !== null && hasShapes(points) ? mark : { ...mark, symbol: 'rect' }
}
