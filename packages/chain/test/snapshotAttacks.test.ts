import { hexToBytes, OgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES } from '../src/executor/rules.ts'
import { CHUNK_BYTES, type Entry, PROOF_BYTES, parseChunk } from '../src/snapshot/format.ts'
import { discardUnfinished, Restorer } from '../src/snapshot/index.ts'
import { encodeMetadata, MAX_CHUNKS, sha256 } from '../src/snapshot/metadata.ts'
import { decodeAccount, EMPTY_CODE_HASH, encodeAccount, sameBytes } from '../src/state/account.ts'
import { KEY } from '../src/state/keys.ts'
import { memoryStore } from '../src/state/store.ts'
import { EMPTY_ROOT } from '../src/trie/update.ts'
import { testGenesis } from './chain.testkit.ts'
import {
  announce,
  chunked,
  common,
  crypto,
  dump,
  livelyBlocks,
  type Offered,
  offerOf,
  pause,
  proofsOf,
  recordsOf,
  restore,
  testNode,
} from './snapshot.testkit.ts'

const genesis = await testGenesis()
const node = await testNode(genesis)
for (const transactions of await livelyBlocks(12)) await node.block(...transactions)
const { head } = node.core.ledger
const appHash = hexToBytes(head.hash)
const header = node.store.get(KEY.header(head.height))!
const honest = await recordsOf(node)
const kindOf = ([key]: Entry) => String.fromCharCode(key[0]!)
const first = (kind: string) => honest.findIndex((entry) => kindOf(entry) === kind)
const last = (kind: string) => honest.findLastIndex((entry) => kindOf(entry) === kind)

/** The honest records with one place changed. */
const withEntries = (at: number, remove: number, ...add: readonly Entry[]): Entry[] => honest.toSpliced(at, remove, ...add)
const withValue = (at: number, change: (value: Uint8Array) => Uint8Array): Entry[] =>
  withEntries(at, 1, [honest[at]![0], change(honest[at]![1])])
/** The value with its last byte changed. */
const flipped = (value: Uint8Array): Uint8Array => value.with(-1, value.at(-1)! ^ 1)
const bytes = (...parts: readonly (Uint8Array | readonly number[])[]) => Buffer.concat(parts.map((part) => Uint8Array.from(part)))

/** Nothing of a snapshot that was refused may look like a chain, and the database serves the next attempt. */
async function expectRefused(offered: Offered, reason: RegExp): Promise<void> {
  const { answer, restored, store, logged } = await restore(offered, genesis, appHash)
  expect(answer).toBe('rejectSnapshot')
  expect(restored).toBe(false)
  expect(logged).toHaveLength(1)
  expect(logged[0]).toMatch(reason)
  expect(store.get(KEY.meta('head'))).toBeUndefined()
  expect(store.get(KEY.meta('version'))).toBeUndefined()
  expect(await discardUnfinished(store)).toBe(true)
  expect((await dump(store, '!abchmnsx~')).size).toBe(0)
}

