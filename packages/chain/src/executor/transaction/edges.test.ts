import { type Address, createAddressFromString } from '@ethereumjs/util'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import {
  type Asked,
  begin,
  COINBASE,
  contractAt,
  type Done,
  ours,
  PEOPLE,
  runOurs,
  runTheirs,
  theirs,
  type World,
  watched,
} from './worlds.testkit.ts'

/** Sends to the first contract by the first person, with the next nonce; the rest as given. */
type Wish = Partial<Asked> & { readonly from?: number }

const PLAIN: Omit<Asked, 'nonce' | 'from'> = {
  type: 2,
  to: contractAt(0),
  gasLimit: 5_000_000n,
  tip: 2n,
  value: 0n,
  data: new Uint8Array(),
  accessList: [],
  authorizations: [],
}

/** Runs the transactions one after the other on both, and watched, looks that nothing tells them apart, and says what came of each. */
async function both(
  codes: readonly Hex[],
  wishes: readonly Wish[],
  prepare: (state: World['state']) => Promise<void> = async () => {},
): Promise<readonly Done[]> {
  const all = codes.map((code) => hexToBytes(code))
  await begin(ours, all)
  await begin(theirs, all)
  await begin(watched, all)
  for (const { state } of [ours, theirs, watched]) await prepare(state)
  const done: Done[] = []
  for (const wish of wishes) {
    const from = wish.from ?? 0
    const asked: Asked = { ...PLAIN, nonce: ours.state.record(PEOPLE[from]!.bytes)!.nonce, ...wish, from }
    const mine = await runOurs(asked)
    expect(mine).toEqual(await runTheirs(asked))
    expect(ours.state.changes()).toEqual(theirs.state.changes())
    expect(await runOurs(asked, watched)).toEqual(mine)
    expect(watched.state.changes()).toEqual(ours.state.changes())
    done.push(mine)
  }
  return done
}

const slot = (number: number, of: Address = contractAt(0)): bigint => {
  const value = ours.state.slot(of.bytes, new Uint8Array(32).fill(number, 31))
  return BigInt(`0x0${Buffer.from(value).toString('hex')}`)
}
const bytesOf = (address: bigint) => hexToBytes(`0x${hex(address, 20)}`)
const succeeded = (done: readonly Done[]) => done.map((each) => 'failed' in each && !each.failed)
const hex = (number: bigint | number, bytes: number) => number.toString(16).padStart(2 * bytes, '0')
/** Makes a contract by CREATE2 with salt 0, whose init code and code are these, and leaves its address on the stack. */
const make2 = (init: string, value = '5f') => `7f${init.padEnd(64, '0')}5f525f60${hex(init.length / 2, 1)}5f${value}f5`

describe('what calls leave behind', () => {
  it('is nothing of transient storage: not for the next transaction, nor of a call that reverts', async () => {
    const codes: Hex[] = [
      // Notes what transient slot 0 holds in slot 1, then after a call of itself that reverts in slot 2, and sets it.
      `0x5f5c60015560075f5d5f5f5f5f5f60a15af1505f5c60025500`,
      '0x600960005d5f5f5f5f5f60a05af4505f5ffd',
    ]
    expect(succeeded(await both(codes, [{}, {}]))).toEqual([true, true])
    expect([slot(1), slot(2)]).toEqual([0n, 7n])
  })

  it('is what a slot cost: written, in a call that reverts, in one that does not, and again', async () => {
    const writes = '5f5f55600160015560056002555f600355'
    for (const inner of ['5ffd', '00', 'fe']) {
      const codes: Hex[] = [
        `0x${writes}5f5f5f5f60a162100000f45060035f555f600255600960015560096003555f60035500`,
        `0x60095f556000600155600960025560096003555f${inner === '5ffd' ? '5ffd' : `50${inner}`}`,
      ]
      await both(codes, [{}, { gasLimit: 60_000n }, { gasLimit: 100_000n }])
    }
  })

  /** Init code that leaves as code: destroy yourself for the caller. */
  const MORTAL = '6133ff5f526002601ef3'

  it('is no contract that was made and destroyed in the same transaction, so that it can be made again in the next', async () => {
    const done = await both([`0x${make2(MORTAL)}80600155805f5f5f5f5f855af100`], [{}, { value: 7n }, {}])
    expect(succeeded(done)).toEqual([true, true, true])
    expect(ours.state.record(bytesOf(slot(1)))).toBeUndefined()
  })

  it('is a contract that the transaction before made, although this one tried to make it again before it destroyed itself', async () => {
    // Makes it and notes its address; or, where that is taken, calls it.
    const code: Hex = `0x${make2(MORTAL)}8015603257600155005b505f5f5f5f5f6001545af100`
    expect(succeeded(await both([code], [{ gasLimit: 20_000_000n }, { gasLimit: 20_000_000n }]))).toEqual([true, true])
    const made = bytesOf(slot(1))
    expect(ours.state.record(made)?.balance).toBe(0n)
    expect(Buffer.from(ours.state.code(ours.state.record(made)!.codeHash)).toString('hex')).toBe('33ff')
  })
})

