import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import { parseGwei } from 'viem'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { AccountOverride, Chain } from '../src/chain.ts'
import type { SimulatedBlockRequest, SimulationLimits, SimulationRequest } from '../src/simulate/request.ts'
import { include, OPG, signer, testChain, validator } from './chain.testkit.ts'

let chain: Chain
beforeAll(async () => {
  chain = await testChain()
  await include(chain, await signer(0).sign({ nonce: 0, to: ADDRESSES.wopg, value: OPG, data: '0xd0e30db0', gas: 100_000n }))
})

const at: Address = '0x00000000000000000000000000000000000000cc'
const heir: Address = '0x00000000000000000000000000000000000000dd'
const LIMITS: SimulationLimits = { gas: 60_000_000n, milliseconds: 5_000 }

type Loose = Partial<Omit<SimulatedBlockRequest, 'overrides'>> & { overrides?: Record<Address, AccountOverride> }
const blocksOf = (blocks: readonly Loose[]): SimulatedBlockRequest[] =>
  blocks.map(({ block = {}, overrides = {}, calls = [] }) => ({
    block,
    overrides: new Map(Object.entries(overrides) as [Address, AccountOverride][]),
    calls,
  }))
const simulate = (blocks: readonly Loose[], options: Partial<SimulationRequest> = {}, height = chain.head().height, limits = LIMITS) =>
  chain.simulate({ traceTransfers: false, validation: false, ...options, blocks: blocksOf(blocks) }, height, limits)
const code = (text: Hex) => ({ code: hexToBytes(text) })