describe('a snapshot whose records were made up', () => {
  /** One with money and nothing else. */
  const account = honest.findIndex(([key, value]) => {
    if (key[0] !== 0x61) return false
    const { nonce, balance, codeHash } = decodeAccount(value)
    return nonce === 0n && balance > 0n && sameBytes(codeHash, EMPTY_CODE_HASH)
  })
  const slot = first('s')
  /** An account with another behind it. */
  const pair = honest.findIndex((entry, at) => kindOf(entry) === 'a' && honest[at + 1] && kindOf(honest[at + 1]!) === 'a')
  const nobody = new Uint8Array(20)
  const hashed = ([key]: Entry) => crypto.keccak(key.subarray(1))
  const place = honest.findIndex((entry) => kindOf(entry) === 'a' && Buffer.compare(hashed(entry), crypto.keccak(nobody)) > 0)
  const rewritten = (change: (record: ReturnType<typeof decodeAccount>) => ReturnType<typeof decodeAccount>) =>
    withValue(account, (value) => encodeAccount(change(decodeAccount(value))))
  const cases: readonly (readonly [name: string, entries: Entry[], reason: RegExp])[] = [
    ['a balance', rewritten((record) => ({ ...record, balance: record.balance + 1n })), /those of the state/],
    ['a nonce', rewritten((record) => ({ ...record, nonce: record.nonce + 1n })), /those of the state/],
    ['a storage root', rewritten((record) => ({ ...record, storageRoot: new Uint8Array(32).fill(7) })), /storage of an account/],
    ['a code hash', rewritten((record) => ({ ...record, codeHash: new Uint8Array(32).fill(7) })), /code of an account is missing/],
    ['a storage value', withValue(slot, flipped), /storage of an account/],
    [
      'the address of a storage value',
      withEntries(slot, 1, [KEY.slot(new Uint8Array(20), new Uint8Array(32)), Uint8Array.of(1)]),
      /storage of an account|account that is not there/,
    ],
    [
      'a storage value of nobody',
      withEntries(slot, 0, [KEY.slot(new Uint8Array(20), new Uint8Array(32)), Uint8Array.of(1)]),
      /account that is not there|storage of an account/,
    ],
    ['an account too many', withEntries(place, 0, [KEY.account(nobody), honest[account]![1]]), /those of the state/],
    ['an account missing', withEntries(account, 1), /those of the state/],
    ['the last account missing', honest.slice(0, last('a')), /give the state root/],
    ['all accounts missing', honest.slice(0, first('a')), /give the state root/],
    [
      'a storage value too many',
      withEntries(last('s') + 1, 0, [KEY.slot(new Uint8Array(20).fill(255), new Uint8Array(32)), Uint8Array.of(1)]),
      /account that is not there|storage of an account/,
    ],
    ['a storage value missing', withEntries(slot, 1), /storage of an account/],
    ['a code', withValue(first('c'), flipped), /code does not have its hash/],
    ['a code missing', withEntries(first('c'), 1), /code of an account is missing/],
    ['a code too many', withEntries(first('c'), 0, [KEY.code(new Uint8Array(32)), Uint8Array.of(1)]), /code that no account has/],
    ['a header', withValue(first('b') + 3, flipped), /not the parent of the next/],
    ['the last header', withValue(last('b'), flipped), /not the parent of the next/],
    ['the genesis', withValue(first('b'), flipped), /another genesis/],
    ['a header missing', withEntries(first('b') + 3, 1), /does not come next/],
    ['the last header missing', withEntries(last('b'), 1), /header is missing/],
    ['a header too many', withEntries(last('b') + 1, 0, [KEY.header(head.height), header]), /does not come next/],
    ['a transaction', withValue(first('x'), flipped), /transactions are not those/],
    ['a transaction missing', withEntries(last('x'), 1), /transactions are not those/],
    ['the first transaction missing', withEntries(first('x'), 1), /transaction does not come next/],
    [
      'a transaction too many',
      withEntries(last('x') + 1, 0, [KEY.transaction(head.height, last('x') - first('x') + 1), Uint8Array.of(1)]),
      /transactions are not those/,
    ],
    [
      'more transactions than a block has',
      withEntries(
        last('x') + 1,
        0,
        ...Array.from(
          { length: MAX_BLOCK_TRANSACTIONS },
          (_, index): Entry => [KEY.transaction(head.height, last('x') - first('x') + 1 + index), Uint8Array.of(1)],
        ),
      ),
      /more than the \d+ transactions/,
    ],
    [
      'a transaction of another block',
      withEntries(last('x') + 1, 0, [KEY.transaction(head.height + 1n, 0), Uint8Array.of(1)]),
      /transaction does not come next/,
    ],
    ['an account twice', withEntries(account, 0, honest[account]!), /not in order/],
    ['a storage value twice', withEntries(slot, 0, honest[slot]!), /not in order/],
    ['two accounts swapped', withEntries(pair, 2, honest[pair + 1]!, honest[pair]!), /not in order/],
    ['kinds out of order', [...honest.slice(first('x')), ...honest.slice(0, first('x'))], /header is missing/],
    ['a header behind the state', [...honest, honest[last('b')]!], /does not come next/],
    ['a transaction behind the state', [...honest, honest[last('x')]!], /does not come next/],
    ['nothing but accounts', honest.slice(first('a')), /header is missing/],
  ]
  it.each(cases)('is refused: %s', async (_, entries, reason) => {
    await expectRefused(offerOf(node, entries), reason)
    // The same where each chunk holds a few records: order is checked across chunks too.
    await expectRefused(offerOf(node, entries, 30_000), reason)
  })

  it('is refused when an account is not encoded as the trie does', async () => {
    const value = honest[account]![1]
    const { nonce, balance } = decodeAccount(value)
    expect(balance).toBeGreaterThan(0n)
    expect(nonce).toBeLessThan(128n)
    const tail = value.subarray(-66)
    const list = (payload: Uint8Array) => bytes([0xf8, payload.length], payload)
    const amount = Buffer.from(balance.toString(16).padStart(32, '0'), 'hex')
    const spellings: readonly Uint8Array[] = [
      value.subarray(0, -1),
      bytes(value, [0]),
      list(bytes([0x81, Number(nonce)], tail)),
      list(bytes([0x00], [0x80 + amount.length + 1, 0], amount, tail)),
      list(bytes([0x80], [0x80 + amount.length + 1, 0], amount, tail)),
      list(bytes([0xc0], [0x80], tail)),
      list(bytes([0x80], [0x80], tail, [0x80])),
      list(bytes([0x80], tail)),
      list(bytes([0x80], [0x80], tail.subarray(0, 33), [0x80])),
      Uint8Array.of(0x80),
      Uint8Array.of(0xc0),
      new Uint8Array(110).fill(0xff),
    ]
    for (const spelling of spellings)
      await expectRefused(
        offerOf(
          node,
          withValue(account, () => spelling),
        ),
        /RLP|account has|those of the state/,
      )
  })

  it('is refused when a storage value has leading zeros', () =>
    expectRefused(
      offerOf(
        node,
        withValue(slot, (value) => bytes([0], value.subarray(0, 31))),
      ),
      /leading zeros/,
    ))

  it('is refused when a contract has lost its storage and its root with it', async () => {
    const address = honest[slot]![0].subarray(1, 21)
    const at = honest.findIndex(([key]) => key[0] === 0x61 && Buffer.compare(key.subarray(1), address) === 0)
    const emptied = encodeAccount({ ...decodeAccount(honest[at]![1]), storageRoot: EMPTY_ROOT })
    const entries = honest.filter(([key]) => !(key[0] === 0x73 && Buffer.compare(key.subarray(1, 21), address) === 0))
    await expectRefused(offerOf(node, entries.toSpliced(at, 1, [honest[at]![0], emptied])), /those of the state/)
  })
})