describe('memory and data at their limits', () => {
  const FAR = [0xffn, 2n ** 30n, 2n ** 32n - 32n, 2n ** 32n, 2n ** 53n, 2n ** 64n, 2n ** 255n]
  const word = (value: bigint) => `7f${hex(value, 32)}`

  it('are the same: every opcode that reaches into either, from near to beyond, nothing or something', async () => {
    const codes: Hex[] = []
    for (const far of FAR) {
      for (const length of [0n, 1n, 33n, 2n ** 31n, 2n ** 64n]) {
        const [at, size] = [word(far), word(length)]
        codes.push(
          `0x${size}${at}2060015500`,
          `0x${size}5f${at}3760015500`,
          `0x${size}${at}5f375960015500`,
          `0x${size}${at}5f395960015500`,
          `0x${size}${at}5f303c5960015500`,
          `0x${size}${at}5f3e5960015500`,
          `0x${size}${at}5f5e5960015500`,
          `0x${size}5f${at}5e5960015500`,
          `0x${size}${at}a0`,
          `0x${size}${at}f3`,
          `0x${size}${at}fd`,
          `0x${size}${at}5ff05960015500`,
          `0x5f${size}${at}5ff55960015500`,
          `0x${size}${at}5f5f5f60045af15960015500`,
          `0x5f5f${size}${at}5f60045af15960015500`,
        )
      }
      codes.push(`0x${word(far)}5100`, `0x5f${word(far)}5200`, `0x5f${word(far)}5300`, `0x${word(far)}3560015500`)
    }
    for (const code of codes) await both([code], [{ data: Uint8Array.of(1, 2, 3), gasLimit: 300_000n }])
  })

  it('are the same: what a call returned, read to its end and beyond', async () => {
    for (const [from, size] of [
      [0, 32],
      [1, 32],
      [32, 0],
      [33, 0],
      [0, 33],
    ]) {
      const code: Hex = `0x5f5f60205f5f60045af15060${hex(size!, 1)}60${hex(from!, 1)}5f3e3d60015500`
      await both([code], [{}])
    }
  })

  it('are the same: init code of 49,152 bytes and one more, code of 24,576 and one more, and code that begins with 0xef', async () => {
    for (const size of [49_152, 49_153]) {
      await both([`0x62${hex(size, 3)}5f5ff060015500`, `0x5f62${hex(size, 3)}5f5ff560015500`], [{}, { to: contractAt(1) }])
    }
    for (const size of [24_576, 24_577]) {
      // Init code: return that many zeros.
      const init = `62${hex(size, 3)}5ff3`
      await both(
        [`0x${make2(init)}60015500`],
        [{ gasLimit: 10_000_000n }, { to: undefined, data: hexToBytes(`0x${init}`), gasLimit: 10_000_000n }],
      )
    }
    await both([`0x${make2('60ef5f5360015ff3')}60015500`], [{}, { to: undefined, data: hexToBytes('0x60ef5f5360015ff3') }])
    await both(['0x00'], [{ to: undefined, data: hexToBytes('0xef00') }])
  })
})

