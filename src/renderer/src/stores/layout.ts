/** @file How the debugger's window is divided and which dock tab is open, kept between visits. It does not know what stands in the parts. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { z } from 'zod'

export const dockTabs = ['inspector', 'change', 'branches', 'breakpoints', 'watches'] as const
export type DockTab = (typeof dockTabs)[number]

export const changeKinds = ['decision', 'tokens', 'latents', 'config'] as const
export type ChangeKind = (typeof changeKinds)[number]

const layoutSchema = z.object({
  isPromptOpen: z.boolean(),
  isLibraryOpen: z.boolean(),
  isPreviewOpen: z.boolean(),
  promptPx: z.number().min(240).max(640),
  dockPx: z.number().min(280).max(900),
  /** The lanes' share of the middle's height. */
  lanesShare: z.number().min(0.15).max(0.8),
  dockTab: z.enum(dockTabs),
})
export type Layout = z.infer<typeof layoutSchema>

export const defaultLayout: Layout = { isPromptOpen: true, isLibraryOpen: false, isPreviewOpen: false, promptPx: 290, dockPx: 372, lanesShare: 0.45, dockTab: 'inspector' }

/** localStorage is foreign input: a layout that cannot be read gives the default. */
export const layoutSerializer = {
  read(raw: string): Layout {
    try {
      return layoutSchema.parse({ ...defaultLayout, ...(JSON.parse(raw) as object) })
    } catch {
      // Of another version, or edited: only sizes are lost.
      return { ...defaultLayout }
    }
  },
  write: (layout: Layout): string => JSON.stringify(layout),
}

export const useLayoutStore = defineStore('layout', () => {
  const layout = useStorage<Layout>('memgen.layout', { ...defaultLayout }, undefined, { serializer: layoutSerializer })
  /** Which change the Change tab shows. */
  const changeKind = shallowRef<ChangeKind>('decision')
  /** Counted up when the open dock tab should take the focus. */
  const focusRequests = shallowRef(0)

  /** What would be too small or too large is left as it was. */
  function resize(changes: Partial<Layout>): void {
    const resized = layoutSchema.safeParse({ ...layout.value, ...changes })
    if (resized.success) layout.value = resized.data
  }

  function togglePrompt(): void {
    resize({ isPromptOpen: !layout.value.isPromptOpen })
  }

  function toggleLibrary(): void {
    resize({ isPromptOpen: true, isLibraryOpen: !layout.value.isLibraryOpen })
  }

  function togglePreview(): void {
    resize({ isPromptOpen: true, isPreviewOpen: !layout.value.isPreviewOpen })
  }

  function openDock(dockTab: DockTab): void {
    layout.value = { ...layout.value, dockTab }
    focusRequests.value += 1
  }

  function openChange(kind: ChangeKind): void {
    changeKind.value = kind
    openDock('change')
  }

  return { layout, changeKind, focusRequests, resize, togglePrompt, toggleLibrary, togglePreview, openDock, openChange }
})
