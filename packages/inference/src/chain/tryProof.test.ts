import type { ZkProofInput } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { Rpc } from './rpc.ts'
import { tryProofOnChain } from './tryProof.ts'

const GAS_LIMIT = 60_000_000n
const GOOD = `0x${'0'.repeat(63)}1${'0'.repeat(64)}`

/** Tries a proof about zeros, as a node does before it sells anything: `rest` bytes of proof and model, `values` of x. */
function attempt({ rest, values = 2, gas = 1_000_000 }: { rest: number; values?: number; gas?: number }): Promise<void> {
  const call = async (method: string) => (method === 'eth_call' ? GOOD : `0x${gas.toString(16)}`)
  const none = new Uint8Array()
  const input: ZkProofInput = {
    ...{ zkModelId: new Uint8Array(32), manifest: none, ir: none, weights: none, y: none, ctx: new Uint8Array(96) },
    ...{ x: new Uint8Array(values), proof: new Uint8Array(rest).fill(7) },
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
  await attempt({ rest: 512 * 1024 - 5_000 })
})

test('its gas is that of an input without zeros: whoever challenges has chosen the input', async () => {
  await attempt({ rest: 1_000, gas: 41_000_000 })
  await refused(attempt({ rest: 1_000, values: 200_000, gas: 41_000_000 }), /takes up to 43400000 gas/)
  await refused(attempt({ rest: 1_000, gas: 42_000_001 }), /gas/)
})