describe('accounts that have lent themselves (EIP-7702)', () => {
  const zero = createAddressFromString(`0x${'00'.repeat(20)}`)
  const lend = (signer: number, to: Address, nonce: bigint) => ({
    chainId: 1n,
    address: to.toString() as Hex,
    nonce,
    signer,
    spoilt: 'no' as const,
  })
  /** Looks at the code of person 0 and 3 from outside, notes it in slots, and calls them. */
  const look = (person: number) => {
    const at = `73${PEOPLE[person]!.toString().slice(2)}`
    return `${at}3b600155${at}3f60025560175f5f${at}3c5f5160035538600455${at}ff`.replace(`${at}ff`, `5f5f5f5f5f${at}5af160055500`)
  }

  it('to themselves, in a circle, to a precompile, to each other, to nobody, and to nobody any more', async () => {
    for (const to of [PEOPLE[0]!, PEOPLE[3]!, PEOPLE[1]!, createAddressFromString(`0x${'00'.repeat(19)}02`), zero, contractAt(1)]) {
      const codes: Hex[] = [
        `0x${look(0)}`,
        '0x30600155336002553860035560205f5f395f516004555f5f5f5ff06005555a6006553260075500',
        `0x${look(3)}`,
      ]
      await both(codes, [
        // The sender itself, whose nonce has moved on by then; another; and back.
        { type: 4, authorizations: [lend(0, to, 1n), lend(3, PEOPLE[0]!, 0n)] },
        { to: contractAt(2) },
        { to: PEOPLE[0]!, value: 1n },
        { from: 1, to: PEOPLE[0]!, value: 1n },
        { from: 1, to: PEOPLE[3]!, value: 1n },
        { type: 4, authorizations: [lend(0, zero, 5n), lend(3, to, 1n), lend(3, zero, 2n), lend(3, contractAt(1), 3n)] },
        { from: 1, to: PEOPLE[3]! },
        { to: undefined, data: hexToBytes('0x3060015500') },
      ])
    }
  })
})

describe('who lends itself', () => {
  const lend = (signer: number) => ({ chainId: 1n, address: contractAt(0).toString() as Hex, nonce: 0n, signer, spoilt: 'no' as const })

  it('pays less than was asked for if it is there already, and may not be a contract', async () => {
    const authorize = (signer: number) => [{ type: 4, authorizations: [lend(signer)] }]
    const gas = async (signer: number, prepare?: (state: World['state']) => Promise<void>) => {
      const [done] = await both(['0x00'], authorize(signer), prepare)
      return done && 'gasUsed' in done ? done.gasUsed : undefined
    }
    const there = await gas(3)
    const absent = await gas(3, (state) => state.deleteAccount(PEOPLE[3]!))
    const contract = await gas(2)
    expect(there).toBe(36_800n)
    expect([absent, contract]).toEqual([46_000n, 46_000n])
    expect(ours.state.code(ours.state.record(PEOPLE[2]!.bytes)!.codeHash)).toEqual(Uint8Array.of(0))
  })
})

describe('who is paid', () => {
  it('may be the sender, the target, a contract, and one that destroys itself', async () => {
    const coinbase = createAddressFromString(COINBASE)
    await both(
      ['0x41ff', '0x41315f5500', '0x5f5f5f5f6001415af160015500'],
      [{ to: coinbase }, { tip: 1n, to: coinbase }, { value: 3n }, { to: contractAt(1) }, { to: contractAt(2) }],
    )
  })

  it('sees the block: number, time, price, limit, randomness, chain, old blocks and blobs', async () => {
    const all = ['3a', '41', '42', '43', '44', '45', '46', '47', '48', '4a', '58', '59', '61012b40', '60ff40', '61012c40', '5f49']
    const code: Hex = `0x${all.map((each, i) => `${each}60${hex(i + 1, 1)}55`).join('')}00`
    expect(succeeded(await both([code], [{ value: 5n }]))).toEqual([true])
    expect([slot(1), slot(4), slot(5), slot(9)]).toEqual([8n, 300n, 0n, 7n])
  })
})

