/** @file Which published numbers a search finds. */
import { paperTaskTitles, type Anchor, type PaperModel, type PaperTask } from '../../../shared/paper/anchor.ts'

export interface AnchorSearch {
  readonly search: string
  readonly model: PaperModel | null
  readonly task: PaperTask | null
}

/** Every word must occur in what stands in a line; null takes any. */
export function findAnchors(anchors: readonly Anchor[], { search, model, task }: AnchorSearch): Anchor[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  return anchors.filter((anchor) => {
    if ((model !== null && anchor.model !== model) || (task !== null && anchor.task !== task)) return false
    const text = `${anchor.method} ${anchor.model} ${paperTaskTitles[anchor.task]} ${anchor.source} ${anchor.kind}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
