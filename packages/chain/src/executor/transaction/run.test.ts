import { createTx } from '@ethereumjs/tx'
import { type Address, createAddressFromPrivateKey, createAddressFromString, eoaCode7702SignAuthorization } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import { bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../../crypto/crypto.ts'
import { FlatBase } from '../../state/base.ts'
import { HashedStore } from '../../state/nodes.ts'
import { Overlay } from '../../state/overlay.ts'
import { type StateParts, transition } from '../../state/root.ts'
import { memoryStore } from '../../state/store.ts'
import { EMPTY_ROOT } from '../../trie/update.ts'
import { reasonOf } from '../decode.ts'
import { environmentBlock } from '../environment.ts'
import { vmOn } from '../execute.ts'
import { program } from '../interpreter/programs.testkit.ts'
import { BLOCK_GAS_LIMIT, chainCommon } from '../rules.ts'
import { readFields } from './fields.ts'
import { runTransaction } from './run.ts'

const crypto = await loadCrypto()
const common = chainCommon(1n, crypto)
const BASE_FEE = 7n
const COINBASE = '0x00000000000000000000000000000000000000cb'
const BLOCK = environmentBlock(
  {
    number: 300n,
    parentHash: new Uint8Array(32),
    time: 1_700_000_000n,
    coinbase: hexToBytes(COINBASE),
    baseFee: BASE_FEE,
    gasLimit: BLOCK_GAS_LIMIT,
    mixHash: new Uint8Array(32),
  },
  common,
)

const KEYS = [1, 2, 3, 4].map((last) => new Uint8Array(32).fill(last))
const PEOPLE = KEYS.map((key) => createAddressFromPrivateKey(key))
const contractAt = (index: number): Address => createAddressFromString(`0x${(0xa0 + index).toString(16).padStart(40, '0')}`)
const ABSENT = createAddressFromString('0x00000000000000000000000000000000000e0e0e')

/** What the contracts at 0xa3 and after do; those before run random programs. */
const CODES: readonly Hex[] = [
  '0x60006000fd', // reverts
  '0xfe', // burns its gas
  '0x5f5f555f6001555f600255', // clears slots 0, 1 and 2, which held something: a refund
  '0x5f355f5560016001555f60015500', // writes what it is given, sets a slot and clears it again
  '0x33ff', // destroys itself for its caller; as it was there before, only its balance goes
  // Makes a contract that destroys itself at once, with its own address as heir: its wei are gone.
  '0x6130ff5f526002601e600af000',
  // Makes a contract whose code is the byte 00, then calls the address of nobody with nothing.
  '0x600a600c5f3960056005f05f5f5f5f5f620e0e0e62fffffff1505f60005260016000f3',
  '0x5b5f56', // never ends
  '0x365f5f37365f20365fa1', // logs the hash of its input
]

interface World {
  readonly state: Overlay
  readonly vm: VM
  readonly parts: StateParts
}

async function world(makeVm: (state: Overlay) => Promise<VM>): Promise<World> {
  const store = memoryStore()
  const hashed = new HashedStore(store, crypto.keccak)
  const base = new FlatBase(store, hashed)
  const state = new Overlay(base, crypto.keccak)
  return { state, vm: await makeVm(state), parts: { store, base, hashed, keccak: crypto.keccak } }
}

const ours = await world((state) => vmOn(state, common, () => undefined))
const theirs = await world((stateManager) => createVM({ common: common.detached(), stateManager }))

async function begin({ state, parts }: World, programs: readonly Uint8Array[]): Promise<void> {
  state.reset(parts.base)
  for (const [i, person] of PEOPLE.entries()) state.credit(person.bytes, i === 3 ? 900_000n : 10n ** 18n)
  // One has lent itself to a contract, one is a contract although somebody has its key.
  await state.putCode(PEOPLE[1]!, Uint8Array.of(0xef, 1, 0, ...contractAt(3).bytes))
  await state.putCode(PEOPLE[2]!, Uint8Array.of(0))
  for (const [i, code] of [...programs, ...CODES.map((code) => hexToBytes(code))].entries()) {
    await state.modifyAccountFields(contractAt(i), { nonce: 1n, balance: 50n })
    await state.putCode(contractAt(i), code)
    for (let slot = 0; slot < 3; slot++) await state.putStorage(contractAt(i), new Uint8Array(32).fill(slot, 31), Uint8Array.of(9))
  }
}

interface Asked {
  readonly type: number
  readonly from: number
  readonly to: Address | undefined
  readonly nonce: bigint
  readonly gasLimit: bigint
  readonly tip: bigint
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: { address: Hex; storageKeys: Hex[] }[]
  readonly authorizations: { chainId: bigint; address: Hex; nonce: bigint; signer: number; spoilt: 'no' | 'parity' | 's' | 'r' }[]
}

/** Signing takes long, and the same is signed again and again. */
const signatures = new Map<string, readonly Uint8Array[]>()

function signedBy(signer: number, wish: { readonly chainId: Hex; readonly address: Hex; readonly nonce: Hex }): readonly Uint8Array[] {
  const id = JSON.stringify([signer, wish])
  const signature = signatures.get(id) ?? eoaCode7702SignAuthorization(wish, KEYS[signer]!)
  signatures.set(id, signature)
  return signature
}

function transactionOf(asked: Asked) {
  const { type, from, to, tip, nonce, gasLimit, value, data, accessList } = asked
  const authorizationList = (type === 4 ? asked.authorizations : []).map(({ chainId, address, nonce: at, signer, spoilt }) => {
    const quantity = (number: bigint): Hex => `0x${number.toString(16)}`
    const signed = signedBy(signer, { chainId: quantity(chainId), address, nonce: quantity(at) })
    const [, , , yParity, r, s] = signed.map((bytes) => BigInt(bytes.length === 0 ? '0x0' : bytesToHex(bytes))) as bigint[]
    return {
      chainId: quantity(chainId),
      address,
      nonce: quantity(at),
      yParity: quantity(spoilt === 'parity' ? 2n : yParity!),
      r: quantity(spoilt === 'r' ? 0n : r!),
      s: quantity(spoilt === 's' ? 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n - s! : s!),
    }
  })
  const price = BASE_FEE + tip - 1n
  const tx = createTx(
    {
      type,
      ...(type > 0 && { chainId: 1n, accessList }),
      nonce,
      gasLimit,
      value,
      data,
      ...(to && { to }),
      ...(type < 2 ? { gasPrice: price } : { maxFeePerGas: price, maxPriorityFeePerGas: tip < price ? tip : price }),
      ...(type === 4 && { authorizationList }),
    },
    { common, freeze: false },
  )
  tx.getSenderAddress = () => PEOPLE[from]!
  return tx
}

type Done = { readonly gasUsed: bigint; readonly failed: boolean; readonly logs: unknown } | { readonly refused: string }

async function runOurs(asked: Asked): Promise<Done> {
  const { state, vm } = ours
  const fields = readFields(transactionOf(asked).serialize())
  try {
    const { gasUsed, failed, logs } = await runTransaction({ evm: vm.evm, state, block: BLOCK, crypto }, fields, PEOPLE[asked.from]!.bytes)
    return { gasUsed, failed, logs }
  } catch (error) {
    return { refused: reasonOf(error) }
  }
}

async function runTheirs(asked: Asked): Promise<Done> {
  try {
    const { totalGasSpent, execResult } = await runTx(theirs.vm, { tx: transactionOf(asked), block: BLOCK })
    return { gasUsed: totalGasSpent, failed: execResult.exceptionError !== undefined, logs: execResult.logs ?? [] }
  } catch (error) {
    return { refused: reasonOf(error) }
  }
}

const target = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 2 + CODES.length }).map(contractAt) },
  { weight: 2, arbitrary: fc.constantFrom(...PEOPLE) },
  { weight: 1, arbitrary: fc.constantFrom(ABSENT, createAddressFromString(COINBASE)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 18 }).map((last) => createAddressFromString(`0x${last.toString(16).padStart(40, '0')}`)),
  },
  { weight: 3, arbitrary: fc.constant(undefined) },
)
const entry = fc.record({
  address: fc.oneof(target.map((to) => (to ?? ABSENT).toString() as Hex)),
  storageKeys: fc.array(
    fc.nat(3).map((slot): Hex => `0x${slot.toString(16).padStart(64, '0')}`),
    { maxLength: 3 },
  ),
})
const authorization = fc.record({
  chainId: fc.constantFrom(0n, 1n, 1n, 2n),
  address: fc.oneof(target.map((to) => (to ?? createAddressFromString(`0x${'00'.repeat(20)}`)).toString() as Hex)),
  nonce: fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 2n) }, { weight: 1, arbitrary: fc.constant(2n ** 64n - 1n) }),
  signer: fc.nat(3),
  spoilt: fc.constantFrom<'no' | 'parity' | 's' | 'r'>('no', 'no', 'no', 'no', 'parity', 's', 'r'),
})
const call = fc.record({
  type: fc.constantFrom(0, 1, 2, 2, 4),
  from: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
  to: target,
  tip: fc.constantFrom(0n, 1n, 2n, 3n),
  value: fc.constantFrom(0n, 0n, 1n, 60n, 10n ** 18n),
  data: fc.oneof(program, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 300, maxLength: 600 })),
  accessList: fc.array(entry, { maxLength: 3 }),
  authorizations: fc.array(authorization, { minLength: 1, maxLength: 3 }),
  gas: fc.oneof(fc.bigInt(0n, 250_000n), fc.bigInt(20_000n, 60_000n), fc.bigInt(-2n, 2n), fc.bigInt(0n, 4_000n)),
  /** One in ten has another nonce than the next. */
  early: fc.constantFrom(...new Array<bigint>(9).fill(0n), 1n),
})

