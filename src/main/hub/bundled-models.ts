/** @file The models that ship with the app. Does not know what is in their files. */
import { join } from 'node:path'
import { modelEntrySchema, type ModelEntry } from '../../shared/domain/model.ts'

/** @param resourcesDir the app's `resources` folder, unpacked */
export function bundledModels(resourcesDir: string): ModelEntry[] {
  const sampleDir = join(resourcesDir, 'sample-model')
  return [
    modelEntrySchema.parse({
      id: 'bundled-sample-qwen2',
      name: 'Random-weights sample (Qwen2 shape)',
      location: { reasonerDir: join(sampleDir, 'base'), checkpointDir: join(sampleDir, 'memgen') },
      isBundled: true,
      label: 'random weights sample: its text is noise, the mechanics are real',
    }),
  ]
}
