/** @file Which row of a list a key goes to. It does not know what a row is, nor what going there does. */

const PAGE_ROWS = 15

const moves: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  PageDown: (index) => index + PAGE_ROWS,
  PageUp: (index) => index - PAGE_ROWS,
  Home: () => 0,
  End: (_, last) => last,
}

/**
 * The row to go to, within the list; null where the key goes to none.
 * @param from the row one is on, −1 for none
 */
export function rowOfKey({ key, altKey, ctrlKey, metaKey }: Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>, from: number, count: number): number | null {
  const move = altKey || ctrlKey || metaKey ? undefined : moves[key]
  return move === undefined || count === 0 ? null : Math.max(0, Math.min(count - 1, move(from, count - 1)))
}