describe('the last nonce', () => {
  it('creates nothing any more', async () => {
    const create: Hex = '0x5f5f5ff060015500'
    const lasts = [2n ** 64n - 1n, 2n ** 64n - 2n]
    for (const nonce of lasts) {
      for (const { state } of [ours, theirs]) {
        state.reset(state === ours.state ? ours.parts.base : theirs.parts.base)
        for (const person of PEOPLE) state.credit(person.bytes, 10n ** 18n)
        await state.modifyAccountFields(contractAt(0), { nonce, balance: 50n })
        await state.putCode(contractAt(0), hexToBytes(create))
      }
      const asked: Asked = { ...PLAIN, nonce: 0n, from: 0 }
      expect(await runOurs(asked)).toEqual(await runTheirs(asked))
      expect(ours.state.changes()).toEqual(theirs.state.changes())
      expect(slot(1) > 0n).toBe(nonce === lasts[1])
    }
  })
})

describe('calls that go deep', () => {
  it('end at 1,024, whether by calls or by creations', async () => {
    const { state } = ours
    // Counts in slot 0 how often it was called, and calls itself; the other creates what creates what creates, by its own code.
    const codes: Hex[] = ['0x5f546001015f555f5f5f5f5f305af100', '0x365f5f37365f5ff000']
    const results: unknown[] = []
    for (const world of [ours, theirs]) {
      await begin(
        world,
        codes.map((code) => hexToBytes(code)),
      )
      const call = (to: Address, gasLimit: bigint, data: Hex) =>
        world.vm.evm.runCall({ caller: PEOPLE[0]!, to, gasLimit, data: hexToBytes(data) })
      for (const gas of [10n ** 12n, 2n ** 53n - 1n, 2n ** 60n]) {
        const { execResult } = await call(contractAt(0), gas, '0x')
        world.vm.evm.journal.cleanJournal()
        world.state.originalStorageCache.clear()
        results.push([execResult.executionGasUsed, execResult.exceptionError?.error, execResult.gasRefund])
      }
      const own = '38600e60003938600e0160005ff000'
      results.push((await call(contractAt(1), 10n ** 13n, `0x${own}`)).execResult.executionGasUsed)
      world.vm.evm.journal.cleanJournal()
      world.state.originalStorageCache.clear()
    }
    expect(results.slice(0, 4)).toEqual(results.slice(4))
    expect(state.changes()).toEqual(theirs.state.changes())
    expect(slot(0)).toBe(9n + 3n * 1025n)
  })
})

describe('what little gas and leave there is', () => {
  it('ends at the same gas, to the last one, before a write to storage and before the end', async () => {
    // Whatever is left when SSTORE asks for more than 2,300; then opcodes that wait for nothing.
    const limits = Array.from({ length: 120 }, (_, i) => 21_000n + 2_280n + BigInt(i))
    await both(
      ['0x60095f5500'],
      limits.map((gasLimit) => ({ gasLimit })),
    )
    await both(
      ['0x5f5f5f010150365000'],
      Array.from({ length: 30 }, (_, i) => ({ gasLimit: 21_000n + BigInt(i) })),
    )
  })

  it('changes nothing in a static call', async () => {
    for (const code of ['60075f55', '60075f5d', '5f5fa0', '5f5f5ff0', '5f5f5f5ff5', '33ff', '5f5f5f5f60015f5af1'] as const) {
      await both(['0x5f5f5f5f60a15afa6007016001555f5460025500', `0x${code}00`], [{ gasLimit: 500_000n }])
    }
  })

  it('makes the slots of an access list cheap', async () => {
    const accessList = [{ address: contractAt(0).toString() as Hex, storageKeys: [`0x${hex(5, 32)}` as const] }]
    await both(['0x60055450600654505a60015500'], [{ accessList }, {}, { type: 1, accessList }])
  })
})
