/** @file Remembers where the window stood; it does not know windows, only rectangles and a file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const windowBoundsSchema = z.object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1), isMaximized: z.boolean() })
export type WindowBounds = z.infer<typeof windowBoundsSchema>

interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** Pixels of the title bar that must lie on a display for the window to be found again. */
const VISIBLE_PIXELS = 64

/** The bounds last saved, or null where none were, they are unreadable, or their display is gone. */
export function readWindowBounds(path: string, displays: readonly Rectangle[]): WindowBounds | null {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Missing on the first start, or cut short by a crash: a lost window position is not worth a word to the user.
    return null
  }
  const bounds = windowBoundsSchema.safeParse(content)
  return bounds.success && displays.some((display) => showsTitleBar(display, bounds.data)) ? bounds.data : null
}

/** Raises the system’s error where the file cannot be written. */
export function writeWindowBounds(path: string, bounds: WindowBounds): void {
  writeFileSync(path, JSON.stringify(bounds))
}

function showsTitleBar(display: Rectangle, bounds: WindowBounds): boolean {
  const overlap = Math.min(display.x + display.width, bounds.x + bounds.width) - Math.max(display.x, bounds.x)
  return overlap >= VISIBLE_PIXELS && bounds.y >= display.y && bounds.y + VISIBLE_PIXELS <= display.y + display.height
}
