import { createAddressFromString } from '@ethereumjs/util'
import { deployedCodes } from '@opengradient/contracts/deployed'
import { bytesToHex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { headerOf } from '../executor/environment.ts'
import { chainCommon } from '../executor/rules.ts'
import { blockWrites } from '../ledger/ledger.ts'
import { DATA_VERSION, openLedger } from '../open.ts'
import { FlatBase } from '../state/base.ts'
import { KEY } from '../state/keys.ts'
import { HashedStore } from '../state/nodes.ts'
import { Overlay } from '../state/overlay.ts'
import { transition } from '../state/root.ts'
import { memoryStore } from '../state/store.ts'
import { buildGenesis } from './build.ts'
import { type Genesis, type GenesisParameters, LOCAL_BENEFICIARIES } from './genesis.ts'

const PARAMETERS: GenesisParameters = {
  chainId: 2n ** 33n,
  validator: '0x00000000000000000000000000000000000000aa',
  faucets: [{ address: '0x00000000000000000000000000000000000000bb', amount: 5n * 10n ** 24n }],
  time: 1_780_000_000n,
  beneficiaries: LOCAL_BENEFICIARIES,
}
const crypto = await loadCrypto()
const { keccak } = crypto

/** A whole database as software makes it that has other contracts: those whose code `change` answers. */
async function madeWith(change: (name: string, code: Uint8Array) => Uint8Array | undefined, parameters = PARAMETERS) {
  const common = chainCommon(parameters, crypto)
  const built = await buildGenesis(parameters, crypto)
  const store = memoryStore()
  await store.write(built.transition.writes)
  const hashed = new HashedStore(store, keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, keccak)
  for (const { name, address } of deployedCodes) {
    const at = createAddressFromString(address)
    const code = change(name, await overlay.getCode(at))
    if (code) await overlay.putCode(at, code)
  }
  const state = await transition(built.transition.root, overlay.changes(), { base, store, hashed, keccak })
  const { transactionsTrie, receiptTrie, logsBloom, number, parentHash, timestamp, coinbase, baseFeePerGas, gasLimit, mixHash, extraData } =
    built.header
  const header = headerOf(
    { number, parentHash, time: timestamp, coinbase: coinbase.bytes, baseFee: baseFeePerGas!, gasLimit, mixHash, extraData },
    common,
    { stateRoot: state.root, transactionsRoot: transactionsTrie, receiptsRoot: receiptTrie, logsBloom, gasUsed: 0n },
  )
  const hash = header.hash()
  await store.write([
    ...state.writes,
    ...blockWrites({ ...built, header, hash, transition: state }, undefined, store),
    { key: KEY.meta('genesis'), value: hash },
    { key: KEY.meta('version'), value: Buffer.from(DATA_VERSION) },
  ])
  const genesis: Genesis = { ...parameters, hash: bytesToHex(hash) }
  return openLedger(store, genesis, common, crypto)
}

it('a database with the contracts of this software is opened, whatever its chain id and its time', async () => {
  for (const change of [{}, { chainId: 10_740n }, { time: 1_790_000_000n }]) {
    const ledger = await madeWith(() => undefined, { ...PARAMETERS, ...change })
    expect(ledger.head.height).toBe(0n)
  }
})

it('a database with other contracts is refused, with their names', async () => {
  const flipped = (code: Uint8Array) => code.map((byte, index) => (index === code.length - 1 ? byte ^ 1 : byte))
  for (const { name } of deployedCodes) {
    const opened = madeWith((one, code) => (one === name ? flipped(code) : undefined))
    await expect(opened, name).rejects.toMatchObject({
      code: 'CHAIN_DATA_VERSION',
      message: expect.stringMatching(
        `are of another version than this software, which would compute other blocks: ${name}. Use the version`,
      ),
      details: { contracts: [name] },
    })
  }
})

it('so is one that lacks a contract, or has more code than it', async () => {
  const empty = madeWith((name) => (name === 'WOPG' || name === 'Nodes' ? new Uint8Array() : undefined))
  await expect(empty).rejects.toMatchObject({ code: 'CHAIN_DATA_VERSION', details: { contracts: ['Nodes', 'WOPG'] } })
  const longer = madeWith((name, code) => (name === 'Vesting' ? Uint8Array.of(...code, 0) : undefined))
  await expect(longer).rejects.toMatchObject({ code: 'CHAIN_DATA_VERSION', details: { contracts: ['Vesting'] } })
})
