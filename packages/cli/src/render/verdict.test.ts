import { type Check, presets } from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { expect, test } from 'vitest'
import { styleOf } from './style.ts'
import { verdictLines } from './verdict.ts'

test('what cannot be read is refused in two lines, with the reason and its code', async () => {
  const trust = { chainId: 7, genesisHash: `0x${'11'.repeat(32)}` as const, anchors: [] }
  const verdict = await verify(Buffer.from('root:x:0:0'), presets.settled, trust, 1_800_000_000)
  expect(verdictLines(verdict, styleOf(false))).toEqual([
    'REFUSED: no check could be made',
    'The bundle cannot be read. Byte 0: Expected a value. JSON_SYNTAX',
  ])
})

test('hashes keep so many digits that nobody finds another one that looks the same', () => {
  const hex = `0x${'0123456789abcdef'.repeat(4)}`
  const says = `Model ${hex} is the hash of this author and this manifest.`
  const checks: Check[] = [{ id: 'model.identity', status: 'pass', says }]
  const text = verdictLines({ ok: true, level: 'none', checks, proves: [says], assumes: [], unproven: [] }, styleOf(false)).join('\n')
  expect(text.match(/0x01234567…89abcdef/g)).toHaveLength(2)
})
