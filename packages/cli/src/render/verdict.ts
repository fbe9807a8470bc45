import type { Check, Verdict } from '@opengradient/protocol'
import { type Style, shortHex, wrapText } from './style.ts'

const HASHES = /0x[0-9a-f]{16,}/g

/** Shortens every hash and address in a sentence. */
export const shorten = (sentence: string): string => sentence.replace(HASHES, shortHex)

/** One line per check: status as a word, id, sentence (wrapped under itself). */
function checkLines(checks: readonly Check[], style: Style, width = 100): string[] {
  const indent = 4 + 2 + 20 + 1
  return checks.flatMap((check) => {
    const [first = '', ...rest] = wrapText(shorten(check.says), width - indent)
    const code = check.status === 'fail' && check.code ? ` ${style.bold(check.code)}` : ''
    return [
      `${statusWord(check, style)}  ${check.id.padEnd(20)} ${first}${rest.length === 0 ? code : ''}`,
      ...rest.map((line, i) => ' '.repeat(indent) + line + (i === rest.length - 1 ? code : '')),
    ]
  })
}

/** Four columns: `pass`, `FAIL`, ` —  `. */
function statusWord(check: Check, style: Style): string {
  return check.status === 'pass' ? style.green('pass') : check.status === 'fail' ? style.red('FAIL') : style.dim('none')
}

/** The whole verdict for a person: the result, every check, what it proves, assumes and leaves unproven. */
export function verdictLines(verdict: Verdict, style: Style, width = 100): string[] {
  const cause = commonCause(verdict.checks)
  if (cause) return [style.red(style.bold('REFUSED: no check could be made')), `${cause.says} ${style.bold(cause.code ?? '')}`]
  const head = verdict.ok ? acceptedHead(verdict, style) : refusedHead(verdict, style)
  return [
    head,
    ...checkLines(verdict.checks, style, width),
    ...prose('proves', verdict.proves, style, width),
    ...prose('assumes', verdict.assumes, style, width),
    ...prose('unproven', verdict.unproven, style, width),
  ]
}

/** The one reason why every check failed: the file could not be read. Saying it once is enough. */
function commonCause([first, ...others]: readonly Check[]): Check | undefined {
  const same = others.length > 0 && others.every(({ status, says }) => status === 'fail' && says === first?.says)
  return same && first?.status === 'fail' ? first : undefined
}

/** A word in the margin and its sentences beside it. */
export function prose(word: string, sentences: readonly string[], style: Style, width: number): string[] {
  return sentences.flatMap((sentence, i) => {
    const lines = wrapText(shorten(sentence), width - 10)
    return lines.map((line, j) => (i === 0 && j === 0 ? style.bold(word.padEnd(10)) : ' '.repeat(10)) + line)
  })
}

/** An accepted bundle that reaches no level is consistent with itself and no more; the words must not promise more. */
function acceptedHead({ level }: Verdict, style: Style): string {
  if (level === 'none')
    return style.yellow(style.bold('CONSISTENT, level none: hashes and signature match; whose signature it is was not shown'))
  if (level === 'development') return style.yellow(style.bold('VERIFIED at level development: no hardware protection'))
  return style.green(style.bold(`VERIFIED at level ${level}${level === 'zk' ? ' (succinct, not zero-knowledge)' : ''}`))
}

function refusedHead({ checks }: Verdict, style: Style): string {
  const failed = checks.filter((check) => check.status === 'fail').map((check) => check.id)
  return style.red(style.bold(`REFUSED: ${failed.join(', ') || 'nothing could be checked'}`))
}
