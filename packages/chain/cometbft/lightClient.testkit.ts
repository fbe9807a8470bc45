import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { stakingAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, bytesToHex, type Hex, type LightBlock, type NetworkFile, networkFileSchema } from '@opengradient/protocol'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { enginePublicKey } from '../src/consensus/cometbft/engineKey.ts'
import { OPG, signer } from '../test/chain.testkit.ts'
import { bundle } from '../test/process.testkit.ts'
import { stakingCall } from '../test/staking.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { Validator } from './validator.testkit.ts'

export interface ChangedNetwork {
  /** The node that is asked; it validates no more. */
  readonly node: Validator
  /** Trusts the validators of genesis, and nothing newer. */
  readonly genesis: NetworkFile
  /** What the node itself says is to be trusted now. */
  readonly now: NetworkFile
  close(): Promise<void>
}

/**
 * A network whose only validator has made place for another one: {A} → {A, B} → {B}. No validator of genesis signs the newest blocks, so that
 * who trusts genesis needs a height of both. `commitTimeout`: milliseconds between blocks, about.
 */
export async function changedNetwork(commitTimeout = 100): Promise<ChangedNetwork> {
  const program = await bundle('../cometbft/node.program.ts')
  const made = await makeNetwork(1, { commitTimeout, followers: 1 })
  const binary = buildCometbft()
  const nodes = made.places.map((_, index) => new Validator(binary, program, made, index))
  const close = async () => {
    await Promise.all(nodes.map((each) => each.kill()))
    made.remove()
    await rm(dirname(program), { recursive: true, force: true })
  }
  try {
    await Promise.all(nodes.map((each) => each.start()))
    const node = nodes[0]!
    await node.reaches(2n)
    const file = async () => networkFileSchema.parse(await node.rpc('og_networkFile'))
    const { anchors, ...rest } = await file()

    const [leaver, joiner] = [signer(10), signer(1)]
    const key = bytesToHex(enginePublicKey(made.places[1]!.engine.validatorSeed))
    await node.send(await stakingCall(joiner, 0, 'register', [key, 0], 10_000n * OPG))
    await node.engine!.until(async () => (await keysOf(node)).length === 2)
    await node.send(await stakingCall(leaver, 0, 'undelegate', [leaver.address, await sharesOf(node, leaver.address)]))
    await node.engine!.until(async () => `${await keysOf(node)}` === key)
    await node.reaches((await node.height()) + 2n)
    return { node, genesis: { ...rest, anchors: anchors.filter(({ height }) => height <= 1) }, now: await file(), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The consensus keys of the validators of the newest block. */
async function keysOf(node: Validator): Promise<Hex[]> {
  const { validators } = await node.rpc<LightBlock>('og_getLightBlock', `0x${(await node.height()).toString(16)}`)
  return validators.map(({ key }) => key)
}

async function sharesOf(node: Validator, account: Address): Promise<bigint> {
  const data = encodeFunctionData({ abi: stakingAbi, functionName: 'stakeOf', args: [account, account] })
  const returned = await node.rpc<Hex>('eth_call', { to: ADDRESSES.staking, data }, 'latest')
  const [shares] = decodeFunctionResult({ abi: stakingAbi, functionName: 'stakeOf', data: returned })
  return shares
}
