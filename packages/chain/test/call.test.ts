import { createTxFromRLP } from '@ethereumjs/tx'
import { runTx } from '@ethereumjs/vm'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Chain } from '../src/chain.ts'
import { include, OPG, signer, testChain } from './chain.testkit.ts'

const at: Address = '0x00000000000000000000000000000000000000cc'
const withCode = (code: Hex) => ({ overrides: new Map([[at, { code: hexToBytes(code) }]]) })
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`

describe('a call', () => {
  let chain: Chain
  beforeAll(async () => {
    chain = await testChain()
    await include(chain, await signer(0).sign({ nonce: 0, to: ADDRESSES.wopg, value: OPG, data: '0xd0e30db0', gas: 100_000n }))
  })

  const balanceOf = (owner: Address) => hexToBytes(`0x70a08231${owner.slice(2).padStart(64, '0')}`)

  it('answers what the contract returns, at the head and at an old block', async () => {
    const request = { to: ADDRESSES.wopg, data: balanceOf(signer(0).address) }
    expect(bytesToHex((await chain.call(request, 1n)).returnData)).toBe(word(OPG))
    expect(bytesToHex((await chain.call(request, 0n)).returnData)).toBe(word(0n))
  })

  it('changes nothing', async () => {
    const before = await chain.state(1n).account(ADDRESSES.wopg)
    const result = await chain.call({ from: signer(1).address, to: ADDRESSES.wopg, value: OPG, data: hexToBytes('0xd0e30db0') }, 1n)
    expect(result.status).toBe('success')
    expect(result.logs.length).toBeGreaterThan(0)
    expect(await chain.state(1n).account(ADDRESSES.wopg)).toEqual(before)
    const after = await chain.call({ to: ADDRESSES.wopg, data: balanceOf(signer(1).address) }, 1n)
    expect(bytesToHex(after.returnData)).toBe(word(0n))
  })

  it('gives the revert data', async () => {
    // mstore(0, 42); revert(0, 32)
    const result = await chain.call({ to: at }, 1n, withCode('0x602a5f5260205ffd'))
    expect(result).toMatchObject({ status: 'revert', returnData: hexToBytes(word(42n)) })
    expect(result.gasUsed).toBeLessThan(22_000n)
  })

  it('names the fault when the EVM stops, and takes all the gas', async () => {
    expect(await chain.call({ to: at, gas: 100_000n }, 1n, withCode('0xfe'))).toMatchObject({
      status: 'halt',
      error: 'invalid opcode',
      gasUsed: 100_000n,
    })
  })

  it('can be made as a contract, whose own code then answers', async () => {
    // calls its caller back: call(gas, caller, 0, 0, 0, 0, 0) and returns extcodesize(caller)
    const code = '0x333b5f5260205ff3'
    const result = await chain.call({ from: ADDRESSES.wopg, to: at }, 1n, withCode(code))
    const size = (await chain.state(1n).code(ADDRESSES.wopg)).length
    expect(bytesToHex(result.returnData)).toBe(word(BigInt(size)))
    expect(size).toBeGreaterThan(100)
  })

  it('refuses value and fees that the sender does not have', async () => {
    const poor: Address = '0x00000000000000000000000000000000000000dd'
    expect(await chain.call({ from: poor, to: at, value: 1n }, 1n)).toMatchObject({
      status: 'halt',
      error: /insufficient funds for transfer/,
    })
    const priced = await chain.call({ from: poor, to: at, gasPrice: 10n ** 12n, gas: 30_000n }, 1n)
    expect(priced.error).toMatch(/insufficient funds for gas/)
    expect((await chain.call({ from: poor, to: at, gas: 100n }, 1n)).error).toMatch(/INTRINSIC_GAS_TOO_LOW/)
  })

  it('takes overrides of balance, nonce, code and storage', async () => {
    const slotOf = '0x5f545f5260205ff3' // sload(0)
    const state = new Map([[word(0n), word(7n)]])
    for (const storage of [{ state }, { stateDiff: state }]) {
      const overrides = new Map([[at, { code: hexToBytes(slotOf), ...storage }]])
      expect(bytesToHex((await chain.call({ to: at }, 1n, { overrides })).returnData)).toBe(word(7n))
    }
    const rich = new Map([[at, { balance: 5n }]])
    expect(await chain.call({ from: at, to: ADDRESSES.history, value: 5n }, 1n, { overrides: rich })).toMatchObject({ status: 'revert' })
    // A replaced storage hides every slot that is not named.
    const replaced = new Map([[ADDRESSES.history as Address, { state: new Map<Hex, Hex>() }]])
    const count = await chain.call({ to: ADDRESSES.history, data: hexToBytes('0x06661abd') }, 1n, { overrides: replaced })
    expect(bytesToHex(count.returnData)).toBe(word(0n))
  })

  it('shows the next block to code, or the block asked for, or what is overridden', async () => {
    const number = withCode('0x435f5260205ff3')
    const see = async (options: object) => bytesToHex((await chain.call({ to: at }, 1n, { ...number, ...options })).returnData)
    expect(await see({})).toBe(word(2n))
    expect(await see({ sameBlock: true })).toBe(word(1n))
    expect(await see({ block: { number: 99n } })).toBe(word(99n))
    const fee = withCode('0x485f5260205ff3')
    expect(bytesToHex((await chain.call({ to: at }, 1n, fee)).returnData)).toBe(word(0n))
    const paid = await chain.call({ from: signer(0).address, to: at, maxFeePerGas: 10n ** 11n, gas: 50_000n }, 1n, fee)
    expect(bytesToHex(paid.returnData)).toBe(word(chain.nextBaseFee()))
  })

  it('lists the accounts and slots it touched', async () => {
    const { accessList } = await chain.call({ to: ADDRESSES.wopg, data: balanceOf(signer(0).address) }, 1n, { accessList: true })
    expect(accessList).toHaveLength(1)
    expect(accessList![0]).toMatchObject({ address: ADDRESSES.wopg })
    expect(accessList![0]!.storageKeys).toHaveLength(1)
  })

  it('runs many at once without mixing them up', async () => {
    const echo = '0x5f355f5260205ff3'
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => chain.call({ to: at, data: hexToBytes(word(BigInt(i))) }, BigInt(i % 2), withCode(echo))),
    )
    expect(answers.map(({ returnData }) => Number(BigInt(bytesToHex(returnData))))).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })
})

describe('an estimate', () => {
  it('is 21,000 for a transfer', async () => {
    const chain = await testChain()
    expect((await chain.estimateGas({ from: signer(0).address, to: at, value: 1n }, 0n)).gasUsed).toBe(21_000n)
  })

  it('suffices for the transaction, and is less than two hundredths too much', async () => {
    const chain = await testChain()
    const deposit = { to: ADDRESSES.wopg as Address, value: OPG, data: '0xd0e30db0' as Hex }
    const { gasUsed: gas } = await chain.estimateGas({ ...deposit, from: signer(0).address, data: hexToBytes(deposit.data) }, 0n)
    const [receipt] = await include(chain, await signer(0).sign({ nonce: 0, ...deposit, gas }))
    expect(receipt!.status).toBe(1)
    expect(Number(gas)).toBeLessThan(Number(receipt!.gasUsed) * 1.02)
  })

  it('counts the gas that must be offered to inner calls although it is not used', async () => {
    const chain = await testChain()
    // Reverts unless gas() > 50,000; uses almost nothing.
    const code = '0x5a61c35010600b575f5ffd5b00'
    const { status, gasUsed } = await chain.estimateGas({ to: at }, 0n, withCode(code))
    expect(status).toBe('success')
    expect(gasUsed).toBeGreaterThan(71_000n)
    expect(gasUsed).toBeLessThan(73_000n)
  })

  it('gives the failure when no amount of gas helps', async () => {
    const chain = await testChain()
    expect(await chain.estimateGas({ to: at }, 0n, withCode('0x5f5ffd'))).toMatchObject({ status: 'revert' })
  })

  it('covers an EIP-7702 authorisation', async () => {
    const chain = await testChain()
    const authorization = await signer(1).account.signAuthorization({ chainId: Number(chain.chainId), address: at, nonce: 0 })
    const entry = {
      chainId: chain.chainId,
      address: at,
      nonce: 0n,
      yParity: BigInt(authorization.yParity!),
      r: BigInt(authorization.r),
      s: BigInt(authorization.s),
    }
    const { status, gasUsed } = await chain.estimateGas({ from: signer(0).address, to: signer(1).address, authorizationList: [entry] }, 0n)
    expect(status).toBe('success')
    const raw = hexToBytes(
      await signer(0).account.signTransaction({
        type: 'eip7702',
        chainId: Number(chain.chainId),
        nonce: 0,
        to: signer(1).address,
        gas: gasUsed,
        maxFeePerGas: 10n ** 11n,
        maxPriorityFeePerGas: 0n,
        authorizationList: [authorization],
      }),
    )
    const [receipt] = await include(chain, raw)
    expect(receipt).toMatchObject({ status: 1, type: 4 })
    expect(bytesToHex(await chain.state(1n).code(signer(1).address))).toBe(`0xef0100${at.slice(2)}`)
  })
})

describe('a sandbox', () => {
  it('replays a transaction step by step without touching the chain', async () => {
    const chain = await testChain()
    const raw = await signer(0).sign({ nonce: 0, to: ADDRESSES.wopg, value: OPG, data: '0xd0e30db0', gas: 100_000n })
    const [receipt] = await include(chain, raw)
    const { vm, block } = await chain.sandbox(0n)
    let steps = 0
    vm.evm.events!.on('step', () => {
      steps++
    })
    const result = await runTx(vm, { tx: createTxFromRLP(raw, { common: chain.common }), block })
    expect(result.totalGasSpent).toBe(receipt!.gasUsed)
    expect(steps).toBeGreaterThan(50)
    expect(chain.head().height).toBe(1n)
  })
})
