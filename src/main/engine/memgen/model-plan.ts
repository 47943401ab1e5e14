/**
 * @file Reads the files of a model and decides which roles share one base in memory (docs/DESIGN.md 4.3). It opens no
 * session.
 */
import type { ModelLocation } from '../../../shared/domain/model.ts'
import {
  layerLinearShapes,
  readBaseModel,
  readMemGenCheckpoint,
  verifyMemGenCheckpoint,
  type BaseModel,
  type DecoderConfig,
  type LoraAdapter,
  type MemGenCheckpoint,
} from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'

export type RoleName = 'reasoner' | 'weaver' | 'trigger'

/** One base in memory and the roles that use it. */
export interface PlannedBase {
  readonly config: DecoderConfig
  readonly locations: WeightLocations
  readonly roles: readonly RoleName[]
  /** Modules that any of its roles adapts, with their [out, in]. */
  readonly loraModules: ReadonlyMap<string, readonly [number, number]>
}

export interface ModelPlan {
  readonly reasoner: BaseModel
  readonly reasonerLocations: WeightLocations
  readonly checkpoint: MemGenCheckpoint | undefined
  /** Whether the checkpoint has a trained trigger that can be asked. */
  readonly hasTrigger: boolean
  readonly bases: readonly PlannedBase[]
}

interface RoleBase {
  readonly role: RoleName
  readonly config: DecoderConfig
  readonly locations: WeightLocations
  readonly adapter: LoraAdapter | undefined
}

/** Throws CheckpointFormatError naming file, tensor or field. */
export function planModel(location: ModelLocation): ModelPlan {
  const reasoner = readBaseModel(location.reasonerDir)
  const checkpoint = location.checkpointDir === undefined ? undefined : readMemGenCheckpoint(location.checkpointDir)
  const embedded = checkpoint?.embeddedBases
  const reasonerLocations = embedded?.reasoner.tensors ?? reasoner.weights.tensors
  const roles: RoleBase[] = [{ role: 'reasoner', config: reasoner.config, locations: reasonerLocations, adapter: undefined }]
  const hasTrigger = checkpoint?.trigger.outputLayer !== undefined
  if (checkpoint !== undefined) {
    const weaver = location.weaverDir === undefined ? reasoner : readBaseModel(location.weaverDir)
    const trigger = location.triggerDir === undefined ? reasoner : readBaseModel(location.triggerDir)
    verifyMemGenCheckpoint(checkpoint, { reasoner: reasoner.config, weaver: weaver.config, trigger: trigger.config })
    roles.push({ role: 'weaver', config: weaver.config, locations: embedded?.weaver.tensors ?? weaver.weights.tensors, adapter: checkpoint.weaver.adapter })
    if (hasTrigger) {
      const locations = embedded?.trigger?.tensors ?? trigger.weights.tensors
      roles.push({ role: 'trigger', config: trigger.config, locations, adapter: checkpoint.trigger.adapter })
    }
  }
  return { reasoner, reasonerLocations, checkpoint, hasTrigger, bases: shareBases(roles) }
}

/** Roles whose layers lie in the same bytes share a base. */
function shareBases(roles: readonly RoleBase[]): PlannedBase[] {
  const groups = Map.groupBy(roles, ({ locations }) => layerBytes(locations))
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const shapes = layerLinearShapes(first.config)
    const loraModules = new Map<string, readonly [number, number]>()
    for (const module of members.flatMap(({ adapter }) => [...(adapter?.modules.keys() ?? [])])) {
      const shape = shapes[module.replace(/^layers\.\d+\./, '')]
      if (shape === undefined) throw new Error(`internal: adapter module ${module} was not checked`)
      loraModules.set(module, shape)
    }
    return [{ config: first.config, locations: first.locations, roles: members.map(({ role }) => role), loraModules }]
  })
}

/** Identifies a base by where its layers lie; the head and the embedding table are the reasoner's business alone. */
function layerBytes(locations: WeightLocations): string {
  return [...locations.values()]
    .filter(({ name }) => name.startsWith('model.layers.'))
    .map(({ name, file, byteOffset }) => `${name}@${file}:${byteOffset}`)
    .sort()
    .join('\n')
}
