/**
 * @file Reads the files of a model and decides which roles share one base in memory (docs/DESIGN.md 4.3). It opens no
 * session.
 */
import type { ModelLocation } from '../../../shared/domain/model.ts'
import {
  isSameBase,
  readBaseModel,
  readMemGenCheckpoint,
  verifyMemGenCheckpoint,
  verifyWeights,
  type BaseModel,
  type DecoderConfig,
  type LoraAdapter,
  type MemGenCheckpoint,
  type WeightIndex,
} from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'

export type RoleName = 'reasoner' | 'weaver' | 'trigger'

/** One base in memory and the roles that use it. */
export interface PlannedBase {
  readonly config: DecoderConfig
  readonly locations: WeightLocations
  readonly roles: readonly RoleName[]
  /** Modules that any of its roles adapts, such as `layers.0.self_attn.q_proj`. */
  readonly loraModules: ReadonlySet<string>
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
  readonly weights: WeightIndex
  readonly adapter: LoraAdapter | undefined
}

/** Throws CheckpointFormatError naming file, tensor or field. */
export async function planModel(location: ModelLocation): Promise<ModelPlan> {
  const reasoner = readBaseModel(location.reasonerDir)
  const checkpoint = location.checkpointDir === undefined ? undefined : readMemGenCheckpoint(location.checkpointDir)
  const embedded = checkpoint?.embeddedBases
  const roles: RoleBase[] = [{ role: 'reasoner', config: reasoner.config, weights: embedded?.reasoner ?? reasoner.weights, adapter: undefined }]
  const hasTrigger = checkpoint?.trigger.outputLayer !== undefined
  if (checkpoint !== undefined) {
    const weaver = location.weaverDir === undefined ? reasoner : readBaseModel(location.weaverDir)
    const trigger = location.triggerDir === undefined ? reasoner : readBaseModel(location.triggerDir)
    verifyMemGenCheckpoint(checkpoint, { reasoner: reasoner.config, weaver: weaver.config, trigger: trigger.config })
    roles.push({ role: 'weaver', config: weaver.config, weights: embedded?.weaver ?? weaver.weights, adapter: checkpoint.weaver.adapter })
    if (hasTrigger) {
      roles.push({ role: 'trigger', config: trigger.config, weights: embedded?.trigger ?? trigger.weights, adapter: checkpoint.trigger.adapter })
    }
  }
  // Bases inside a checkpoint have not been looked at yet.
  for (const { role, config, weights } of roles) verifyWeights(weights, config, { lmHead: role === 'reasoner' })
  const reasonerLocations = embedded?.reasoner.tensors ?? reasoner.weights.tensors
  return { reasoner, reasonerLocations, checkpoint, hasTrigger, bases: (await groupByBase(roles)).map(planBase) }
}

/** Roles with the same base share it; the reasoner comes first, so that a shared base has its head. */
async function groupByBase(roles: readonly RoleBase[]): Promise<RoleBase[][]> {
  const groups: RoleBase[][] = []
  for (const role of roles) {
    let home: RoleBase[] | undefined
    for (const group of groups) {
      const [first] = group
      if (home === undefined && first !== undefined && (await isSameBase(first, role))) home = group
    }
    if (home) home.push(role)
    else groups.push([role])
  }
  return groups
}

function planBase(members: readonly RoleBase[]): PlannedBase {
  const [first] = members
  if (first === undefined) throw new Error('internal: a base without a role')
  const loraModules = new Set(members.flatMap(({ adapter }) => [...(adapter?.modules.keys() ?? [])]))
  return { config: first.config, locations: first.weights.tensors, roles: members.map(({ role }) => role), loraModules }
}
