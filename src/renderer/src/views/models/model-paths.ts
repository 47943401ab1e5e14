/** @file The folders typed into the form, as a model's location. It does not know whether they exist. */
import type { ModelLocation } from '../../../../shared/domain/model.ts'

export interface ModelPaths {
  reasonerDir: string
  checkpointDir: string
  weaverDir: string
  triggerDir: string
}

/** null without a reasoner. Paths pasted with quotes or a trailing separator are taken as meant. */
export function locationOf(paths: ModelPaths): ModelLocation | null {
  const reasonerDir = cleanPath(paths.reasonerDir)
  if (reasonerDir === '') return null
  const optional = (['checkpointDir', 'weaverDir', 'triggerDir'] as const).flatMap((key) => {
    const path = cleanPath(paths[key])
    return path === '' ? [] : [[key, path] as const]
  })
  return { reasonerDir, ...Object.fromEntries(optional) }
}

/** The last folder's name. */
export function nameFromPath(path: string): string {
  return cleanPath(path).split(/[/\\]/).at(-1) ?? ''
}

function cleanPath(path: string): string {
  const unquoted = path.trim().replace(/^(["'])(.*)\1$/, '$2')
  return unquoted.length > 1 ? unquoted.replace(/[/\\]+$/, '') : unquoted
}