describe('a chunk whose bytes do not parse', () => {
  const [whole] = chunked(honest, proofsOf(node))
  const offered = (chunk: Uint8Array, ...more: readonly Uint8Array[]) => announce(header, head.height, [chunk, ...more])

  it('is refused: cut short at any place, or with bytes behind', async () => {
    const cuts = [1, 20, 21, 24, 25, 30, 1_000, whole!.length - 1].map((length) => whole!.subarray(0, length))
    for (const chunk of [...cuts, bytes(whole!, [0]), bytes(whole!, [0x61]), bytes(whole!, whole!.subarray(0, 40))]) {
      await expectRefused(offered(chunk), /middle of a record|no kind|behind its proofs|has no proofs|RLP/)
    }
  })

  it('is refused: empty, larger than a chunk may be, of an unknown kind, with a value that is too long or empty', async () => {
    await expectRefused(offered(new Uint8Array()), /0 bytes/)
    await expectRefused(offered(new Uint8Array(CHUNK_BYTES + PROOF_BYTES + 1)), /4259841 bytes/)
    await expectRefused(offered(whole!, new Uint8Array()), /0 bytes/)
    for (const kind of ['n', 'h', 'r', 'v', 'm', 't', '!', '~', '\0']) {
      await expectRefused(offered(bytes(Buffer.from(kind), new Uint8Array(60))), /no kind/)
    }
    for (const [kind, key, most] of [
      ['a', 20, 110],
      ['b', 8, 1_024],
      ['c', 32, 24_576],
      ['s', 52, 32],
      ['x', 16, MAX_TRANSACTION_BYTES],
      ['p', 0, PROOF_BYTES],
    ] as const) {
      const record = (length: number) => {
        const out = bytes(Buffer.from(kind), new Uint8Array(key), new Uint8Array(4), new Uint8Array(length))
        out.writeUInt32BE(length, 1 + key)
        return out
      }
      await expectRefused(offered(record(most + 1)), /a value has/)
      await expectRefused(offered(record(0)), /a value has 0 bytes/)
    }
  })

  it('never throws, whatever single byte of it was changed', async () => {
    for (let at = 0; at < whole!.length; at += Math.ceil(whole!.length / 150)) {
      const { answer, restored } = await restore(offered(whole!.with(at, whole![at]! ^ 0x41)), genesis, appHash)
      expect([answer, restored]).toEqual(['rejectSnapshot', false])
    }
  })
})

