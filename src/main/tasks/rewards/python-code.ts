/** @file Finds the Python functions in a completion and puts tests to them, as the reference does for KodCode (its data/utils/code_utils.py). It does not run them. */
import { lineEnd, lineStart, strip, whiteSpace, wordCharacter } from '../python-text.ts'

const s = `[${whiteSpace}]`
const notSpace = `[^${whiteSpace}]`

const fence = /```python([\s\S]*?)```/g
const importLine = new RegExp(`${lineStart}(?:from${s}+${notSpace}+${s}+import${s}+${notSpace}+|import${s}+${notSpace}+[^\\n]*)${lineEnd}`, 'gu')
/** From a `def` to the next one at the beginning of a line; methods and decorated functions are found without what is around them. */
const functionText = new RegExp(`def${s}+${wordCharacter}+\\([^\\n]*?:[\\s\\S]*?(?=${lineStart}def${s}|$)`, 'gu')
const solutionImport = new RegExp(`${lineStart}${s}*from${s}+solution${s}+import${s}+${wordCharacter}+${s}*`, 'gu')
const importedModule = new RegExp(`${lineStart}[\\t ]*(?:from|import)[\\t ]+(${wordCharacter}+)`, 'gu')
const functionName = new RegExp(`def${s}+${wordCharacter}+${s}*\\(`, 'u')

/**
 * The functions of every ` ```python ` fence, or of the whole text where there is none, each fence's import lines first as one
 * block. Other statements are left out.
 */
export function extractPythonCode(text: string): string[] {
  const fenced = Array.from(text.matchAll(fence), ([, code]) => code!)
  return (fenced.length > 0 ? fenced : [text]).flatMap((code) => {
    const imports = code.match(importLine)
    const functions = strip(code).match(functionText) ?? []
    return imports === null ? functions : [imports.join('\n'), ...functions]
  })
}

/** The code with its first `def` under another name; calls keep the old one. */
export function renameFirstFunction(code: string, name: string): string {
  return code.replace(functionName, () => `def ${name}(`)
}

/** Code and tests as one module; the tests' line that would import the code vanishes. */
export function testModule(code: string, tests: string): string {
  return `${code}\n${tests.replaceAll(solutionImport, '')}`
}

/** The packages that a text's import lines begin with: `numpy` of `import numpy.linalg as la`. */
export function importedModules(text: string): Set<string> {
  return new Set(Array.from(text.matchAll(importedModule), ([, name]) => name!))
}
