/** @file What is copied from the page has the white space that is shown as symbols: a prompt pasted elsewhere is the prompt. */
import { useEventListener } from '@vueuse/core'
import { spacesOf } from '../components/visible-text.ts'

/** As VisibleText marks what stands for another character. */
const SYMBOL = '.symbol'
/** What begins a line of its own. */
const BLOCKS = 'p, div, li, dt, dd, tr, h2, h3, section, header'

export function useCopiedText(): void {
  useEventListener(document, 'copy', (event) => {
    const selection = document.getSelection()
    if (event.clipboardData === null || selection === null || selection.rangeCount === 0) return
    const copied = selection.getRangeAt(0).cloneContents()
    // All else is copied as the browser does it.
    if (copied.querySelector(SYMBOL) === null) return
    event.clipboardData.setData('text/plain', textOf(copied, '').trim())
    event.preventDefault()
  })
}

/** @param before what was read so far */
function textOf(node: Node, before: string): string {
  if (node instanceof Text) return before + (node.parentElement?.matches(SYMBOL) === true ? spacesOf(node.data) : node.data)
  const isLine = node instanceof HTMLBRElement || (node instanceof Element && node.matches(BLOCKS))
  // A line break that was a symbol is there already.
  let text = isLine && before !== '' && !before.endsWith('\n') ? `${before}\n` : before
  for (const child of node.childNodes) text = textOf(child, text)
  return text
}