describe('a chunk of a snapshot that was made up', () => {
  const chunkBytes = 2_000
  const parts = chunked(honest, proofsOf(node), chunkBytes)

  /** What is in the database when a snapshot is refused, and at which chunk that was. */
  async function refusedAt(chunks: readonly Uint8Array[]) {
    const offered = announce(header, head.height, [
      ...chunks,
      ...Array.from({ length: MAX_CHUNKS - chunks.length }, () => Uint8Array.of(0)),
    ])
    const store = memoryStore()
    const log = { info: () => {}, error: () => {} }
    const restorer = new Restorer({ store, genesisHash: genesis.hash, common, keccak: crypto.keccak, log, pause, onRestored: () => {} })
    expect(await restorer.offer(offered.snapshot, appHash)).toBe('accept')
    for (const [index, chunk] of chunks.entries()) {
      const { result, rejectSenders } = await restorer.apply(index, chunk, 'forger')
      if (result === 'accept') continue
      expect([result, rejectSenders]).toEqual(['rejectSnapshot', ['forger']])
      return { index, store }
    }
    throw new Error('none was refused')
  }

  it('is refused before anything of it is stored that is not of the state, wherever it comes', async () => {
    const genuine = await dump(node.store, 'abchnsx')
    expect(parts.length).toBeGreaterThan(20)
    /** The state begins here. */
    let at = parts.findIndex((chunk) => chunk[0] === 0x61)
    for (; at < parts.length; at += 3) {
      for (const forged of [parts[at]!.with(60, parts[at]![60]! ^ 1), parts[at + 1] ?? parts[0]!, parts[at - 1]!]) {
        const { index, store } = await refusedAt([...parts.slice(0, at), forged, ...parts.slice(at + 1)])
        expect(index).toBe(at)
        const stored = await dump(store, 'abchnsx')
        for (const [key, value] of stored) expect(genuine.get(key)).toBe(value)
        expect(stored.size).toBeGreaterThan(0)
      }
    }
  })

  it('is refused when it leaves something out, though each of its records is of the state', async () => {
    const state = honest.slice(first('a'))
    for (const kind of ['a', 's']) {
      const left = state.filter((entry) => kindOf(entry) === kind).length
      expect(left).toBeGreaterThan(3)
    }
    // All from some place on but one of them: the proofs are those of honest records.
    const without = chunked(honest.toSpliced(first('s'), 1), proofsOf(node), chunkBytes)
    const { index } = await refusedAt(without)
    expect(index).toBeLessThan(without.length - 1)
    // Nothing is proven by proofs of nothing.
    const nothing = { see: () => {}, proofs: (): Entry => [Uint8Array.of(0x70), Uint8Array.of(0xc2, 0xc0, 0xc0)] }
    const unproven = chunked(honest, nothing, chunkBytes)
    expect((await refusedAt(unproven)).index).toBe(
      unproven.findIndex((chunk) => [...parseChunk(chunk)].some((entry) => kindOf(entry) === 'a')),
    )
  })

  it('without end fills nothing: of sixteen gigabytes that fit together nothing but headers is stored', async () => {
    const forged: Entry[] = honest.slice(0, first('a'))
    for (let index = 1; index < 5_000; index++) {
      const address = new Uint8Array(20)
      new DataView(address.buffer).setUint32(0, index)
      forged.push([KEY.account(address), encodeAccount({ nonce: 1n, balance: 1n, storageRoot: EMPTY_ROOT, codeHash: EMPTY_CODE_HASH })])
    }
    const preamble = first('a')
    const accounts = forged.slice(preamble).sort(([a], [b]) => Buffer.compare(crypto.keccak(a.subarray(1)), crypto.keccak(b.subarray(1))))
    const { store } = await refusedAt(chunked([...forged.slice(0, preamble), ...accounts], proofsOf(node), 20_000))
    expect((await dump(store, 'asnc')).size).toBe(0)
    expect((await dump(store, 'b')).size).toBeLessThanOrEqual(256)
  })
})

