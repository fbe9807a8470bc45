import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, createBlockFromBytesArray } from '@ethereumjs/block'
import { type Common, createCommonFromGethGenesis } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { Account, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { createVM, runBlock } from '@ethereumjs/vm'
import { type Crypto, loadCrypto } from '../src/crypto/crypto.ts'
import { FlatBase } from '../src/state/base.ts'
import { HashedStore } from '../src/state/nodes.ts'
import { Overlay } from '../src/state/overlay.ts'
import { type StateParts, transition } from '../src/state/root.ts'
import { memoryStore } from '../src/state/store.ts'
import { rebuildRoot } from '../src/state/verify.ts'
import { EMPTY_ROOT } from '../src/trie/update.ts'

interface GenesisFile {
  readonly alloc: Readonly<
    Record<string, { balance?: string; nonce?: string; code?: `0x${string}`; storage?: Record<string, `0x${string}`> }>
  >
}

/**
 * Ethereum's own test chain (54 blocks, every fork from Homestead on) executed on our state: EthereumJS checks each block's state root,
 * receipts root, bloom and gas against its header. At the end the flat entries alone must give the last root.
 */
export async function run(testdata: string): Promise<{ passed: number; total: number; failed: string[] }> {
  const folder = join(testdata, 'rpc', 'execution-apis')
  const genesis = JSON.parse(readFileSync(join(folder, 'genesis.json'), 'utf8')) as GenesisFile
  const crypto = await loadCrypto()
  const common = createCommonFromGethGenesis(genesis as never, { chain: 'execution-apis', customCrypto: evmCrypto(crypto) })
  const state = new RootedState(crypto)
  await state.allocate(genesis)
  const vm = await createVM({ common, stateManager: state, setHardfork: true, blockchain: knownBlocks([]) })
  const blocks = readChain(readFileSync(join(folder, 'chain.rlp')), common)
  const failed: string[] = []
  let total = 0
  const passing = async (name: string, check: () => Promise<void>) => {
    total++
    await check().catch((error: Error) => failed.push(`${name}: ${error.message}`))
  }
  for (const block of blocks) {
    vm.blockchain.getBlock = knownBlocks(blocks).getBlock
    await passing(`block ${block.header.number}`, async () => {
      await runBlock(vm, { block, skipBlockValidation: true, skipHeaderValidation: true, setHardfork: true })
      await state.endBlock()
    })
  }
  await passing('the flat entries after the last block', async () => {
    const root = Buffer.from((await rebuildRoot(state.store, crypto.keccak))!).toString('hex')
    const expected = Buffer.from(blocks.at(-1)!.header.stateRoot).toString('hex')
    if (root !== expected) throw new Error(`give the root ${root}, not ${expected}`)
  })
  return { passed: total - failed.length, total, failed }
}

/** The overlay with a root on demand, which consensus here asks only once a block, but blocks before Byzantium after each transaction. */
class RootedState extends Overlay {
  readonly store = memoryStore()
  readonly #parts: StateParts & { readonly base: FlatBase }
  #root: Uint8Array = EMPTY_ROOT

  constructor({ keccak }: Crypto) {
    const store = memoryStore()
    const hashed = new HashedStore(store, keccak)
    const base = new FlatBase(store, hashed)
    super(base, keccak)
    this.store = store
    this.#parts = { base, store, hashed, keccak }
  }

  override async getStateRoot(): Promise<Uint8Array> {
    return (await transition(this.#root, this.changes(), this.#parts)).root
  }

  override async setStateRoot(): Promise<void> {}

  async endBlock(): Promise<void> {
    const next = await transition(this.#root, this.changes(), this.#parts)
    await this.store.write(next.writes)
    this.#parts.base.changed(next.accounts, next.slots)
    this.reset(this.#parts.base)
    this.#root = next.root
  }

  async allocate({ alloc }: GenesisFile): Promise<void> {
    for (const [at, { balance = '0', nonce = '0', code, storage = {} }] of Object.entries(alloc)) {
      const address = createAddressFromString(at.startsWith('0x') ? at : `0x${at}`)
      await this.putAccount(address, new Account(BigInt(nonce), BigInt(balance)))
      if (code && code !== '0x') await this.putCode(address, hexToBytes(code))
      for (const [slot, value] of Object.entries(storage)) await this.putStorage(address, word(slot), word(value))
    }
    await this.endBlock()
  }
}

const word = (hex: string) => hexToBytes(`0x${hex.replace(/^0x/, '').padStart(64, '0')}`)

function readChain(bytes: Uint8Array, common: Common): Block[] {
  const blocks: Block[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const { data, remainder } = RLP.decode(rest, true)
    blocks.push(createBlockFromBytesArray(data as never, { common, setHardfork: true }))
    rest = remainder
  }
  return blocks
}

function knownBlocks(blocks: readonly Block[]) {
  const chain = {
    getBlock: async (number: number) => blocks.find(({ header }) => header.number === BigInt(number)) ?? { hash: () => new Uint8Array(32) },
    putBlock: async () => {},
    shallowCopy: () => chain,
  }
  return chain
}

/** Blob transactions are decoded and run, but their blobs are not in blocks: nothing asks for KZG itself. */
function evmCrypto({ keccak, recover, sha256 }: Crypto) {
  return { keccak256: keccak, ecrecover: recover, sha256, kzg: {} as never }
}
