import { tillOf } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { base64, utf8 } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { demandedPrice } from './demand.ts'

const node = `0x${'ab'.repeat(20)}` as const
const entitled = { chainId: 7_000_000_001, node, prices: [1000n, 900n] }
const honest = {
  scheme: 'exact',
  network: 'eip155:7000000001',
  amount: '1000',
  asset: ADDRESSES.wopg,
  payTo: tillOf(node),
  maxTimeoutSeconds: 300,
  extra: { name: 'Wrapped OPG', version: '1' },
}
const header = (...accepts: unknown[]) => base64(utf8(JSON.stringify({ x402Version: 2, accepts })))
const refused = (field: string, value: string | null) =>
  expect(() => demandedPrice(value, entitled), field).toThrow(
    expect.objectContaining({ code: 'POLICY_SIGNING_REFUSED', details: expect.objectContaining({ field }) }),
  )

test('a demand that the chain agrees with gives the price', () => {
  expect(demandedPrice(header(honest), entitled)).toBe(1000n)
  expect(demandedPrice(header({ ...honest, amount: '900' }), entitled)).toBe(900n)
  expect(demandedPrice(header({ ...honest, asset: `0x${ADDRESSES.wopg.slice(2).toUpperCase()}` }), entitled)).toBe(1000n)
})

test('another token, chain, payee, amount or scheme is refused by name', () => {
  refused('asset', header({ ...honest, asset: `0x${'11'.repeat(20)}` }))
  refused('asset', header({ ...honest, asset: undefined }))
  refused('network', header({ ...honest, network: 'eip155:1' }))
  refused('network', header({ ...honest, network: 'solana:mainnet' }))
  refused('payTo', header({ ...honest, payTo: node }))
  refused('payTo', header({ ...honest, payTo: tillOf(`0x${'cd'.repeat(20)}`) }))
  for (const amount of ['1001', '0', '-1', '1e3', '01000', 1000, undefined]) refused('amount', header({ ...honest, amount }))
  refused('scheme', header({ ...honest, scheme: 'upto' }))
})

test('the good one of several offers is taken, wherever it stands', () => {
  expect(demandedPrice(header({ ...honest, network: 'eip155:1' }, honest), entitled)).toBe(1000n)
})

test('no demand, an empty one and nonsense are refused', () => {
  for (const value of [
    null,
    '',
    '!!',
    base64(utf8('not json')),
    base64(utf8('null')),
    base64(utf8('{"accepts":5}')),
    header(),
    header(null, 5),
    'A'.repeat(70_000),
  ])
    refused('scheme', value)
})

test('the name and version of the token that a node tells are not looked at: they are not what is signed', () => {
  expect(demandedPrice(header({ ...honest, extra: { name: 'Free Money', version: '9' } }), entitled)).toBe(1000n)
})
