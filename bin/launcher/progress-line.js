/** @file One line on the terminal that is rewritten while work goes on; piped output gets only the last state of each line. */

/**
 * @typedef {object} ProgressLine
 * @property {(text: string) => void} show replaces the unfinished line
 * @property {(text: string) => void} finish replaces it for good
 */

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {ProgressLine}
 */
export function createProgressLine(stream) {
  const clear = stream.isTTY ? '\r\u001b[2K' : ''
  return {
    show: (text) => {
      if (stream.isTTY) stream.write(clear + text)
    },
    finish: (text) => {
      stream.write(`${clear}${text}\n`)
    },
  }
}
