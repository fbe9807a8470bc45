import { type Block, createBlockFromRLP, genTransactionsTrieRoot } from '@ethereumjs/block'
import { createMPT, MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP } from '@ethereumjs/tx'
import { ADDRESSES, SYSTEM_CALLER } from '@opengradient/contracts/addresses'
import { SUPPLY } from '@opengradient/contracts/artifacts'
import {
  type Address,
  accountAt,
  bytesToHex,
  concatBytes,
  type Hex,
  hexToBytes,
  historyLeaf,
  parseHeader,
  peakFromPath,
  verifyCommit,
} from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Chain } from '../src/chain.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import { bloomOf } from '../src/executor/receipt.ts'
import { readFields } from '../src/executor/transaction/fields.ts'
import { CHAIN_ID, include, OPG, signer, testChain, validator } from './chain.testkit.ts'

const { keccak } = await loadCrypto()
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`

/** All wei in the accounts that these tests can have touched. */
async function wei(chain: Chain, more: Iterable<Address> = []): Promise<bigint> {
  const state = chain.state(chain.head().height)
  const all = new Set<Address>([...Object.values(ADDRESSES), SYSTEM_CALLER, ...more])
  for (let i = 0; i < 10; i++) all.add(signer(i).address)
  let sum = 0n
  for (const address of all) sum += (await state.account(address))?.balance ?? 0n
  return sum
}

/** Code that creates a contract of `body`: init code that copies what follows it. */
const deploying = (body: Uint8Array) => concatBytes(hexToBytes(`0x60${body.length.toString(16).padStart(2, '0')}80600b6000396000f3`), body)

describe('a block', () => {
  it('is an Ethereum block: its roots, bloom and hash are what other software computes', async () => {
    const chain = await testChain()
    const deposit = { to: ADDRESSES.wopg as Address, value: OPG, data: '0xd0e30db0' as Hex, gas: 100_000n }
    const raws = [
      await signer(0).sign({ ...deposit, nonce: 0 }),
      await signer(1).sign({ ...deposit, nonce: 0 }),
      await signer(0).sign({ ...deposit, nonce: 1 }),
    ]
    await include(chain, ...raws)
    const { block, hash, height } = chain.head()
    const header = parseHeader(bytesToHex(block.header.serialize()))
    expect(header.hash).toBe(hash)
    expect(bytesToHex(block.header.hash())).toBe(hash)
    expect(bytesToHex(block.header.transactionsTrie)).toBe(
      bytesToHex(await genTransactionsTrieRoot(block.transactions, new MerklePatriciaTrie())),
    )
    const trie = await createMPT()
    const blooms = new Uint8Array(256)
    for (const [i, receipt] of chain.receipts(height)!.entries()) {
      const logs = receipt.logs.map(({ address, topics, data }) => [
        hexToBytes(address),
        topics.map((t) => hexToBytes(t)),
        hexToBytes(data),
      ])
      const body = RLP.encode([Uint8Array.of(1), receipt.cumulativeGasUsed, hexToBytes(receipt.logsBloom), logs])
      await trie.put(RLP.encode(i), concatBytes(Uint8Array.of(2), body))
      for (const [at, byte] of hexToBytes(receipt.logsBloom).entries()) blooms[at]! |= byte
    }
    expect(bytesToHex(block.header.receiptTrie)).toBe(bytesToHex(trie.root()))
    expect(block.header.logsBloom).toEqual(blooms)
    expect(chain.logsBloom(height)).toEqual(blooms)
    expect(blooms).not.toEqual(bloomOf([], keccak))
    const again: Block = createBlockFromRLP(block.serialize(), { common: chain.common })
    const { hashes, size } = chain.head()
    expect(size).toBe(block.serialize().length)
    expect(hashes).toEqual(again.transactions.map((transaction) => bytesToHex(transaction.hash())))
    expect(bytesToHex(again.hash())).toBe(hash)
    await again.validateData()
    await chain.close()
  })

  it('has nothing where prague leaves nothing to say', async () => {
    const chain = await testChain()
    const { header } = (await chain.mine!()).block
    expect(bytesToHex(header.withdrawalsRoot!)).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
    expect(bytesToHex(header.requestsHash!)).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect([header.blobGasUsed, header.excessBlobGas, header.difficulty]).toEqual([0n, 0n, 0n])
    await chain.close()
  })

  it('comes strictly after its parent even when the clock stands still', async () => {
    const chain = await testChain()
    const times = [chain.head().block.header.timestamp]
    for (let i = 0; i < 3; i++) times.push((await chain.mine!()).block.header.timestamp)
    expect(times.map((time) => time - times[0]!)).toEqual([0n, 1n, 2n, 3n])
    await chain.close()
  })

  it('is signed by the validator, and only for this chain', async () => {
    const chain = await testChain()
    const { height, hash } = await chain.mine!()
    const commit = chain.commit(height)!
    expect(commit.validator).toBe(validator.address)
    verifyCommit(Number(CHAIN_ID), { height: Number(height), blockHash: hash }, commit)
    expect(() => verifyCommit(Number(CHAIN_ID) + 1, { height: Number(height), blockHash: hash }, commit)).toThrow(/signed by/)
    expect(chain.commit(0n)).toBeUndefined()
    await chain.close()
  })

  it('can hold a receipt with logs of a hundred thousand bytes', async () => {
    const chain = await testChain()
    // PUSH3 size, PUSH0, LOG0
    const body = hexToBytes('0x620186a05fa000')
    const [deployed] = await include(chain, await signer(0).sign({ nonce: 0, gas: 200_000n, data: bytesToHex(deploying(body)) }))
    const [receipt] = await include(chain, await signer(0).sign({ nonce: 1, gas: 2_000_000n, to: deployed!.contractAddress! }))
    expect(receipt!.logs[0]!.data.length).toBe(2 + 200_000)
    expect(chain.receipts(chain.head().height)![0]!.status).toBe(1)
    await chain.close()
  })
})

describe('the supply', () => {
  it('is 10^27 wei at genesis', async () => {
    const chain = await testChain()
    expect(await wei(chain)).toBe(SUPPLY)
    expect(SUPPLY).toBe(10n ** 27n)
    await chain.close()
  })

  it('stays the same to the wei whatever transactions do, and base fees go to Rewards', async () => {
    const chain = await testChain()
    const touched = new Set<Address>()
    let expectedRewards = 0n
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            from: fc.nat(3),
            to: fc.nat(9),
            value: fc.bigInt(0n, OPG),
            gas: fc.constantFrom(21_000n, 60_000n),
            destroy: fc.boolean(),
          }),
          {
            maxLength: 8,
          },
        ),
        async (sends) => {
          const nonces = new Map<number, number>()
          const raws: Uint8Array[] = []
          for (const { from, to, value, gas, destroy } of sends) {
            const nonce = nonces.get(from) ?? Number((await chain.state(chain.head().height).account(signer(from).address))?.nonce ?? 0n)
            nonces.set(from, nonce + 1)
            // A contract that is made and destroys itself at once, with the money it was given, to itself: Ethereum burns that.
            const burn = { gas: 200_000n, data: '0x30ff' as Hex, value }
            raws.push(await signer(from).sign({ nonce, ...(destroy ? burn : { to: signer(to).address, value, gas }) }))
          }
          const before = (await chain.state(chain.head().height).account(ADDRESSES.rewards))?.balance ?? 0n
          const receipts = await include(chain, ...raws)
          const { header } = chain.head().block
          const burned = receipts.reduce((sum, receipt, i) => sum + (receipt.contractAddress && receipt.status ? sends[i]!.value : 0n), 0n)
          expectedRewards = before + header.gasUsed * header.baseFeePerGas! + burned
          expect((await chain.state(chain.head().height).account(ADDRESSES.rewards))?.balance ?? 0n).toBe(expectedRewards)
          for (const receipt of receipts) if (receipt.contractAddress) touched.add(receipt.contractAddress)
          expect(await wei(chain, touched)).toBe(SUPPLY)
        },
      ),
      { numRuns: 25 },
    )
    expect(expectedRewards).toBeGreaterThan(0n)
    await chain.close()
  })

  it('gives tips to the proposer', async () => {
    const chain = await testChain()
    const before = (await chain.state(0n).account(validator.address))!.balance
    await include(chain, await signer(0).sign({ nonce: 0, to: signer(1).address, maxPriorityFeePerGas: 5n }))
    expect((await chain.state(1n).account(validator.address))!.balance).toBe(before + 21_000n * 5n)
    await chain.close()
  })
})

describe('what the chain does by itself in each block', () => {
  it('appends the parent to History, whose peaks prove every earlier block', async () => {
    const chain = await testChain()
    for (let i = 0; i < 13; i++) await chain.mine!()
    for (let at = 1n; at <= 13n; at++) {
      const state = chain.state(at)
      expect(await state.storage(ADDRESSES.history, word(0n))).toBe(at)
      for (let height = 0n; height < at; height++) {
        const { peak, path } = chain.historyPath(height, at)!
        const top = peakFromPath(historyLeaf(height, chain.blockByNumber(height)!.hash), height, at, [...path])
        expect(top).toBe(word(await state.storage(ADDRESSES.history, word(1n + BigInt(peak)))))
      }
      expect(chain.historyPath(at, at)).toBeUndefined()
    }
    expect(chain.historyPath(1n, 14n)).toBeUndefined()
    await chain.close()
  })

  it('keeps the parent hash for EIP-2935 and the time for EIP-4788', async () => {
    const chain = await testChain()
    await chain.mine!()
    const { height, block } = await chain.mine!()
    const asked = await chain.call({ to: '0x0000f90827f1c53a10cb7a02335b175320002935', data: hexToBytes(word(1n)) }, height)
    expect(bytesToHex(asked.returnData)).toBe(chain.blockByNumber(1n)!.hash)
    const roots = await chain.call(
      { to: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02', data: hexToBytes(word(block.header.timestamp)) },
      height,
    )
    expect(bytesToHex(roots.returnData)).toBe(word(0n))
    await chain.close()
  })

  it('leaves no trace of the system caller', async () => {
    const chain = await testChain()
    await chain.mine!()
    expect(await chain.state(1n).account(SYSTEM_CALLER)).toBeUndefined()
    await chain.close()
  })

  it('lets code see earlier block hashes', async () => {
    const chain = await testChain()
    await chain.mine!()
    const { height } = await chain.mine!()
    // BLOCKHASH(1) → return
    const code = hexToBytes('0x6001405f5260205ff3')
    const to: Address = '0x00000000000000000000000000000000000000cc'
    const result = await chain.call({ to }, height, { overrides: new Map([[to, { code }]]) })
    expect(bytesToHex(result.returnData)).toBe(chain.blockByNumber(1n)!.hash)
    await chain.close()
  })
})

describe('a long block', () => {
  it('lets the rest of the process run while it is executed', async () => {
    const chain = await testChain()
    // Loops until its gas is nearly gone: 4 million gas each.
    const loop = deploying(hexToBytes('0x5b61c3505a11 5f57 00'.replaceAll(' ', '') as Hex))
    const [deployed] = await include(chain, await signer(0).sign({ nonce: 0, gas: 200_000n, data: bytesToHex(loop) }))
    for (let nonce = 1; nonce <= 3; nonce++) {
      await chain.submit(await signer(0).sign({ nonce, gas: 4_000_000n, to: deployed!.contractAddress! }))
    }
    let turns = 0
    const count = () => {
      turns++
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    const { block } = await chain.mine!()
    clearImmediate(timer)
    expect(block.header.gasUsed).toBeGreaterThan(10_000_000n)
    expect(turns).toBeGreaterThanOrEqual(3)
    await chain.close()
  })
})

describe('transactions that cannot be in a block', () => {
  it('are dropped with a reason, and the others run', async () => {
    const seen: string[] = []
    const chain = await testChain()
    const settled = chain.pool.settled.bind(chain.pool)
    chain.pool.settled = (block, included, dropped) => {
      seen.push(...dropped.map(({ reason }) => reason))
      settled(block, included, dropped)
    }
    // Both are payable when they arrive; the first leaves too little for the second.
    const poor = signer(7)
    await include(chain, await signer(0).sign({ nonce: 0, to: poor.address, value: OPG }))
    const all = OPG - 21_000n * 200n * 10n ** 9n
    await chain.submit(await poor.sign({ nonce: 0, to: signer(1).address, value: all }))
    const second = await poor.sign({ nonce: 1, to: signer(1).address, value: all })
    chain.pool.pick = ((pick) => (limits) => [...pick(limits), chainDecode(chain, second)])(chain.pool.pick.bind(chain.pool))
    const block = await chain.mine!()
    expect(block.block.transactions.length).toBe(1)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatch(/doesn't have enough funds/)
    await chain.close()
  })
})

/** What a source other than the pool might hand in. */
function chainDecode(chain: Chain, raw: Uint8Array) {
  const inner = createTransaction(chain, raw)
  const sender = inner.getSenderAddress().toString() as Address
  return { hash: bytesToHex(inner.hash()), sender, nonce: inner.nonce, raw, fields: readFields(raw), inner }
}

const createTransaction = (chain: Chain, raw: Uint8Array) => createTxFromRLP(raw, { common: chain.common })

describe('the state of any block', () => {
  it('has proofs that the light client accepts, also of what is not there, also of old blocks', async () => {
    const chain = await testChain()
    const { address } = signer(0)
    await include(chain, await signer(0).sign({ nonce: 0, to: ADDRESSES.wopg, value: OPG, data: '0xd0e30db0', gas: 100_000n }))
    await include(chain, await signer(0).sign({ nonce: 1, to: signer(1).address, value: 1n }))
    for (const { height, block } of [0n, 1n, 2n].map((at) => chain.blockByNumber(at)!)) {
      const root = bytesToHex(block.header.stateRoot)
      const { account, accountProof } = await chain.state(height).proof(address, [])
      expect(accountAt(root, address, [...accountProof])?.nonce).toBe(account.nonce)
      expect(account.nonce).toBe(height)
      const nobody: Address = '0x00000000000000000000000000000000000000dd'
      expect(accountAt(root, nobody, [...(await chain.state(height).proof(nobody, [])).accountProof])).toBeUndefined()
    }
    await chain.close()
  })
})
