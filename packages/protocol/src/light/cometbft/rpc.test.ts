import { describe, expect, it } from 'vitest'
import { refusal } from '../../testkit/expect.testkit.ts'
import { captured } from './captured.testkit.ts'
import { lightBlockFromRpc, readRpcValidators } from './rpc.ts'

const real = captured('four-validators').get(13)!

/** The real answers with the value at `path` of one of them replaced. */
function changed(path: (string | number)[], value: unknown): () => unknown {
  const answers = structuredClone(real) as unknown as Record<string | number, unknown>
  let at = answers
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
  at[path.at(-1)!] = value
  return () => lightBlockFromRpc(answers.commit, [answers.validators])
}

const header = ['commit', 'signed_header', 'header']
const commit = ['commit', 'signed_header', 'commit']
const first = [...commit, 'signatures', 0]
const absent = [...commit, 'signatures', 2]

describe('what CometBFT’s RPC answers', () => {
  it('is read to the nanosecond, with who was absent', () => {
    const { header, commit, validators } = lightBlockFromRpc(real.commit, [real.validators])
    const text = (real.commit as unknown as { signed_header: { header: { time: string } } }).signed_header.header.time
    expect(header.time.slice(0, -9)).toBe(`${Date.parse(text) / 1000}`.split('.')[0])
    expect(Number(header.time.slice(-9))).toBe(Number(text.split('.')[1]!.slice(0, -1).padEnd(9, '0')))
    expect(commit.signatures[2]).toEqual({ flag: 'absent' })
    expect(validators.map(({ type, power }) => [type, power])).toEqual([
      ['secp256k1', '40'],
      ['ed25519', '30'],
      ['ed25519', '10'],
    ])
  })

  it('is read page by page, whatever the size of a page', () => {
    const { validators } = real.validators
    const page = (from: number, to: number) => ({ ...real.validators, validators: validators.slice(from, to) })
    expect(lightBlockFromRpc(real.commit, [page(0, 2), page(2, 3)])).toEqual(lightBlockFromRpc(real.commit, [real.validators]))
    refusal(() => lightBlockFromRpc(real.commit, [page(0, 2)]), 'LIGHT_BLOCK_MALFORMED')
    refusal(() => lightBlockFromRpc(real.commit, [page(0, 2), page(1, 3)]), 'LIGHT_BLOCK_MALFORMED')
    refusal(() => lightBlockFromRpc(real.commit, []), 'LIGHT_BLOCK_MALFORMED')
    expect(readRpcValidators(page(0, 2))).toMatchObject({ height: 13, total: 3 })
  })

  it.each<[string, (string | number)[], unknown]>([
    ['no commit', ['commit'], null],
    ['no header', header, undefined],
    ['hash digits in lower case', [...header, 'app_hash'], 'ab'],
    ['half a byte', [...header, 'app_hash'], 'ABC'],
    ['hex with a prefix', [...header, 'app_hash'], '0xAB'],
    ['a hash of 65 bytes', [...header, 'app_hash'], 'AB'.repeat(65)],
    ['a short hash', [...header, 'data_hash'], 'AB'],
    ['a height as number', [...header, 'height'], 13],
    ['a negative height', [...header, 'height'], '-13'],
    ['a height beyond 2^53', [...header, 'height'], '9999999999999999'],
    ['a protocol of the future', [...header, 'version', 'block'], '12'],
    ['a time zone', [...header, 'time'], '2026-11-21T08:08:50+01:00'],
    ['ten digits of a second', [...header, 'time'], '2026-11-21T08:08:50.1234567890Z'],
    ['a month that is none', [...header, 'time'], '2026-13-21T08:08:50Z'],
    ['a time before 1970', [...header, 'time'], '1969-12-31T23:59:59Z'],
    ['a time that 64 bits do not hold', [...header, 'time'], '2263-01-01T00:00:00Z'],
    ['an unknown flag', [...first, 'block_id_flag'], 4],
    ['a vote without a signature', [...first, 'signature'], null],
    ['a signature of 65 bytes', [...first, 'signature'], Buffer.alloc(65).toString('base64')],
    ['base64 without padding', [...first, 'signature'], 'AAA'],
    ['a signature of someone absent', [...absent, 'signature'], Buffer.alloc(64).toString('base64')],
    ['an address of someone absent', [...absent, 'validator_address'], 'AB'.repeat(20)],
    ['a time of someone absent', [...absent, 'timestamp'], '2026-11-21T08:08:50Z'],
    ['257 signatures', [...commit, 'signatures'], new Array(257).fill({ block_id_flag: 1 })],
    ['validators of another height', ['validators', 'block_height'], '14'],
    ['a key of an unknown kind', ['validators', 'validators', 0, 'pub_key', 'type'], 'tendermint/PubKeyBls12381'],
    ['a key cut', ['validators', 'validators', 1, 'pub_key', 'value'], Buffer.alloc(31).toString('base64')],
    ['a negative power', ['validators', 'validators', 0, 'voting_power'], '-1'],
  ])('is refused with %s', (_, path, value) => {
    refusal(changed(path, value), 'LIGHT_BLOCK_MALFORMED')
  })
})
