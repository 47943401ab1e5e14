/** @file Scalars over steps that another program recorded, kept beside one's own training. It does not know their file. */
import { z } from 'zod'

export const importedCurvesIdSchema = z.string().min(1).brand<'ImportedCurvesId'>()
export type ImportedCurvesId = z.infer<typeof importedCurvesIdSchema>

/** One file, or one writer's folder. */
export const importedCurvesSchema = z.object({
  id: importedCurvesIdSchema,
  name: z.string(),
  /** Where it was read. */
  path: z.string(),
  /** Names as the file has them, such as `train/loss`. */
  tags: z.array(z.string()),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
})
export type ImportedCurves = z.infer<typeof importedCurvesSchema>

const float64s = z.instanceof(Float64Array<ArrayBufferLike>)

/** Point i of each column; steps ascend. A step that was written twice keeps its last value. */
export const curveSeriesSchema = z.object({ tag: z.string(), steps: float64s, values: float64s })
export type CurveSeries = z.infer<typeof curveSeriesSchema>
