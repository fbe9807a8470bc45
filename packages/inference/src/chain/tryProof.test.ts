import type { ZkProofInput } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { Rpc } from './rpc.ts'
import { tryProofOnChain } from './tryProof.ts'

const GAS_LIMIT = 60_000_000n
const GOOD = `0x${'0'.repeat(63)}1${'0'.repeat(64)}`

/** Tries a proof about zeros, as a node does before it sells anything: `rest` bytes of proof and model, `values` of x. */
function attempt({
  rest,
  values = 2,
  gas = 1_000_000,
  committed = false,
}: {
  rest: number
  values?: number
  gas?: number
  committed?: boolean
}): Promise<void> {
  const call = async (method: string) => (method === 'eth_call' ? GOOD : `0x${gas.toString(16)}`)
  const none = new Uint8Array()
  const input: ZkProofInput = {
    ...{ zkModelId: new Uint8Array(32), manifest: none, ir: none, weights: none, y: none, ctx: new Uint8Array(96) },
    ...{ x: new Uint8Array(values), proof: new Uint8Array(rest).fill(7).fill(committed ? 1 : 0, 7, 8) },
  }
  const refreshHead = async () => ({ number: 1n, timestamp: 1, baseFee: 7n, gasLimit: GAS_LIMIT })
  return tryProofOnChain({ call } as unknown as Rpc, { refreshHead }, input)
}

const refused = (attempted: Promise<void>, why: RegExp) =>
  expect(attempted).rejects.toMatchObject({ code: 'ZK_LIMIT', message: expect.stringMatching(why) })

test('a proof that fits is taken', async () => {
  await attempt({ rest: 400_000 })
})

test('a proof that just fits is not: the next one has other columns open, and may be longer', async () => {
  await refused(attempt({ rest: 512 * 1024 - 2_000 }), /may have/)
  await refused(attempt({ rest: 512 * 1024 - 3_000 }), /may have/)
  await refused(attempt({ rest: 512 * 1024 - 10_000 }), /may have/)
  await attempt({ rest: 512 * 1024 - 11_000 })
})

test('one with committed weights opens two matrices, and may be longer by twice as much', async () => {
  await refused(attempt({ rest: 512 * 1024 - 19_000, committed: true }), /may have/)
  await attempt({ rest: 512 * 1024 - 20_000, committed: true })
})

/** Hashes beside the ways of some of 2^l columns to the root. */
function siblings(columns: Iterable<number>, l: number): number {
  let marked = new Set(columns)
  let count = 0
  for (let level = 0; level < l; level++) {
    for (const at of marked) if (!marked.has(at ^ 1)) count++
    marked = new Set([...marked].map((at) => at >> 1))
  }
  return count
}

test('proofs of one model differ by a fraction of that, whichever columns they open', async () => {
  // Of all sizes the ones whose lengths deviate most: 130 of 2^13 columns.
  const [queries, l] = [130, 13]
  let state = 1
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> (32 - l)
  }
  const lengths = Array.from({ length: 500 }, () => {
    const columns = new Set<number>()
    while (columns.size < queries) columns.add(draw())
    return 32 * siblings(columns, l)
  })
  const mean = lengths.reduce((sum, length) => sum + length) / lengths.length
  const deviation = Math.sqrt(lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / lengths.length)
  const apart = Math.ceil(18 * deviation)
  expect(apart).toBeGreaterThan(6_000)
  await refused(attempt({ rest: 512 * 1024 - 1_024 - 448 - apart }), /may have/)
  await refused(attempt({ rest: 512 * 1024 - 1_024 - 448 - 2 * apart, committed: true }), /may have/)
})

test('its gas is that of an input without zeros: whoever challenges has chosen the input', async () => {
  await attempt({ rest: 1_000, gas: 41_000_000 })
  await refused(attempt({ rest: 1_000, values: 200_000, gas: 41_000_000 }), /takes up to 43400000 gas/)
  await refused(attempt({ rest: 1_000, gas: 42_000_001 }), /gas/)
})
