/** @file What holds for the value of every option: given once where there is room for one, and refused under its flag. It knows no option by name. */
import { Option, type Command } from 'commander'
import { UsageError } from './usage-error.ts'

/** One that may be given several times; its value is a list. */
export function repeatableOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value, former: readonly string[]) => [...former, value]).default([], 'none')
}

/** To be called when a command has all of its options. Values that do not fit raise UsageError while the arguments are parsed. */
export function watchOptionValues(command: Command): void {
  for (const option of command.options) if (option.required && isSingle(option)) watchValue(option)
}

/** A list as the default, or several words at a time, is how an option says that it takes more than one. */
function isSingle({ variadic, defaultValue }: Option): boolean {
  return !variadic && !Array.isArray(defaultValue)
}

/** Of two values the last one would win without a word; and a parser knows what it expects, but not which option it serves. */
function watchValue(option: Option): void {
  const { parseArg, long } = option
  const flag = long ?? option.flags
  let first: string | undefined
  option.argParser((text, former: unknown) => {
    if (first !== undefined) throw new UsageError(`${flag} ${first} ${flag} ${text}: expected one`)
    first = text
    try {
      return parseArg === undefined ? text : parseArg(text, former)
    } catch (error) {
      if (error instanceof UsageError) throw new UsageError(`${flag} ${text}: ${error.message}`)
      throw error
    }
  })
}
