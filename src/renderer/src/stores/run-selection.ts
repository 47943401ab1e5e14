/** @file Which rows of a list are selected, and how keys and clicks change that: pure rules over ids in the order of the list. */

export interface RowSelection<Id> {
  selected: ReadonlySet<Id>
  /** Where the keyboard is. */
  cursor: Id | null
  /** Where a stretch that is being extended began. */
  anchor: Id | null
}

export function emptySelection<Id>(): RowSelection<Id> {
  return { selected: new Set(), cursor: null, anchor: null }
}

/** One row alone. */
export function selectOnly<Id>(id: Id): RowSelection<Id> {
  return { selected: new Set([id]), cursor: id, anchor: id }
}

/** Adds the row or takes it away. */
export function toggleRow<Id>({ selected }: RowSelection<Id>, id: Id): RowSelection<Id> {
  const next = new Set(selected)
  if (!next.delete(id)) next.add(id)
  return { selected: next, cursor: id, anchor: id }
}

/** Every row from the anchor to this one. */
export function extendTo<Id>(selection: RowSelection<Id>, id: Id, rows: readonly Id[]): RowSelection<Id> {
  const anchor = selection.anchor ?? id
  const [from, to] = [rows.indexOf(anchor), rows.indexOf(id)]
  if (from < 0 || to < 0) return selectOnly(id)
  return { selected: new Set(rows.slice(Math.min(from, to), Math.max(from, to) + 1)), cursor: id, anchor }
}

/** The row so many places from the cursor, within the list; from no cursor one step is to the first or the last. */
export function rowBeside<Id>({ cursor }: RowSelection<Id>, by: number, rows: readonly Id[]): Id | null {
  const at = cursor === null ? -1 : rows.indexOf(cursor)
  const next = at >= 0 ? at + by : by > 0 ? by - 1 : rows.length + by
  return rows[Math.min(rows.length - 1, Math.max(0, next))] ?? null
}

export function selectAll<Id>({ cursor }: RowSelection<Id>, rows: readonly Id[]): RowSelection<Id> {
  return { selected: new Set(rows), cursor, anchor: rows[0] ?? null }
}

/** Without rows that are not in the list any more; the same object where none is missing. */
export function keepRows<Id>(selection: RowSelection<Id>, rows: ReadonlySet<Id>): RowSelection<Id> {
  const kept = [...selection.selected].filter((id) => rows.has(id))
  const has = (id: Id | null): boolean => id === null || rows.has(id)
  if (kept.length === selection.selected.size && has(selection.cursor) && has(selection.anchor)) return selection
  return { selected: new Set(kept), cursor: has(selection.cursor) ? selection.cursor : null, anchor: has(selection.anchor) ? selection.anchor : null }
}
