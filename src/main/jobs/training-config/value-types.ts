/** @file The types a setting can have and what to say where a value is of another. It does not know any setting. */

export interface ValueType {
  /** For "expected …, found …". */
  readonly expected: string
  /** The value in our terms, or undefined where it is of another type. */
  read(value: unknown): unknown
}

export const text: ValueType = { expected: 'text', read: (value) => (typeof value === 'string' && value !== '' ? value : undefined) }

export const flag: ValueType = { expected: 'True or False', read: (value) => (typeof value === 'boolean' ? value : undefined) }

export const integer: ValueType = { expected: 'a whole number', read: (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined) }

export const number: ValueType = { expected: 'a number', read: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined) }

/** One of some texts. */
export function oneOf(...allowed: readonly string[]): ValueType {
  return { expected: allowed.join(', ').replace(/, ([^,]*)$/, ' or $1'), read: (value) => (allowed.some((one) => one === value) ? value : undefined) }
}

/** A list of texts; one text alone stands for a list of it. */
export const textList: ValueType = {
  expected: 'a list of names',
  read: (value) => {
    const list: unknown[] = Array.isArray(value) ? value : [value]
    return list.length > 0 && list.every((one) => text.read(one) !== undefined) ? list : undefined
  },
}

/** What the type reads, or null. */
export function orNull(type: ValueType): ValueType {
  return { expected: `${type.expected}, or null`, read: (value) => (value === null ? null : type.read(value)) }
}

/** Taken as it is: a setting without influence here. */
export const anything: ValueType = { expected: 'anything', read: (value) => (value === undefined ? undefined : { value }) }

/** A setting of the reference's trainer that has no counterpart here, so that only the values that leave it off can be accepted. */
export function onlyOff(...off: readonly unknown[]): ValueType {
  const shown = off.map((value) => describeValue(value)).join(' or ')
  return { expected: `${shown}, since nothing else is supported`, read: (value) => (value === null || off.includes(value) ? { value } : undefined) }
}

/** As the reference's users write it. */
export function describeValue(value: unknown): string {
  if (value === true) return 'True'
  if (value === false) return 'False'
  const json = JSON.stringify(value)
  return json.length > 80 ? `${json.slice(0, 80)}…` : json
}