describe('a peer that sends something else than was announced', () => {
  const offered = offerOf(node, honest, 30_000)

  it('is banned, and the chunk asked for again, for each chunk', async () => {
    expect(offered.chunks.length).toBeGreaterThan(3)
    for (const at of offered.chunks.keys()) {
      const altered = offered.chunks.with(at, flipped(offered.chunks[at]!))
      expect(await restore({ ...offered, chunks: altered }, genesis, appHash)).toMatchObject({ answer: 'retry', restored: false })
    }
    const swapped = [offered.chunks[1]!, offered.chunks[0]!, ...offered.chunks.slice(2)]
    expect((await restore({ ...offered, chunks: swapped }, genesis, appHash)).answer).toBe('retry')
  })

  it('does not spoil the snapshot: the right bytes from another peer end well', async () => {
    const store = memoryStore()
    const log = { info: () => {}, error: () => {} }
    const restorer = new Restorer({ store, genesisHash: genesis.hash, common, keccak: crypto.keccak, log, pause, onRestored: () => {} })
    expect(await restorer.offer(offered.snapshot, appHash)).toBe('accept')
    for (const [index, chunk] of offered.chunks.entries()) {
      expect(await restorer.apply(index, flipped(chunk), 'liar')).toEqual({
        result: 'retry',
        refetchChunks: [index],
        rejectSenders: ['liar'],
      })
      expect(await restorer.apply(index, chunk, 'honest')).toEqual({ result: 'accept', refetchChunks: [], rejectSenders: [] })
    }
    expect(await restorer.apply(0, offered.chunks[0]!, 'honest')).toMatchObject({ result: 'abort' })
    const joined = await testNode(genesis, store)
    expect(joined.core.ledger.head.hash).toBe(head.hash)
    await joined.block()
    expect(await restorer.offer(offered.snapshot, appHash)).toBe('abort')
    expect((await testNode(genesis, store)).core.ledger.head.height).toBe(head.height + 1n)
  })

  it('is named when the snapshot is its forgery; an engine that breaks the order is told to stop', async () => {
    const { snapshot, chunks } = offered
    expect(await restore({ snapshot, chunks: [chunks[0]!, chunks[0]!] }, genesis, appHash)).toMatchObject({ answer: 'retry' })
    const log = { info: () => {}, error: () => {} }
    const store = memoryStore()
    const restorer = new Restorer({ store, genesisHash: genesis.hash, common, keccak: crypto.keccak, log, pause, onRestored: () => {} })
    expect(await restorer.apply(0, chunks[0]!, 'peer')).toMatchObject({ result: 'abort' })
    await restorer.offer(snapshot, appHash)
    expect(await restorer.apply(1, chunks[1]!, 'peer')).toMatchObject({ result: 'abort' })
    const wrong = offerOf(node, withEntries(0, 1))
    await restorer.offer(wrong.snapshot, appHash)
    const answer = await restorer.apply(0, wrong.chunks[0]!, 'forger')
    expect(answer).toEqual({ result: 'rejectSnapshot', refetchChunks: [], rejectSenders: ['forger'] })
  })
})

