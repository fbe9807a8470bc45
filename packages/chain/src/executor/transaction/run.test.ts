import { createAddressFromString } from '@ethereumjs/util'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transition } from '../../state/root.ts'
import { EMPTY_ROOT } from '../../trie/update.ts'
import { program } from '../interpreter/programs.testkit.ts'
import { type Asked, begin, COINBASE, contractAt, ours, PEOPLE, runOurs, runTheirs, theirs, transactionOf } from './worlds.testkit.ts'

const ABSENT = createAddressFromString('0x00000000000000000000000000000000000e0e0e')

/** What the contracts at 0xa3 and after do; those before run random programs. */
const CODES: readonly Uint8Array[] = (
  [
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
  ] as const
).map((code) => hexToBytes(code))

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
          await begin(ours, [...programs, ...CODES])
          await begin(theirs, [...programs, ...CODES])
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
    for (const what of ['failed', 'succeeded']) expect(seen.get(what), what).toBeGreaterThan(50)
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
    await expect(runOurs(asked)).rejects.toThrow(new RangeError('broken'))
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
