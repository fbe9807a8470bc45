import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { rebuildRoot } from '../src/state/verify.ts'
import { GENESIS_TIME, OPG, signer, testGenesis } from './chain.testkit.ts'
import { crypto, dump, livelyBlocks, offerOf, recordsOf, restore, testNode } from './snapshot.testkit.ts'

const genesis = await testGenesis()
const BLOCKS = 300
const node = await testNode(genesis)
for (const transactions of await livelyBlocks(BLOCKS)) await node.block(...transactions)

describe('a node that began with a snapshot', () => {
  it('has the same state, flat and in tries, and goes on with the same blocks', async () => {
    const { head } = node.core.ledger
    const offered = offerOf(node, await recordsOf(node), 20_000)
    expect(offered.chunks.length).toBeGreaterThan(5)
    const { answer, restored, store, logged } = await restore(offered, genesis, hexToBytes(head.hash))
    expect(logged).toEqual([])
    expect(answer).toBe('accept')
    expect(restored).toBe(true)
    expect(await dump(store, 'as')).toEqual(await dump(node.store, 'as'))
    expect(await rebuildRoot(store, crypto.keccak)).toEqual(head.block.header.stateRoot)
    expect(await dump(store, '~')).toEqual(new Map())

    const follower = await testNode(genesis, store)
    expect(follower.core.application.info()).toEqual(node.core.application.info())
    expect(offerOf(follower, await recordsOf(follower), 20_000).snapshot).toEqual(offered.snapshot)
    // Proofs come from the tries, code from its hash.
    const state = follower.core.state(head.height)
    const proof = await node.core.state(head.height).proof(signer(0).address, [])
    expect(await state.proof(signer(0).address, [])).toEqual(proof)
    for (let nonce = BLOCKS; nonce < BLOCKS + 5; nonce++) {
      const raw = await signer(0).sign({ nonce, to: signer(2).address, value: OPG })
      // The hash of a block from before the snapshot: BLOCKHASH of 200 blocks ago, kept in a slot.
      const asks = await signer(3).sign({ nonce: nonce - BLOCKS, data: '0x60c84303405f5500', gas: 200_000n })
      expect(await follower.block(raw, asks)).toBe(await node.block(raw, asks))
    }
    const next = node.core.ledger.head
    expect(next.height).toBe(head.height + 5n)
    expect(follower.core.ledger.historyPath(head.height + 2n, next.height)).toEqual(
      node.core.ledger.historyPath(head.height + 2n, next.height),
    )
    expect(next.block.header.timestamp).toBe(GENESIS_TIME + next.height)
    expect(bytesToHex(follower.core.ledger.blockHash(next.height - 255n)!)).toBe(
      bytesToHex(node.core.ledger.blockHash(next.height - 255n)!),
    )
  })

  it('that was at block 0 goes on without a restart, and knows nothing of the blocks before but their hashes', async () => {
    const { head } = node.core.ledger
    const joiner = await testNode(genesis)
    const offered = offerOf(node, await recordsOf(node))
    expect((await restore(offered, genesis, hexToBytes(head.hash), joiner.store)).answer).toBe('accept')
    joiner.core.reopen()
    const { ledger } = joiner.core
    expect(ledger.head.hash).toBe(head.hash)
    expect(ledger.block(head.height)?.hash).toBe(head.hash)
    for (const height of [0n, 1n, head.height - 1n]) {
      expect([ledger.block(height), ledger.header(height), ledger.receipts(height), ledger.logsBloom(height)]).toEqual(
        Array(4).fill(undefined),
      )
      expect(ledger.historyPath(height, head.height)).toBeUndefined()
    }
    for (let height = head.height - 255n; height <= head.height; height++)
      expect(ledger.blockHash(height)).toEqual(node.core.ledger.blockHash(height))
    expect(await joiner.block()).toBe(await node.block())
  })
})
