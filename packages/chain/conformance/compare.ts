/**
 * How an answer differs from the expected one; undefined when it does not. Errors agree when their codes and data do, because
 * messages are free. With `formOnly` values may differ as long as members and types are the same.
 */
export function difference(actual: unknown, expected: unknown, formOnly: boolean): string | undefined {
  const [given, wanted] = [actual as Answer, expected as Answer]
  if (wanted.error) {
    if (!given.error) return `answered ${show(given.result)} instead of error ${wanted.error.code}`
    if (given.error.code !== wanted.error.code)
      return `error ${given.error.code} (${given.error.message}) instead of ${wanted.error.code} (${wanted.error.message})`
    return wanted.error.data === undefined ? undefined : unlike(given.error.data, wanted.error.data, formOnly, 'error.data')
  }
  if (given.error) return `error ${given.error.code} (${given.error.message})`
  return unlike(given.result, wanted.result, formOnly, 'result')
}

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

function unlike(given: unknown, wanted: unknown, formOnly: boolean, at: string): string | undefined {
  if (Array.isArray(given) && Array.isArray(wanted)) return unlikeLists(given, wanted, formOnly, at)
  if (isObject(given) && isObject(wanted)) return unlikeObjects(given, wanted, formOnly, at)
  const same = formOnly ? formOf(given) === formOf(wanted) : given === wanted
  return same ? undefined : `${at} is ${show(given)} instead of ${show(wanted)}`
}

function unlikeLists(given: unknown[], wanted: unknown[], formOnly: boolean, at: string): string | undefined {
  if (!formOnly && given.length !== wanted.length) return `${at} has ${given.length} elements instead of ${wanted.length}`
  const compared = Math.min(given.length, wanted.length)
  for (let index = 0; index < compared; index += 1) {
    const found = unlike(given[index], wanted[index], formOnly, `${at}[${index}]`)
    if (found) return found
  }
  return undefined
}

function unlikeObjects(given: Record<string, unknown>, wanted: Record<string, unknown>, formOnly: boolean, at: string): string | undefined {
  for (const name of new Set([...Object.keys(given), ...Object.keys(wanted)])) {
    if (formOnly && OPTIONAL.includes(name)) continue
    if (!Object.hasOwn(given, name)) return `${at}.${name} is missing`
    if (!Object.hasOwn(wanted, name)) return `${at}.${name} is not expected`
    const found = unlike(given[name], wanted[name], formOnly, `${at}.${name}`)
    if (found) return found
  }
  return undefined
}

/** Members that the specification leaves to the node: how it prunes, where it does. */
const OPTIONAL: readonly string[] = ['deleteStrategy']

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The kind of a value: its type, and of text whether it is hex. */
const formOf = (value: unknown): string =>
  typeof value === 'string' ? (value.startsWith('0x') ? 'hex' : 'text') : value === null ? 'null' : typeof value

const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120)
