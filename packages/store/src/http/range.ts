/**
 * Reads a `Range` header (RFC 9110 section 14) for one range of bytes.
 *
 * @returns the bytes asked for, `end` excluded; `whole` when there is no range or one that may be ignored (another unit, several ranges,
 * malformed); `unsatisfiable` when it begins after the end of the file
 */
export function parseRange(header: string | undefined, size: number): { start: number; end: number } | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (!match) return 'whole'
  const [first, last] = [match[1] as string, match[2] as string]
  if (first === '' && last === '') return 'whole'
  if (first === '') return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size }
  if (last !== '' && Number(last) < Number(first)) return 'whole'
  if (Number(first) >= size) return 'unsatisfiable'
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) }
}
