/** @file The models that ship with the app, the one it opens on first. Does not know what is in their files. */
import { join } from 'node:path'
import { modelEntrySchema, type ModelEntry } from '../../shared/domain/model.ts'

/**
 * Held-out problems (demo/domains/splits.ts), the new domain's first: on those, vanilla answers wrongly and the trained trigger
 * rightly.
 */
const demoExamples = [
  { title: 'New: three steps', userMessage: 'Start with 6, then mib, plus 2, tarn. What is the last digit?' },
  { title: 'New: four steps', userMessage: 'Begin at 5, then mib, plus 5, blick, plus 8. What is the last digit?' },
  { title: 'Base: maps', userMessage: 'Ann has 7 maps. Paul has 2 more. Ann buys 2. How many maps do they have together?' },
  { title: 'Base: boxes', userMessage: 'Mara has 5 boxes with 3 toys in each. Mara spends 9. Mara loses 2. How many toys does Mara have?' },
]

/** @param resourcesDir the app's `resources` folder, unpacked */
export function bundledModels(resourcesDir: string): ModelEntry[] {
  const demoDir = join(resourcesDir, 'demo-model')
  const sampleDir = join(resourcesDir, 'sample-model')
  return [
    modelEntrySchema.parse({
      id: 'bundled-demo-qwen2',
      name: 'Demo model with latent memory',
      location: { reasonerDir: join(demoDir, 'base'), checkpointDir: join(demoDir, 'memgen') },
      isBundled: true,
      label: '1.25 M parameters, trained by this project on made-up problems (docs/demo-model.md)',
      examples: demoExamples,
    }),
    modelEntrySchema.parse({
      id: 'bundled-sample-qwen2',
      name: 'Random-weights sample (Qwen2 shape)',
      location: { reasonerDir: join(sampleDir, 'base'), checkpointDir: join(sampleDir, 'memgen') },
      isBundled: true,
      label: 'random weights sample: its text is noise, the mechanics are real',
    }),
  ]
}