describe('a transaction', () => {
  it('does what it does in EthereumJS, whatever it is: gas, logs, outcome, refusal, state root', async () => {
    const seen = new Map<string, number>()
    const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
    await fc.assert(
      fc.asyncProperty(
        fc.array(program, { minLength: 3, maxLength: 3 }),
        fc.array(call, { minLength: 1, maxLength: 6 }),
        async (programs, calls) => {
          await begin(ours, programs)
          await begin(theirs, programs)
          for (const { gas, early, ...rest } of calls) {
            const to = rest.type === 4 ? (rest.to ?? ABSENT) : rest.to
            const draft: Asked = { ...rest, to, gasLimit: 10_000_000n, nonce: ours.state.record(PEOPLE[rest.from]!.bytes)!.nonce + early }
            const tx = transactionOf(draft)
            // Around what it costs to begin, or with room to run.
            const asked: Asked = { ...draft, gasLimit: gas < 20_000n ? tx.getIntrinsicGas() + gas : gas }
            const mine = await runOurs(asked)
            expect(mine).toEqual(await runTheirs(asked))
            expect(ours.state.changes()).toEqual(theirs.state.changes())
            note('refused' in mine ? mine.refused.slice(0, 30) : mine.failed ? 'failed' : 'succeeded')
          }
          const root = (await transition(EMPTY_ROOT, ours.state.changes(), ours.parts)).root
          expect(root).toEqual((await transition(EMPTY_ROOT, theirs.state.changes(), theirs.parts)).root)
        },
      ),
      { numRuns: 300 },
    )
    for (const what of ['failed', 'succeeded']) expect(seen.get(what), what).toBeGreaterThan(100)
    // Too little gas, too low a price, a contract as the sender, too little money twice, a wrong nonce.
    expect([...seen.values()].filter((count) => count > 2).length, JSON.stringify([...seen])).toBeGreaterThanOrEqual(8)
  })

  it('leaves nothing behind when the EVM itself breaks in the middle of calls', async () => {
    const { state, vm } = ours
    const broken = 0xbb
    vm.evm.precompiles.set(broken.toString(16).padStart(40, '0'), () => {
      throw new RangeError('broken')
    })
    // Writes the number it is called with to a slot, and to one of the transaction, and calls itself with the next; after three, what breaks.
    const code = hexToBytes(`0x5f35805f55805f5d60010180600310601f575f525f5f60205f5f60a05af1005b5f5f5f5f5f60${broken.toString(16)}5af100`)
    await begin(ours, [code])
    const before = structuredClone(state.changes())
    const asked: Asked = {
      type: 2,
      from: 0,
      to: contractAt(0),
      nonce: 0n,
      gasLimit: 1_000_000n,
      tip: 2n,
      value: 1n,
      data: new Uint8Array(32),
      accessList: [],
      authorizations: [],
    }
    expect(await runOurs(asked)).toEqual({ refused: 'broken' })
    expect(state.changes()).toEqual(before)
    expect(state.depth).toBe(0)
    vm.evm.precompiles.delete(broken.toString(16).padStart(40, '0'))
    // Answers what the transient slot holds: nothing of what the broken one wrote.
    await begin(ours, [hexToBytes('0x5f5c5f5500')])
    expect(await runOurs(asked)).toMatchObject({ failed: false })
    expect(state.slot(contractAt(0).bytes, new Uint8Array(32))).toEqual(new Uint8Array())
  })

  it('creates contracts of any code, as prague does: what begins like an EOF container fails with its gas', async () => {
    for (const opcode of ['f0', 'f5']) {
      const salt = opcode === 'f5' ? '5f' : ''
      for (const first of ['ef', 'ee']) {
        // Creates a contract with the code 0xef00 or 0xee00; neither byte is an opcode.
        await begin(ours, [hexToBytes(`0x60${first}5f53${salt}60025f5f${opcode}00`)])
        const done = await runOurs({
          type: 0,
          from: 0,
          to: contractAt(0),
          nonce: 0n,
          gasLimit: 1_000_000n,
          tip: 2n,
          value: 0n,
          data: new Uint8Array(),
          accessList: [],
          authorizations: [],
        })
        expect(done).toMatchObject({ failed: false })
        // All but one part in 64 of what was left.
        expect('gasUsed' in done && done.gasUsed).toBeGreaterThan(980_000n)
        expect(ours.state.record(contractAt(0).bytes)!.nonce).toBe(2n)
      }
    }
  })
})
