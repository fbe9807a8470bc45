import { createBlockHeader } from '@ethereumjs/block'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { decodeTransaction } from '../executor/decode.ts'
import { CHAIN_ID, common, signer } from '../pool/host.testkit.ts'
import { blockBytes, lazyBlock, wholeBlock } from './chainBlock.ts'

const crypto = await loadCrypto()
const fees = { gas: 100_000n, chainId: Number(CHAIN_ID) }

describe('a block whose transactions are made when somebody asks', () => {
  it('has the hashes, the size and the bytes of the whole one', async () => {
    const request = fc.record({
      type: fc.constantFrom('legacy' as const, 'eip2930' as const, 'eip1559' as const),
      nonce: fc.nat({ max: 300 }),
      data: fc.uint8Array({ maxLength: 300 }).map(bytesToHex),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 6 }), async (requests) => {
        const raws = await Promise.all(
          requests.map(({ type, ...more }) =>
            type === 'eip1559'
              ? signer(0).sign({ type, ...fees, ...more, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n })
              : signer(0).sign({ type, ...fees, ...more, gasPrice: 9n }),
          ),
        )
        const transactions = raws.map((raw) => decodeTransaction(hexToBytes(raw), common, crypto))
        const header = createBlockHeader({ number: 5n, gasLimit: 30_000_000n, baseFeePerGas: 7n }, { common })
        const lazy = lazyBlock(header, bytesToHex(header.hash()), transactions, common)
        const whole = wholeBlock(lazy.block)
        expect({ hashes: lazy.hashes, size: lazy.size }).toEqual({ hashes: whole.hashes, size: whole.size })
        expect(lazy.hash).toBe(whole.hash)
        expect(blockBytes(lazy)).toEqual(lazy.block.serialize())
        expect(lazy.block.transactions.map((transaction) => bytesToHex(transaction.serialize()))).toEqual(raws)
        expect(lazy.block.transactions).toBe(lazy.block.transactions)
      }),
      { numRuns: 40 },
    )
  })
})
