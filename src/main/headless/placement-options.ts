/** @file `--device` and `--precision`: where a command's models are loaded, in place of what the library says. It loads nothing. */
import { Option, type Command } from 'commander'
import { deviceChoiceSchema, precisionSchema, type DeviceChoice, type PlacementChoice, type Precision } from '../../shared/domain/model.ts'

export interface PlacementOptions {
  device?: DeviceChoice
  precision?: Precision
}

export function addPlacementOptions(command: Command): Command {
  return command
    .addOption(new Option('--device <device>', 'where to compute; auto measures the devices once and takes the fastest (default: as the app is set, at first auto)').choices(deviceChoiceSchema.options))
    .addOption(new Option('--precision <precision>', 'how base weights are held; q8 and q4 take less memory and change the numbers (default: as the app is set, at first f32)').choices(precisionSchema.options))
}

/** What was given; the rest stays as the library says. */
export function toPlacement({ device, precision }: PlacementOptions): Partial<PlacementChoice> {
  return { ...(device !== undefined && { device }), ...(precision !== undefined && { precision }) }
}
