import { stakingAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import type { Hex } from '@opengradient/protocol'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { OPG, signer } from '../test/chain.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { Validator } from './validator.testkit.ts'

const shared = testNodes()
const { cleanups } = shared

/** The powers of CometBFT's validators in its next block. */
async function powers(rpc: string): Promise<number[]> {
  const { result } = (await (await fetch(`${rpc}/validators`)).json()) as { result: { validators: { voting_power: string }[] } }
  return result.validators.map(({ voting_power }) => Number(voting_power)).sort((a, b) => a - b)
}

async function validatorOf(node: Validator, account: Hex) {
  const data = encodeFunctionData({ abi: stakingAbi, functionName: 'validatorOf', args: [account] })
  const returned = await node.rpc<Hex>('eth_call', { to: ADDRESSES.staking, data }, 'latest')
  return decodeFunctionResult({ abi: stakingAbi, functionName: 'validatorOf', data: returned })
}

describe('the validators of a network', () => {
  it('vote with what is bonded behind them, and are paid as proposers', async () => {
    const network = await makeNetwork(1, { commitTimeout: 100 })
    cleanups.push(network.remove)
    const node = new Validator(buildCometbft(), shared.program, network, 0)
    cleanups.push(() => node.kill())
    await node.start()
    const { rpc } = network.places[0]!
    const { account } = network.genesis.validators![0]!
    await node.reaches(1n)
    expect(await powers(rpc)).toEqual([10_000])
    const data = encodeFunctionData({ abi: stakingAbi, functionName: 'delegate', args: [account] })
    await node.send(await signer(0).sign({ nonce: 0, to: ADDRESSES.staking, value: 500n * OPG, data, gas: 1_000_000n }))
    await node.engine!.until(async () => (await powers(rpc))[0] === 10_500)
    const { miner } = await node.rpc<{ miner: Hex }>('eth_getBlockByNumber', 'latest', false)
    expect(miner).toBe(account)
    expect(node.said()).toEqual([])
  })

  it('lose their stake and their vote when they sign two blocks of one height', async () => {
    // Two machines with the key of the last validator: the classic accident.
    const network = await makeNetwork(4, { commitTimeout: 100, doubled: 1 })
    cleanups.push(network.remove)
    const binary = buildCometbft()
    const nodes = network.places.map((_, index) => new Validator(binary, shared.program, network, index))
    cleanups.push(() => Promise.all(nodes.map((node) => node.kill())))
    await Promise.all(nodes.map((node) => node.start({ careless: true })))
    const [first] = nodes as [Validator]
    const { account } = network.genesis.validators![3]!
    await first.engine!.until(async () => (await validatorOf(first, account)).tombstoned)
    await first.engine!.until(async () => (await powers(network.places[0]!.rpc)).length === 3)
    const tokens = (await validatorOf(first, account)).tokens
    expect(tokens).toBe(9_500n * OPG)
    const height = await first.height()
    await first.reaches(height + 3n)
  })
})
