/** @file All tasks by name; a new one is a file beside this and a line here. It reads nothing. */
import type { TaskName } from '../../../shared/domain/task.ts'
import { demoBase, demoNew } from './demo.ts'
import { generic } from './generic.ts'
import { gpqa } from './gpqa.ts'
import { gsm8k } from './gsm8k.ts'
import { kodcode } from './kodcode.ts'
import { math } from './math.ts'
import type { TaskDefinition } from './task-definition.ts'
import { triviaqa } from './triviaqa.ts'

export const taskDefinitions: Readonly<Record<TaskName, TaskDefinition>> = {
  'demo-new': demoNew,
  'demo-base': demoBase,
  gsm8k,
  gpqa,
  math,
  kodcode,
  triviaqa,
  generic,
}
