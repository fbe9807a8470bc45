import { readdir } from 'node:fs/promises'
import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { bytesToHex, hexToBytes, OgError, verifyCommit } from '@opengradient/protocol'
import type { Crypto } from './crypto/crypto.ts'
import { foreignContracts } from './genesis/foreignContracts.ts'
import { type Genesis, parametersDigest } from './genesis/genesis.ts'
import { genesisBlock } from './genesis/make.ts'
import { damaged } from './ledger/damaged.ts'
import { blockWrites, Ledger } from './ledger/ledger.ts'
import { discardUnfinished } from './snapshot/restore/unfinished.ts'
import { trieBase } from './state/base.ts'
import { KEY } from './state/keys.ts'
import { levelStore } from './state/levelStore.ts'
import { HashedStore } from './state/nodes.ts'
import { type Database, memoryStore, type Store } from './state/store.ts'
import { rebuildRoot } from './state/verify.ts'

/** Format of everything in the store. Raised when older software could misread it. */
export const DATA_VERSION = '1'

/** Entries up to which the whole flat state is compared with the head's root at each start: a quarter of a second. */
const CHECKED_ENTRIES = 20_000

/** What makes blocks final: the signature of the one validator, which is stored with each, or CometBFT, which keeps its commits itself. */
export type Engine = 'embedded' | 'cometbft'

/** A genesis names validators where CometBFT makes the blocks, and only there. */
export const engineOf = ({ validators }: Genesis): Engine => (validators ? 'cometbft' : 'embedded')

/** A folder, or memory that the process takes with it. */
export type DataPlace = { readonly dataDir: string } | { readonly memory: true }

/** The store in `place`, not yet looked at; empty when a killed process left it in the middle of a restore. */
export async function openStore(place: DataPlace): Promise<Database> {
  if ('memory' in place) return memoryStore()
  await refuseHeadless(place.dataDir)
  const store = await levelStore(place.dataDir)
  try {
    await discardUnfinished(store)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * The ledger in the store; block 0 is written to an empty one. What was made with another genesis, format or version of the contracts is
 * refused (`CHAIN_DATA_FOREIGN`, `CHAIN_DATA_VERSION`), and what contradicts itself (`CHAIN_DATA_CORRUPT`).
 */
export async function openLedger(
  store: Store,
  genesis: Genesis,
  common: Common,
  crypto: Crypto,
  engine: Engine = engineOf(genesis),
): Promise<Ledger> {
  const version = store.get(KEY.meta('version'))
  if (!version) {
    for await (const _ of store.scan(new Uint8Array())) throw foreign('it holds something that is not a chain')
    await writeGenesis(store, genesis, crypto)
    return new Ledger(store, common, crypto)
  }
  const found = Buffer.from(version).toString()
  if (found !== DATA_VERSION) {
    const message = `The chain database has format ${found}; this software reads format ${DATA_VERSION}. Use the version that wrote it, or reset the network.`
    throw new OgError('CHAIN_DATA_VERSION', message, { details: { found, expected: DATA_VERSION } })
  }
  const stored = bytesToHex(store.get(KEY.meta('genesis')) ?? new Uint8Array())
  if (stored !== genesis.hash) throw foreign(`its genesis is ${stored}, not ${genesis.hash}`)
  checkParameters(store, genesis, common, crypto)
  const ledger = new Ledger(store, common, crypto)
  if (engine === 'embedded') checkHead(ledger, genesis)
  else if (ledger.commit(ledger.head.height)) throw foreign('its blocks were made by an embedded validator, not by CometBFT')
  await checkState(store, ledger, crypto)
  checkContracts(store, ledger, crypto)
  return ledger
}

async function writeGenesis(store: Store, genesis: Genesis, crypto: Crypto): Promise<void> {
  const built = await genesisBlock(genesis, crypto)
  const hash = bytesToHex(built.hash)
  if (hash !== genesis.hash) {
    const message = `The genesis file says ${genesis.hash}, but its parameters and the contracts of this software give ${hash}. Use the version that made it, or make a new network.`
    throw new OgError('CHAIN_GENESIS_INVALID', message, { details: { stated: genesis.hash, computed: hash } })
  }
  await store.write([
    ...built.transition.writes,
    ...blockWrites(built, undefined, store),
    { key: KEY.meta('genesis'), value: hexToBytes(hash) },
    { key: KEY.meta('version'), value: Buffer.from(DATA_VERSION) },
  ])
}

/** The file says with what parameters its hash was made; block 0 holds their digest. */
function checkParameters(store: Store, genesis: Genesis, common: Common, crypto: Crypto): void {
  const rlp = store.get(KEY.header(0n))
  if (!rlp || bytesToHex(crypto.keccak(rlp)) !== genesis.hash) throw damaged('its first block is not the genesis')
  if (Buffer.compare(createBlockHeaderFromRLP(rlp, { common }).extraData, parametersDigest(genesis)) !== 0) {
    const message = `The parameters in the genesis file are not those of the genesis ${genesis.hash}. Restore the file, or reset the network.`
    throw new OgError('CHAIN_GENESIS_INVALID', message, { details: { stated: genesis.hash } })
  }
}

/**
 * Code at the addresses of the protocol never changes: it is that of the genesis, which other software may have made. Read from the trie, where
 * what is damaged cannot pass for other contracts.
 */
function checkContracts(store: Store, { head }: Ledger, { keccak }: Crypto): void {
  const names = foreignContracts(trieBase(head.block.header.stateRoot, new HashedStore(store, keccak), keccak), keccak)
  if (names.length === 0) return
  const message = `The contracts of this chain are of another version than this software, which would compute other blocks: ${names.join(', ')}. Use the version that the network was made with, or reset the network.`
  throw new OgError('CHAIN_DATA_VERSION', message, { details: { contracts: names } })
}

function checkHead(ledger: Ledger, genesis: Genesis): void {
  const { head } = ledger
  if (head.height === 0n) return
  const commit = ledger.commit(head.height)
  if (!commit || commit.validator !== genesis.validator) throw damaged('the last block is not signed by the validator')
  try {
    verifyCommit(Number(genesis.chainId), { height: Number(head.height), blockHash: head.hash }, commit)
  } catch (cause) {
    throw damaged('the signature of the last block is wrong', cause)
  }
}

async function checkState(store: Store, { head }: Ledger, crypto: Crypto): Promise<void> {
  const root = await rebuildRoot(store, crypto.keccak, CHECKED_ENTRIES)
  if (root && Buffer.compare(root, head.block.header.stateRoot) !== 0) throw damaged('its accounts do not give the root of the last block')
}

/**
 * LevelDB would take a folder that lost its CURRENT file for a new one, and delete what is left. Only `MANIFEST-000001` may
 * be there without it: LevelDB writes it before the first CURRENT, and another, with a log, as soon as there is one.
 */
async function refuseHeadless(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[])
  const written = names.filter((name) => /\.(ldb|sst|log)$|^MANIFEST-/.test(name))
  const begun = written.every((name) => name === 'MANIFEST-000001')
  if (!begun && !names.includes('CURRENT')) throw damaged(`${folder} has tables but no CURRENT file`)
}

const foreign = (why: string) =>
  new OgError('CHAIN_DATA_FOREIGN', `The chain database belongs to another network: ${why}. Use another data folder, or reset the network.`)
