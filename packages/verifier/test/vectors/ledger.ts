import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { historyCountSlot, historyPeakSlot } from '@opengradient/contracts/slots'
import {
  type AccountEvidence,
  type Address,
  appendLeaf,
  bytesToHex,
  EMPTY_TRIE_ROOT,
  emptyRange,
  encodeRlp,
  type Hex,
  type HistoryProof,
  hexToBytes,
  historyLeaf,
  historyPath,
  keccak256Hex,
  placeOf,
  type SlotEvidence,
  signCommit,
  uintBytes,
  utf8,
} from '@opengradient/protocol'
import type { Actor } from './cast.ts'

/** A block with the tries under it. */
export interface Block {
  readonly rlp: Hex
  readonly hash: Hex
  readonly number: number
  readonly time: number
  readonly state: MerklePatriciaTrie
  readonly storage: ReadonlyMap<Address, MerklePatriciaTrie>
}

/** Which slots of an account a bundle needs. */
export type Wanted = readonly [address: Address, slots: readonly Hex[]]

/** Accounts and slots that nobody asks for, so that proofs are as deep as on a network that is used. */
const STRANGERS = 24

const EMPTY_OMMERS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
const EMPTY_REQUESTS = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** The contracts' code is not part of what a bundle proves; any hash does. */
const CODE = keccak256Hex(utf8('OpenGradient test vectors: code'))

/**
 * Blocks over real Merkle-Patricia tries (EthereumJS), real storage slots and real Prague headers. What the contracts would
 * have written is written directly, so that vectors depend on the storage layout alone and not on compiled bytecode; that
 * the contracts do write it is tested on the executor, in `packages/chain/test/contracts`.
 */
export class Ledger {
  readonly blocks: Block[] = []
  private readonly words = new Map<Address, Map<Hex, bigint>>()
  private history = emptyRange()

  set(address: Address, slot: Hex, word: bigint): void {
    const account = this.words.get(address) ?? new Map<Hex, bigint>()
    this.words.set(address, account)
    if (word === 0n) account.delete(slot)
    else account.set(slot, word)
  }

  /** Closes a block dated `time`; `History` has its parent's hash from then on. */
  async seal(time: number): Promise<Block> {
    const parent = this.blocks.at(-1)
    if (parent) this.appendHistory(parent)
    const storage = new Map<Address, MerklePatriciaTrie>()
    for (const [address, words] of this.words) storage.set(address, await once([...words], () => storageTrie(words)))
    const roots = [...storage].map(([address, trie]) => [address, bytesToHex(trie.root())] as const)
    const state = await once(roots, () => stateTrie(roots))
    const rlp = bytesToHex(encodeRlp(headerFields(this.blocks.length, time, parent, bytesToHex(state.root()))))
    const block = { rlp, hash: keccak256Hex(hexToBytes(rlp)), number: this.blocks.length, time, state, storage }
    this.blocks.push(block)
    return block
  }

  async prove(block: Block, wanted: readonly Wanted[]): Promise<AccountEvidence[]> {
    return Promise.all(
      wanted.map(async ([address, slots]) => ({
        address,
        proof: await proofOf(block.state, address),
        storage: await Promise.all(slots.map((slot) => this.proveSlot(block, address, slot))),
      })),
    )
  }

  async proveSlot(block: Block, address: Address, slot: Hex): Promise<SlotEvidence> {
    const trie = block.storage.get(address)
    return { slot, proof: trie ? await proofOf(trie, slot) : [] }
  }

  /** That `old` is an ancestor of `newer`. */
  async proveHistory(old: Block, newer: Block, validator: Actor, chainId: number): Promise<HistoryProof> {
    const leaves = this.blocks.slice(0, newer.number).map(({ number, hash }) => historyLeaf(number, hash))
    const { peak } = placeOf(BigInt(old.number), BigInt(newer.number))
    return {
      header: newer.rlp,
      commit: signCommit(chainId, { height: newer.number, blockHash: newer.hash }, validator.key),
      account: await proofOf(newer.state, ADDRESSES.history),
      count: await this.proveSlot(newer, ADDRESSES.history, historyCountSlot),
      peak: await this.proveSlot(newer, ADDRESSES.history, historyPeakSlot(peak)),
      path: historyPath(leaves, old.number),
    }
  }

