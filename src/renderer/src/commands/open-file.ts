/** @file Lets the user choose a file in the browser's own way. It does not know what is in it. */

/** @param accept file name endings, such as `.json`; null where the user chose none */
export function chooseFile(accept: string): Promise<File | null> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = accept
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null))
    input.addEventListener('cancel', () => resolve(null))
    input.click()
  })
}
