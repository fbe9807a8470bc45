import { OgError } from '../error/error.ts'

/** One OPG in wei. */
export const OPG = 10n ** 18n

/**
 * An amount of OPG as wei (18 decimals). A text, because 0.1 has no exact number.
 *
 * @example opg('0.01') // 10000000000000000n
 * @throws OgError `NUMBER_MALFORMED`
 */
export function opg(amount: string): bigint {
  const match = typeof amount === 'string' ? /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(amount) : undefined
  if (!match)
    throw new OgError(
      'NUMBER_MALFORMED',
      `${typeof amount === 'string' ? JSON.stringify(amount.slice(0, 60)) : `a ${typeof amount}`} is no amount of OPG; write it like 12 or 0.01, with at most 18 decimals`,
    )
  return BigInt(match[1] as string) * OPG + BigInt((match[2] ?? '').padEnd(18, '0'))
}

/** Wei as OPG, every digit, no unit: `10000000000000000n` is `0.01`. `thousands` stands between groups of three digits of whole OPG. @throws OgError `NUMBER_MALFORMED` */
export function formatOpg(wei: bigint, { thousands = '' }: { thousands?: string } = {}): string {
  if (typeof wei !== 'bigint')
    throw new OgError('NUMBER_MALFORMED', `an amount of OPG wei is a bigint, such as opg('0.01'); this is a ${typeof wei}`)
  const [sign, size] = wei < 0n ? ['-', -wei] : ['', wei]
  const whole = `${size / OPG}`.replace(/\B(?=(\d{3})+$)/g, thousands)
  const decimals = `${size % OPG}`.padStart(18, '0').replace(/0+$/, '')
  return `${sign}${whole}${decimals && `.${decimals}`}`
}
