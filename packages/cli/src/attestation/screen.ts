import { type Claims, MAIN_MEASUREMENT } from '@opengradient/attestation'
import { bytesToHex } from '@opengradient/protocol'
import { printable, type Style, table, wrapText } from '../render/style.ts'
import { prose } from '../render/verdict.ts'
import type { JudgedCheck, Judgement } from './judge.ts'
import { DEVELOPMENT, evidenceWords, PLATFORM_NAMES } from './words.ts'

/** A time that no calendar holds, which evidence can state, stays a number. */
const utc = (seconds: number | bigint): string =>
  seconds > 253_402_300_799 ? `second ${seconds}` : `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`

/** The measurements in their order, the main one first. */
function measurements({ platform, measurements }: Claims): [string, string][] {
  const main = MAIN_MEASUREMENT[platform]
  return Object.entries(measurements).sort(([a], [b]) => Number(b === main) - Number(a === main))
}

const text = (bytes: Uint8Array): string => (bytes.length === 0 ? 'empty' : bytesToHex(bytes))

/** The keyset of an envelope, as rows. */
function keysetRows({ keyset, gpus = [] }: Judgement): [string, string][] {
  if (keyset === undefined) return []
  return [
    ['keyset', keyset.digest],
    ['of', `node ${keyset.node}, chain ${keyset.chainId}, ${keyset.modelIds.length} models`],
    ['valid', `${utc(keyset.notBefore)} to ${utc(keyset.notAfter)}`],
    ['signs with', keyset.sign],
    ['sealed to', keyset.hpke],
    ...(gpus.length > 0 ? [['GPUs', `${gpus.length}`] as [string, string]] : []),
  ]
}

/** What verified evidence says, as rows. */
function claimRows(claims: Claims): [string, string][] {
  const { platform, trust, family, tcb, revocation, debug, migratable, issuedAt, nonce, facts } = claims
  const svn = Object.entries(tcb.svn).map(([part, version]) => `${part} ${version}`)
  const level = [tcb.status, ...(tcb.evaluation === undefined ? [] : [`evaluation ${tcb.evaluation}`]), ...svn, ...tcb.advisories]
  return [
    ['platform', [PLATFORM_NAMES[platform].name, ...(family ? [family] : [])].join(', ')],
    ['trust', trust === 'development' ? DEVELOPMENT : `hardware of ${PLATFORM_NAMES[platform].vendor}`],
    ...measurements(claims).map(([name, value]): [string, string] => [name, value]),
    ['TCB', level.join(', ')],
    ['settings', `debug ${debug ? 'on' : 'off'}, migration ${migratable ? 'allowed' : 'refused'}`],
    ['revocation', { checked: 'checked', unchecked: 'no lists given', unpublished: 'the vendor publishes no lists' }[revocation]],
    ['report data', text(claims.reportData)],
    ...(nonce === undefined ? [] : [['nonce', text(nonce)] as [string, string]]),
    ['machine', claims.platformId],
    ...Object.entries(facts).map(([name, fact]): [string, string] => [name, printable(fact)]),
    ['made at', issuedAt === undefined ? 'not stated' : utc(issuedAt)],
    ['judged at', `${utc(claims.verifiedAt)}, the same until ${utc(claims.validUntil)}`],
  ]
}

function checkRow({ id, status, code, says }: JudgedCheck, style: Style): string[] {
  const word = { pass: style.green('pass'), fail: style.red('FAIL'), absent: style.dim('none') }[status]
  return [word, id, status === 'fail' ? printable(`${code}: ${says}`) : status === 'absent' ? style.dim('the policy asks nothing') : '']
}

/** A judgement for people. */
export function judgementLines(judgement: Judgement, has: { listed: boolean; bound: boolean }, style: Style, width = 100): string[] {
  const { ok, level, code, message, remedy, claims, gpus = [], checks } = judgement
  const head = ok
    ? level === 'development'
      ? style.yellow(style.bold(`ACCEPTED as ${DEVELOPMENT}`))
      : style.green(style.bold(`ACCEPTED: genuine ${PLATFORM_NAMES[claims!.platform].name} evidence that meets the policy`))
    : style.red(style.bold(`REFUSED: ${code}`))
  const why = ok ? [] : [...wrapText(printable(message ?? ''), width), ...wrapText(remedy ?? '', width)]
  const shown = table([...(claims ? claimRows(claims) : []), ...keysetRows(judgement)].flatMap(folded))
  const judged = table(checks.map((check) => checkRow(check, style)))
  const words = ok && claims ? evidenceWords([claims, ...gpus], has) : undefined
  const sentences = words ? (['proves', 'assumes', 'unproven'] as const).flatMap((key) => prose(key, words[key], style, width)) : []
  return [head, ...why, ...shown, ...judged.map((line) => line.trimEnd()), ...sentences]
}

/** A long value under itself, so that it can be copied and compared in pieces. */
function folded([name, value]: [string, string]): string[][] {
  const parts = value.match(/.{1,80}/g) ?? ['']
  return parts.map((part, i) => [i === 0 ? name : '', part])
}
