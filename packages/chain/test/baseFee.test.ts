import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Chain } from '../src/chain.ts'
import { createChain } from '../src/create.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import { tipOracle } from '../src/rpc/gas/tips.ts'
import { startRpc } from '../src/rpc/index.ts'
import { include, signer, stoppedClock, testChain, testGenesis, validator } from './chain.testkit.ts'

const GWEI = 10n ** 9n
const LEAST = GWEI / 10n
/** From 1 gwei it falls by an eighth with each empty block, and is at a tenth after this many. */
const FALL = 18

const genesisWith = async (minBaseFee?: bigint) => {
  const { hash: _, ...parameters } = await testGenesis()
  return makeGenesis({ ...parameters, ...(minBaseFee !== undefined && { minBaseFee }) })
}
const baseFees = (chain: Chain) =>
  Array.from({ length: Number(chain.head().height) + 1 }, (_, height) => chain.headerByNumber(BigInt(height))!.header.baseFeePerGas!)
const mineEmpty = async (chain: Chain, blocks: number) => {
  for (let made = 0; made < blocks; made++) await chain.mine!()
}

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

describe('the base fee', () => {
  it('falls in empty blocks, and stops at what the genesis says', async () => {
    const chain = await testChain({ genesis: await genesisWith(LEAST) })
    closing.push(() => chain.close())
    await mineEmpty(chain, FALL + 3)
    const fees = baseFees(chain)
    for (const [height, fee] of fees.entries()) if (height > 0) expect(fee <= fees[height - 1]!).toBe(true)
    expect(fees[FALL - 1]).toBeGreaterThan(LEAST)
    expect(fees.slice(FALL)).toEqual([LEAST, LEAST, LEAST, LEAST])
    expect(chain.nextBaseFee()).toBe(LEAST)
    await expect(
      signer(0)
        .sign({ nonce: 0, to: signer(1).address, maxFeePerGas: LEAST - 1n, maxPriorityFeePerGas: 0n })
        .then(chain.submit),
    ).rejects.toThrow(`max fee per gas ${LEAST - 1n}, but the base fee is never below ${LEAST}`)
    const exactly = { nonce: 0, to: signer(1).address, maxFeePerGas: LEAST, maxPriorityFeePerGas: 0n }
    const [receipt] = await include(chain, await signer(0).sign(exactly))
    expect(receipt).toMatchObject({ status: 1, effectiveGasPrice: LEAST })
  })

  it('goes on falling where the genesis names nothing, and begins higher where that is the least', async () => {
    const plain = await testChain({ genesis: await genesisWith() })
    const dear = await testChain({ genesis: await genesisWith(2n * GWEI) })
    closing.push(
      () => plain.close(),
      () => dear.close(),
    )
    await mineEmpty(plain, FALL + 3)
    await mineEmpty(dear, 2)
    expect(plain.nextBaseFee()).toBeLessThan(LEAST)
    expect(baseFees(dear)).toEqual([2n * GWEI, 2n * GWEI, 2n * GWEI])
  })

  it('is the same after a restart, for blocks, the pool, and calls and simulations in threads of their own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'og-base-fee-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const genesis = await genesisWith(LEAST)
    const open = () => createChain({ dataDir: join(folder, 'db'), genesis, validatorKey: validator.privateKey, clock: stoppedClock })
    const first = await open()
    await mineEmpty(first, FALL)
    await first.close()
    const chain = await open()
    closing.push(() => chain.close())
    await mineEmpty(chain, 1)
    expect(baseFees(chain).at(-1)).toBe(LEAST)
    const server = await startRpc(chain, { threadsAfter: 0 })
    closing.push(() => server.close())
    const ask = async (method: string, params: unknown[]) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      return (await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json() as Promise<{
        result: never
      }>
    }
    const hex = (value: bigint) => `0x${value.toString(16)}`
    // basefee; mstore(0, basefee); return(0, 32)
    const code = { [signer(9).address]: { code: '0x485f5260205ff3' } }
    const call = { to: signer(9).address, from: signer(0).address, maxFeePerGas: hex(GWEI), gas: hex(100_000n) }
    expect(BigInt((await ask('eth_call', [call, 'latest', code])).result)).toBe(LEAST)
    const simulated = await ask('eth_simulateV1', [{ blockStateCalls: [{}], validation: true }, 'latest'])
    expect((simulated.result as { baseFeePerGas: string }[])[0]!.baseFeePerGas).toBe(hex(LEAST))
    expect((await ask('eth_feeHistory', ['0x1', 'latest', []])).result).toMatchObject({ baseFeePerGas: [hex(LEAST), hex(LEAST)] })
  })
})

describe('the tip that wallets are told to offer', () => {
  it('follows what others pay, and not who pays itself any tip: ten times the base fee at most, and a gwei where that is low', async () => {
    const chain = await testChain({ genesis: await genesisWith(LEAST) })
    closing.push(() => chain.close())
    const suggested = tipOracle(chain)
    const transfer = (nonce: number, tip: bigint) =>
      signer(0).sign({ nonce, to: signer(1).address, maxFeePerGas: tip + 100n * GWEI, maxPriorityFeePerGas: tip })
    await include(chain, await transfer(0, 3n * GWEI))
    expect(suggested()).toBe(3n * GWEI)
    await include(chain, await transfer(1, 10_000_000n * GWEI), await transfer(2, 10_000_000n * GWEI))
    expect(suggested()).toBe(10n * chain.nextBaseFee())
    await mineEmpty(chain, FALL - 2)
    expect(chain.nextBaseFee()).toBe(LEAST)
    expect(suggested()).toBe(GWEI)
    await mineEmpty(chain, 4)
    expect(suggested()).toBe(10n ** 6n)
  })
})