describe('a simulated block', () => {
  it('has the roots, the receipts and the gas of the block that is then made of the same transactions', async () => {
    const fees = { maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') }
    const sent = [
      { to: ADDRESSES.wopg, value: OPG, data: '0xd0e30db0' as Hex, gas: 100_000n, nonce: 0 },
      { to: heir, value: 5n, gas: 21_000n, nonce: 1 },
    ]
    const head = chain.head().block.header
    const [simulated] = await simulate(
      [
        {
          block: { number: head.number + 1n, time: head.timestamp + 1n, feeRecipient: validator.address },
          calls: sent.map((call) => ({
            ...call,
            ...fees,
            from: signer(1).address,
            data: hexToBytes(call.data ?? '0x'),
            nonce: BigInt(call.nonce),
          })),
        },
      ],
      { validation: true },
    )
    await include(chain, ...(await Promise.all(sent.map((request) => signer(1).sign({ ...request, ...fees })))))
    const { header } = chain.head().block
    for (const field of [
      'stateRoot',
      'receiptTrie',
      'logsBloom',
      'gasUsed',
      'number',
      'timestamp',
      'baseFeePerGas',
      'parentHash',
    ] as const) {
      expect(simulated!.block.header[field], field).toEqual(header[field])
    }
  })

  it('stands on the one before it, and BLOCKHASH knows that one', async () => {
    // blockhash(number - 1)
    const blocks = await simulate([
      {
        overrides: { [at]: code('0x6001430340 5f5260205ff3'.replace(' ', '') as Hex), [heir]: { balance: 9n } },
        calls: [{ from: heir, to: at, value: 3n }],
      },
      { calls: [{ to: at }, { from: at, to: heir, value: 3n }] },
    ])
    expect(bytesToHex(blocks[1]!.calls[0]!.returnData)).toBe(bytesToHex(blocks[0]!.block.hash()))
    expect(bytesToHex(blocks[0]!.calls[0]!.returnData)).toBe(chain.head().hash)
    expect(blocks[1]!.calls[1]!.status).toBe('success')
    expect(blocks[1]!.block.header.parentHash).toEqual(blocks[0]!.block.hash())
  })

  it('fills gaps between numbers with empty blocks, 12 seconds apart', async () => {
    const { height, block } = chain.head()
    const blocks = await simulate([{ block: { number: height + 3n } }, {}])
    expect(blocks.map(({ block: { header } }) => [header.number - height, header.timestamp - block.header.timestamp])).toEqual([
      [1n, 12n],
      [2n, 24n],
      [3n, 36n],
      [4n, 48n],
    ])
  })

  it('changes nothing that is kept', async () => {
    const before = chain.head().hash
    await simulate([{ overrides: { [at]: { balance: 5n, ...code('0x60015f55') } }, calls: [{ to: at }] }])
    expect(chain.head().hash).toBe(before)
    expect(await chain.state(chain.head().height).account(at)).toBeUndefined()
  })

  it('runs even when overrides take away the contracts that a block begins with', async () => {
    const history = { [ADDRESSES.history]: code('0xfe') }
    const [block] = await simulate([{ overrides: history, calls: [{ to: heir }] }])
    expect(block!.calls[0]!.status).toBe('success')
  })

  it('can be made on an old block', async () => {
    const [first] = await simulate([{}], {}, 0n)
    expect(first!.block.header.number).toBe(1n)
    expect(bytesToHex(first!.block.header.parentHash)).toBe(chain.genesisHash)
  })
})

describe('a simulated call', () => {
  it('sees the storage that overrides give, whole or in part', async () => {
    const slot = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
    const state = new Map([[slot(0n), slot(7n)]])
    const sload = '0x5f545f5260205ff3'
    for (const storage of [{ state }, { stateDiff: state }]) {
      const [block] = await simulate([{ overrides: { [at]: { ...code(sload), ...storage } }, calls: [{ to: at }] }])
      expect(bytesToHex(block!.calls[0]!.returnData)).toBe(slot(7n))
    }
  })

  it('finds a moved precompile at its new address only', async () => {
    const identity: Address = '0x0000000000000000000000000000000000000004'
    const data = hexToBytes('0x1234')
    const [moved, back] = await simulate([
      {
        overrides: { [identity]: { movePrecompileTo: at } },
        calls: [
          { to: at, data },
          { to: identity, data },
        ],
      },
      {
        calls: [
          { to: at, data },
          { to: identity, data },
        ],
      },
    ])
    expect(moved!.calls.map(({ returnData }) => bytesToHex(returnData))).toEqual(['0x1234', '0x'])
    expect(back!.calls.map(({ returnData }) => bytesToHex(returnData))).toEqual(['0x', '0x1234'])
    await expect(simulate([{ overrides: { [at]: { movePrecompileTo: heir } } }])).rejects.toMatchObject({ reason: 'override' })
    const taken = { [identity]: { movePrecompileTo: at }, [at]: { balance: 1n } }
    await expect(simulate([{ overrides: taken }])).rejects.toMatchObject({ reason: 'override' })
  })

  it('reports moves of coins as logs that are in no receipt: by call, by creation, by self-destruction', async () => {
    const rich = { [heir]: { balance: 100n }, [at]: code(`0x73${heir.slice(2)}ff`) }
    const calls = [
      { from: heir, to: at, value: 4n },
      { from: heir, value: 2n, data: hexToBytes('0x00') },
    ]
    const [block] = await simulate([{ overrides: rich, calls }], { traceTransfers: true })
    const [call, creation] = block!.calls
    expect(call!.logs.map(({ data, index }) => [BigInt(data), index])).toEqual([
      [4n, 0],
      [4n, 1],
    ])
    expect(call!.logs[1]!.topics.slice(1).map((topic) => `0x${topic.slice(26)}`)).toEqual([at, heir])
    expect(creation!.logs).toMatchObject([{ index: 2, address: `0x${'ee'.repeat(20)}` }])
    expect(BigInt(creation!.logs[0]!.topics[2]!)).not.toBe(0n)
    expect(block!.block.header.logsBloom).toEqual(new Uint8Array(256))
  })

  it('tells a revert and a fault apart, and takes their logs back', async () => {
    // log0(0, 0); revert(0, 0)  ·  invalid
    const overrides = { [at]: code('0x5f5fa05f5ffd'), [heir]: code('0xfe') }
    const [block] = await simulate([{ overrides, calls: [{ to: at }, { to: heir, gas: 50_000n }] }])
    expect(block!.calls).toMatchObject([
      { status: 'revert', logs: [] },
      { status: 'halt', error: 'invalid opcode', gasUsed: 50_000n, logs: [] },
    ])
  })

  it('pays no fee without validation, though code sees the base fee that was named', async () => {
    const [block] = await simulate([{ block: { baseFeePerGas: 10n }, overrides: { [at]: code('0x485f5260205ff3') }, calls: [{ to: at }] }])
    expect(BigInt(bytesToHex(block!.calls[0]!.returnData))).toBe(10n)
  })

  it('gives the base fee to Rewards, so that nothing leaves circulation', async () => {
    const before = (await chain.state(chain.head().height).account(ADDRESSES.rewards))!.balance
    const read = `0x73${ADDRESSES.rewards.slice(2)}315f5260205ff3` as Hex
    const call = { from: signer(2).address, to: heir, maxFeePerGas: parseGwei('50') }
    const blocks = await simulate([
      { block: { baseFeePerGas: 3n }, calls: [{ ...call, gas: 21_000n }] },
      { overrides: { [at]: code(read) }, calls: [{ to: at }] },
    ])
    expect(BigInt(bytesToHex(blocks[1]!.calls[0]!.returnData)) - before).toBe(63_000n)
  })
})

describe('a simulation is refused', () => {
  const refused = (blocks: readonly Loose[], reason: string, options: Partial<SimulationRequest> = {}) =>
    expect(simulate(blocks, options)).rejects.toMatchObject({ name: 'SimulationRefusal', reason })

  it('when numbers or times do not rise, or there are too many blocks', async () => {
    const { height, block } = chain.head()
    await refused([{ block: { number: height } }], 'number-order')
    await refused([{ block: { time: block.header.timestamp } }], 'time-order')
    await refused([{ block: { number: height + 257n } }], 'limit')
    await refused([{ block: { number: 2n ** 255n } }], 'limit')
  })

  it('when a message could be in no block', async () => {
    const poor = '0x00000000000000000000000000000000000000ee'
    await refused([{ calls: [{ from: poor, to: at, value: 1n }] }], 'funds-too-low')
    await refused([{ calls: [{ to: at, gas: 20_999n }] }], 'gas-too-low')
    await refused([{ calls: [{ to: at, gas: 60_000_001n }] }], 'block-full')
    await refused([{ calls: [{ data: new Uint8Array(49_153) }] }], 'init-code-too-large')
    await refused([{ block: { baseFeePerGas: 9n }, calls: [{ to: at, maxFeePerGas: 8n }] }], 'fee-too-low')
    await refused([{ calls: [{ to: at }] }], 'fee-too-low', { validation: true })
    const free = { block: { baseFeePerGas: 0n } }
    await refused([{ ...free, calls: [{ from: signer(0).address, to: at, nonce: 0n }] }], 'nonce-too-low', { validation: true })
    await refused([{ ...free, calls: [{ from: signer(0).address, to: at, nonce: 9n }] }], 'nonce-too-high', { validation: true })
  })

  it('when it takes too much gas or too long, and the node goes on meanwhile', async () => {
    const burn = { overrides: { [at]: code('0xfe') }, calls: [{ to: at, gas: 50_000_000n }] }
    await expect(simulate([burn, { calls: [{ to: at }] }])).resolves.toHaveLength(2)
    await refused([burn, { calls: [{ to: at }, { to: at }] }], 'limit')
    let turns = 0
    const others = () => {
      turns += 1
      immediate = setImmediate(others)
    }
    let immediate = setImmediate(others)
    // A clock that goes on whenever somebody looks at it: a busy machine changes nothing.
    let time = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => time++)
    const limits = { gas: 60_000_000n, milliseconds: 1_000 }
    const loop = { overrides: { [at]: code('0x5b5f56') }, calls: [{ to: at }] }
    await expect(simulate([loop], {}, chain.head().height, limits)).rejects.toThrow(/longer than 1000 ms/)
    clock.mockRestore()
    clearImmediate(immediate)
    // Every ten milliseconds.
    expect(turns).toBeGreaterThan(80)
  })
})
