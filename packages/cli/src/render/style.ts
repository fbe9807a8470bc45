/** ANSI styles that vanish when colours are off; a status is always a word as well. */
export interface Style {
  bold: (text: string) => string
  dim: (text: string) => string
  green: (text: string) => string
  red: (text: string) => string
  yellow: (text: string) => string
}

/** Styles for a stream that does or does not show colours. */
export function styleOf(color: boolean): Style {
  const wrap = (open: number, close: number) => (text: string) => (color ? `\u001b[${open}m${text}\u001b[${close}m` : text)
  return { bold: wrap(1, 22), dim: wrap(2, 22), green: wrap(32, 39), red: wrap(31, 39), yellow: wrap(33, 39) }
}

/** Columns padded to their widest cell, two spaces apart; the last one is left ragged. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, visibleLength(cell))), [])
  return rows.map((row) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - visibleLength(cell)))).join('  '),
  )
}

const ESCAPE = '\u001b'

/** Length on screen: escape sequences count for nothing. */
export function visibleLength(text: string): number {
  const [head = '', ...styled] = text.split(ESCAPE)
  return head.length + styled.reduce((sum, part) => sum + part.length - part.indexOf('m') - 1, 0)
}

/** Cuts a line at the last word that fits, escape sequences uncounted. */
export function fitWidth(line: string, width: number): string {
  if (visibleLength(line) <= width) return line
  const words = line.split(' ')
  while (words.length > 1 && visibleLength(words.join(' ')) > width - 2) words.pop()
  return `${words.join(' ').replace(/[.,;:]$/, '')} …`
}

/** Digits that a short hash keeps at each end: 64 bits together, to which nobody finds another one by trying. */
const SHOWN = 8

/** `0x12345678…90abcdef`: short enough to read, long enough that no other one looks the same. The whole ones are in `--json`. */
export function shortHex(hex: string): string {
  return hex.length <= 2 + 2 * SHOWN + 1 ? hex : `${hex.slice(0, 2 + SHOWN)}…${hex.slice(-SHOWN)}`
}

/** Breaks a sentence into lines of at most `width` columns. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  if (line) lines.push(line)
  return lines
}

/** A stranger's text without what a terminal would act on. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
