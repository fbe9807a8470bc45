import { randomBytes } from 'node:crypto'
import { type AttestationEvidence, parseKeyset } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { type IssuerOptions, issueKeyset } from './issue.ts'
import { MODEL_A, START } from './tee.testkit.ts'

const kept: AttestationEvidence[] = []
const options = (time: { readonly chain: number; readonly node: number }): IssuerOptions => ({
  attester: {
    platform: 'nitro',
    trust: 'development',
    attest: async () => ({ evidence: Uint8Array.of(1), endorsements: {} }),
    close() {},
  },
  domain: { chainId: 5n, settlement: `0x${'11'.repeat(20)}` },
  node: `0x${'22'.repeat(20)}`,
  runtimeDigest: `0x${'33'.repeat(32)}`,
  random: randomBytes,
  now: () => time.node,
  recent: async () => ({ parent: { number: 6n, hash: `0x${'44'.repeat(32)}` }, timestamp: time.chain }),
  keep: async (_, evidence) => void kept.push(evidence),
})

test.each([
  ['behind the chain', -60, START - 60],
  ['ahead of the chain', 60, START],
])('a keyset of a node whose clock is %s begins when both say so, and ends a day later', async (_, ahead, begin) => {
  const { keyset, notAfter, nonceBlock } = await issueKeyset(options({ chain: START, node: START + ahead }), [MODEL_A])
  const read = parseKeyset(keyset)
  expect([read.notBefore, read.notAfter, notAfter, nonceBlock]).toEqual([BigInt(begin), BigInt(begin + 86_400), begin + 86_400, 6n])
  expect(kept.at(-1)!.keyset).toEqual(keyset)
})