  private appendHistory({ number, hash }: Block): void {
    this.history = appendLeaf(this.history, historyLeaf(number, hash))
    this.set(ADDRESSES.history, historyCountSlot, this.history.count)
    for (const [i, peak] of this.history.peaks.entries()) this.set(ADDRESSES.history, historyPeakSlot(i), BigInt(peak))
  }
}

/** Most scenes share most of their state, so a trie is built once for what it holds. */
const built = new Map<string, Promise<MerklePatriciaTrie>>()

function once(content: readonly (readonly [Hex, Hex | bigint])[], build: () => Promise<MerklePatriciaTrie>): Promise<MerklePatriciaTrie> {
  const key = content.map(([name, value]) => `${name}=${value}`).join()
  const trie = built.get(key) ?? build()
  built.set(key, trie)
  return trie
}

/** A trie that holds the strangers and nothing else; nodes are kept by their hash, so that copies may share them. */
const strangers = new Map<string, Promise<MerklePatriciaTrie>>()

async function withStrangers(kind: string, stranger: (i: number) => [key: Uint8Array, value: Uint8Array]): Promise<MerklePatriciaTrie> {
  const build = async (): Promise<MerklePatriciaTrie> => {
    const trie = await createMPT({ useKeyHashing: true })
    for (let i = 0; i < STRANGERS; i++) await trie.put(...stranger(i))
    return trie
  }
  const trie = strangers.get(kind) ?? build()
  strangers.set(kind, trie)
  return (await trie).shallowCopy(false)
}

async function storageTrie(words: ReadonlyMap<Hex, bigint>): Promise<MerklePatriciaTrie> {
  const trie = await withStrangers('slots', (i) => [uintBytes(1_000_000 + i, 32), encodeRlp(uintBytes(i + 1, 2))])
  for (const [slot, word] of words) await trie.put(hexToBytes(slot), encodeRlp(minimal(word)))
  return trie
}

async function stateTrie(roots: readonly (readonly [Address, Hex])[]): Promise<MerklePatriciaTrie> {
  const account = (balance: bigint, root: Hex) => encodeRlp([minimal(1n), minimal(balance), hexToBytes(root), hexToBytes(CODE)])
  const trie = await withStrangers('accounts', (i) => [uintBytes(0xabcdef00 + i, 20), account(BigInt(i), EMPTY_TRIE_ROOT)])
  for (const [address, root] of roots) await trie.put(hexToBytes(address), account(0n, root))
  return trie
}

async function proofOf(trie: MerklePatriciaTrie, key: Hex): Promise<Hex[]> {
  return (await createMerkleProof(trie, hexToBytes(key))).map((node) => bytesToHex(node))
}

/** The fields of a Prague header. */
function headerFields(number: number, time: number, parent: Block | undefined, stateRoot: Hex): Uint8Array[] {
  const word = (hex: string): Uint8Array => hexToBytes(hex as Hex)
  return [
    parent ? hexToBytes(parent.hash) : new Uint8Array(32),
    word(EMPTY_OMMERS),
    uintBytes(0xc0ffee, 20),
    hexToBytes(stateRoot),
    hexToBytes(EMPTY_TRIE_ROOT),
    hexToBytes(EMPTY_TRIE_ROOT),
    new Uint8Array(256),
    minimal(0n),
    minimal(BigInt(number)),
    minimal(30_000_000n),
    minimal(0n),
    minimal(BigInt(time)),
    new Uint8Array(),
    new Uint8Array(32),
    new Uint8Array(8),
    minimal(1_000_000_000n),
    hexToBytes(EMPTY_TRIE_ROOT),
    minimal(0n),
    minimal(0n),
    new Uint8Array(32),
    word(EMPTY_REQUESTS),
  ]
}

/** Big-endian without leading zeros: an integer as RLP holds it. */
function minimal(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array() : uintBytes(value, Math.ceil(value.toString(16).length / 2))
}
