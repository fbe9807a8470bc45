import { OgError } from '@opengradient/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { testApplication } from '../../test/application.testkit.ts'
import { GENESIS_TIME, OPG, signer, testGenesis, validator } from '../../test/chain.testkit.ts'
import { loadCrypto } from '../crypto/crypto.ts'
import { FlatBase } from '../state/base.ts'
import { HashedStore } from '../state/nodes.ts'
import { Overlay } from '../state/overlay.ts'
import { memoryStore } from '../state/store.ts'
import { decodeTransaction } from './decode.ts'
import { nextEnvironment } from './environment.ts'
import { type ExecutedBlock, executeBlock, type Runnable, vmOn } from './execute.ts'
import { chainCommon } from './rules.ts'

const crypto = await loadCrypto()
const to = '0x00000000000000000000000000000000000000aa'

/** Runs a block with two transactions on a fresh chain, where the machine fails with `fault` in the middle of the first. */
async function blockWith(fault: unknown): Promise<ExecutedBlock> {
  const genesis = await testGenesis()
  const store = memoryStore()
  const { ledger } = await testApplication({ store, genesis })
  const common = chainCommon(genesis, crypto)
  const hashed = new HashedStore(store, crypto.keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, crypto.keccak)
  const vm = await vmOn(overlay, common, () => undefined)
  const parts = { store, base, hashed, keccak: crypto.keccak, overlay, common, crypto, blockHash: () => undefined, pause: async () => {} }
  const first = signer(0)
  const run = vm.evm.runCall.bind(vm.evm)
  vm.evm.runCall = async (call) => {
    if (fault !== undefined && call.caller?.toString() === first.address.toLowerCase()) throw fault
    return run(call)
  }
  const raws = [await first.sign({ nonce: 0, to, value: OPG }), await signer(1).sign({ nonce: 0, to, value: OPG })]
  const transactions = raws.map((raw): Runnable => decodeTransaction(raw, common, crypto))
  const parent = ledger.head.block.header
  const env = nextEnvironment(parent, common, GENESIS_TIME + 10n, Buffer.from(validator.address.slice(2), 'hex'))
  return executeBlock(vm, parts, parent.stateRoot, env, transactions)
}

let whole: ExecutedBlock
beforeEach(async () => {
  whole = await blockWith(undefined)
})

describe('a block that this machine cannot run', () => {
  it('has no result, whatever the machine lacks: never one without the transaction, which its peers have', async () => {
    expect(whole.included).toHaveLength(2)
    const [hash] = whole.receipts.map(({ transactionHash }) => transactionHash)
    for (const fault of [new RangeError('Array buffer allocation failed'), new TypeError('x is not a function'), 'no error at all']) {
      const why = fault instanceof Error ? fault.message : fault
      await expect(blockWith(fault)).rejects.toMatchObject({
        code: 'INTERNAL',
        message: expect.stringMatching(new RegExp(`^Transaction ${hash} could not be run on this machine: ${why}\\. .*start it again\\.$`)),
      })
    }
  })

  it('is halted by with the reason as it is, where that has a name', async () => {
    const full = new OgError('DISK_FULL', 'The disk is full.')
    await expect(blockWith(full)).rejects.toBe(full)
  })
})
