/** @file `--model` and the folders beside it as a model of the library. It does not read any file of a model. */
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ModelEntry, ModelLocation } from '../../shared/domain/model.ts'
import type { ModelLibrary } from '../server/index.ts'
import { UsageError } from './usage-error.ts'

export interface FolderOptions {
  checkpoint?: string
  weaver?: string
  trigger?: string
}

export function addFolderOptions(command: Command): Command {
  return command
    .option('--checkpoint <dir>', 'MemGen checkpoint: weaver, trigger and latents')
    .option('--weaver <dir>', "the weaver's base model, where it is not the reasoner's")
    .option('--trigger <dir>', "the trigger's base model, where it is not the reasoner's")
}

export function toLocation(reasonerDir: string, { checkpoint, weaver, trigger }: FolderOptions): ModelLocation {
  return {
    reasonerDir: resolve(reasonerDir),
    ...(weaver !== undefined && { weaverDir: resolve(weaver) }),
    ...(trigger !== undefined && { triggerDir: resolve(trigger) }),
    ...(checkpoint !== undefined && { checkpointDir: resolve(checkpoint) }),
  }
}

/**
 * The model that `--model` names: one of the library by its id or name, or a folder, which joins the library so that its
 * traces can be restarted. Folders given beside a library model replace its own. Raises UsageError.
 */
export async function findOrAddModel(modelLibrary: ModelLibrary, named: string | undefined, folders: FolderOptions): Promise<ModelEntry> {
  const models = await modelLibrary.list()
  const known = named === undefined ? models[0] : models.find(({ id, name }) => id === named || name === named)
  if (known !== undefined && Object.keys(toLocation('', folders)).length === 1) return known
  if (known === undefined && !isFolder(named ?? '')) {
    const names = models.map(({ id }) => id).join(', ')
    throw new UsageError(`--model ${named ?? ''}: neither a folder nor a model of the library (${names})`)
  }
  const location = known === undefined ? toLocation(named ?? '', folders) : { ...known.location, ...withoutReasoner(toLocation('', folders)) }
  const same = models.find((model) => isSameLocation(model.location, location))
  return same ?? modelLibrary.add({ name: basename(folders.checkpoint ?? location.reasonerDir), location })
}

function withoutReasoner({ reasonerDir: _, ...rest }: ModelLocation): Omit<ModelLocation, 'reasonerDir'> {
  return rest
}

function isSameLocation(one: ModelLocation, other: ModelLocation): boolean {
  return (['reasonerDir', 'weaverDir', 'triggerDir', 'checkpointDir'] as const).every((part) => one[part] === other[part])
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