describe('an offer', () => {
  const offered = offerOf(node, honest)
  const { snapshot } = offered
  const answerTo = async (change: Partial<typeof snapshot>, trusted = appHash) =>
    (await restore({ snapshot: { ...snapshot, ...change }, chunks: [] }, genesis, trusted)).answer
  const withMetadata = (metadata: Uint8Array, change: Partial<typeof snapshot> = {}) =>
    answerTo({ metadata, hash: sha256(metadata), ...change })

  it('of another format, block, height, hash or number of chunks is refused', async () => {
    expect(await answerTo({})).toBe('accept')
    expect(await answerTo({ format: 0 })).toBe('rejectFormat')
    expect(await answerTo({ format: 1 })).toBe('rejectFormat')
    expect(await answerTo({}, flipped(appHash))).toBe('rejectSender')
    expect(await answerTo({}, new Uint8Array())).toBe('rejectSender')
    expect(await answerTo({ height: snapshot.height + 1n })).toBe('rejectSender')
    expect(await answerTo({ hash: flipped(snapshot.hash) })).toBe('rejectSender')
    expect(await answerTo({ chunks: 2 })).toBe('rejectSender')
    expect(await answerTo({ chunks: 0 })).toBe('rejectSender')
  })

  it('with malformed metadata is refused', async () => {
    const { metadata } = snapshot
    for (const bad of [
      new Uint8Array(),
      metadata.subarray(0, -1),
      bytes(metadata, [0]),
      encodeMetadata({ header, chunks: [] }),
      encodeMetadata({ header, chunks: [new Uint8Array(31)] }),
      encodeMetadata({ header: new Uint8Array(1_025), chunks: [new Uint8Array(32)] }),
      encodeMetadata({ header: flipped(header), chunks: [new Uint8Array(32)] }),
      Uint8Array.of(0xc1, 0x80),
      Uint8Array.of(0xc2, 0xc0, 0xc0),
    ])
      expect(await withMetadata(bad)).toBe('rejectSender')
    const many = (count: number) => Array.from({ length: count }, () => new Uint8Array(32))
    expect(await withMetadata(encodeMetadata({ header, chunks: many(MAX_CHUNKS) }), { chunks: MAX_CHUNKS })).toBe('accept')
    expect(await withMetadata(encodeMetadata({ header, chunks: many(MAX_CHUNKS + 1) }), { chunks: MAX_CHUNKS + 1 })).toBe('rejectSender')
    expect(await withMetadata(new Uint8Array(1 << 20))).toBe('rejectSender')
  })

  it('to a node that has a chain, or something else, is refused, and nothing is lost', async () => {
    const before = await dump(node.store, '!abchmnsxrt')
    expect((await restore(offered, genesis, appHash, node.store)).answer).toBe('abort')
    expect(await dump(node.store, '!abchmnsxrt')).toEqual(before)
    const foreign = memoryStore()
    await foreign.write([{ key: Uint8Array.of(1), value: Uint8Array.of(2) }])
    expect((await restore(offered, genesis, appHash, foreign)).answer).toBe('abort')
    expect(foreign.get(Uint8Array.of(1))).toEqual(Uint8Array.of(2))
  })

  it('to a node at block 0, or after one that went wrong, is taken, and nothing of before is left', async () => {
    const { store } = await testNode(genesis)
    await restore(offerOf(node, withEntries(0, 1)), genesis, appHash, store)
    expect(await restore(offered, genesis, appHash, store)).toMatchObject({ answer: 'accept', restored: true })
    const fresh = (await restore(offered, genesis, appHash)).store
    expect(await dump(store, '!abchmnsxrt~')).toEqual(await dump(fresh, '!abchmnsxrt~'))
  })

  it('to a node that has just begun with one, and made no block since, is taken: CometBFT was killed before it knew', async () => {
    const { store } = await restore(offered, genesis, appHash)
    const before = await dump(store, '!abchmnsxrt')
    expect(await restore(offered, genesis, appHash, store)).toMatchObject({ answer: 'accept', restored: true })
    expect(await dump(store, '!abchmnsxrt')).toEqual(before)
  })

  it('stops the node when the disk fails, with the reason, and leaves nothing that looks like a chain', async () => {
    for (const failAt of [0, 1, 2, 3, 5]) {
      const under = memoryStore()
      let writes = 0
      const store = {
        ...under,
        write: async (batch: Parameters<typeof under.write>[0]) => {
          if (writes++ === failAt) throw new OgError('DISK_FULL', 'No room.')
          await under.write(batch)
        },
      }
      // CometBFT would wait for ever after any answer.
      await expect(restore(offered, genesis, appHash, store)).rejects.toMatchObject({ code: 'DISK_FULL' })
      expect(under.get(KEY.meta('head'))).toBeUndefined()
      expect((await restore(offered, genesis, appHash, under)).answer).toBe('accept')
    }
  })
})
