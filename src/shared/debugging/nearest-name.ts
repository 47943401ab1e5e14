/** @file The known name that was probably meant. It does not know what names stand for. */

/** The name with the fewest edits (of case none) from the wanted one; null where none is near. */
export function nearestName(wanted: string, names: Iterable<string>): string | null {
  const folded = wanted.toLowerCase()
  let nearest: string | null = null
  let fewest = 1 + Math.max(1, Math.floor(wanted.length / 3))
  for (const name of names) {
    const edits = editDistance(folded, name.toLowerCase())
    if (edits < fewest) [nearest, fewest] = [name, edits]
  }
  return nearest
}

/** Insertions, deletions and replacements that make one text of the other (Levenshtein's distance). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let above = 0; above < left.length; above++) {
    const next = [above + 1]
    for (let column = 0; column < right.length; column++) {
      const replaced = row[column]! + (left.charAt(above) === right.charAt(column) ? 0 : 1)
      next.push(Math.min(replaced, row[column + 1]! + 1, next[column]! + 1))
    }
    row = next
  }
  return row[right.length]!
}
