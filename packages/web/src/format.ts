/** A number of bytes, in the largest unit that keeps it above 1. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = count / 1000
  while (value >= 1000 && units.length > 1) {
    value /= 1000
    units.shift()
  }
  return `${value.toPrecision(3)} ${units[0]}`
}

/** A hash or address by its ends: as many digits as nobody finds another one for by trying. */
export const short = (hex: string): string => (hex.length > 19 ? `${hex.slice(0, 10)}…${hex.slice(-8)}` : hex)

/** Controls, marks of direction and characters without a shape; not the ends of lines. */
const UNSEEN = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** More marks on one letter than any script has: a heap of them covers what stands around it, and no line breaks in it. */
const HEAP = /(\p{M}{4})(\p{M}+)/gu

/**
 * A text with its unseen characters, and heaps of marks, written out (`\u202e`): what is shown is what a model was asked, in its order, and
 * nothing is hidden in it or by it.
 */
export const visible = (text: string): string =>
  text.replace(UNSEEN, written).replace(HEAP, (_, few: string, more: string) => few + Array.from(more, written).join(''))

function written(character: string): string {
  const code = character.codePointAt(0)!.toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}
