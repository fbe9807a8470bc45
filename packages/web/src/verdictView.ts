import { type Check, type CheckStatus, isError, type Level, presets } from '@opengradient/protocol'
import { utc } from '@opengradient/verifier'
import { type Child, h } from './dom.ts'
import { sentence } from './hash.ts'
import type { Judgement } from './judge.ts'

const GLYPHS: Record<CheckStatus, string> = { pass: '✓', fail: '✗', absent: '–' }

/** How an answer stands, in one word. Without a level nobody is known to stand behind it, so it is not called verified. */
const WORDS = {
  verified: { word: 'Verified', status: 'pass' },
  consistent: { word: 'Consistent', status: 'absent' },
  development: { word: 'Development only', status: 'absent' },
  refused: { word: 'Refused', status: 'fail' },
} as const

/** What is written of a level; that a proof hides nothing is said wherever it is shown. */
const LEVELS: Record<Level, string> = {
  none: 'no level reached',
  development: 'level development: no hardware protection',
  signature: 'level signature',
  tee: 'level tee',
  zk: 'level zk: succinct, not zero-knowledge',
}

/** The verdict in a word, and the reason for it. */
export function wordView({ verdict, preset, now, milliseconds }: Judgement): HTMLElement {
  const { ok, level, checks, proves } = verdict
  const { word, status } = WORDS[ok ? standing(level) : 'refused']
  const count = (wanted: CheckStatus): string =>
    `${checks.filter((check) => check.status === wanted).length} ${{ pass: 'passed', fail: 'failed', absent: 'absent' }[wanted]}`
  return h(
    'section',
    { class: `verdict ${status}` },
    h('h2', { id: 'word', tabindex: '-1' }, h('span', { 'aria-hidden': 'true' }, GLYPHS[status]), ` ${word}`),
    h('p', { class: 'level' }, LEVELS[level]),
    h('p', { class: 'reason' }, sentence(ok ? (proves[0] ?? '') : reason(checks))),
    h(
      'p',
      { class: 'small' },
      `${count('pass')}, ${count('fail')}, ${count('absent')} · policy ${preset} · judged at ${utc(BigInt(now))} in ${milliseconds.toFixed(1)} ms`,
    ),
  )
}

/** What stands in place of a verdict that cannot be shown. */
export const faultView = (error: unknown): HTMLElement =>
  h(
    'section',
    { class: 'verdict fail' },
    h('h2', { id: 'word', tabindex: '-1' }, h('span', { 'aria-hidden': 'true' }, GLYPHS.fail), ' Not judged'),
    h('p', { class: 'reason' }, `The page met a fault of its own, so nothing is verified: ${isError(error) ? error.message : error}`),
  )

/** How an answer stands that was not refused. What no hardware stands behind is not called verified. */
const standing = (level: Level): keyof typeof WORDS => (level === 'none' ? 'consistent' : level === 'development' ? level : 'verified')

/** The checks one by one, and what follows: what is proven, assumed and left unproven. */
export function checksView({ verdict, preset }: Judgement): Child[] {
  const { checks, proves, assumes, unproven } = verdict
  const required = (check: Check): boolean => presets[preset].require.includes(check.id)
  const rows = checks.map((check) => row(check, required(check)))
  return [
    h('section', { 'aria-labelledby': 'checks' }, h('h3', { id: 'checks' }, 'Checks'), h('ol', { class: 'checks' }, rows)),
    h(
      'div',
      { class: 'claims' },
      list('Proves', proves, 'Nothing: a check failed.'),
      list('Assumes', assumes, 'Nothing is relied on.'),
      list('Leaves unproven', unproven, ''),
    ),
  ]
}

/** The first thing that is wrong; an absence only if nothing is refuted. Where all checks fail, none of them is to blame. */
function reason(checks: readonly Check[]): string {
  const failed = checks.filter(({ status }) => status === 'fail')
  const first = failed.find(({ code }) => code !== 'ABSENT') ?? failed[0]
  if (first === undefined) return ''
  return failed.length === checks.length ? first.says : `${first.id}: ${first.says}`
}

function row({ id, status, code, says }: Check, required: boolean): HTMLElement {
  return h(
    'li',
    { class: status },
    h('span', { class: 'status' }, h('span', { 'aria-hidden': 'true' }, GLYPHS[status]), ` ${status}`),
    h('span', { class: 'id' }, id, required ? h('span', { class: 'required', title: 'required by the policy' }, ' required') : undefined),
    h('span', { class: 'says' }, sentence(says), code === undefined ? undefined : h('code', {}, ` ${code}`)),
  )
}

function list(title: string, sentences: readonly string[], empty: string): HTMLElement {
  const items = sentences.map((text) => h('li', {}, sentence(text)))
  return h('section', {}, h('h3', {}, title), items.length === 0 ? h('p', { class: 'dim' }, empty) : h('ul', {}, items))
}
