import { type Address, accountAt, type Hex, storageAt } from '@opengradient/protocol'
import {
  Contract,
  ContractFactory,
  JsonRpcProvider,
  NonceManager,
  parseEther,
  parseUnits,
  solidityPackedKeccak256,
  toQuantity,
  Wallet,
  WebSocketProvider,
} from 'ethers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe } from './probe.testkit.ts'

let node: TestNode
let provider: JsonRpcProvider
let probe: Contract
const { abi, bytecode } = compileProbe()
const nobody = '0x00000000000000000000000000000000000000AA'
const wallet = (index: number) => new Wallet(node.key(index), provider)

beforeAll(async () => {
  node = await startTestNode()
  provider = new JsonRpcProvider(node.url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 })
  const deployed = await new ContractFactory(abi as never, bytecode, wallet(0)).deploy()
  await deployed.waitForDeployment()
  probe = new Contract(await deployed.getAddress(), abi as never, wallet(0))
})
afterAll(async () => {
  provider.destroy()
  await node.close()
})

describe('ethers', () => {
  it('reads the network', async () => {
    expect((await provider.getNetwork()).chainId).toBe(BigInt(node.viemChain.id))
    expect(await provider.getBalance(wallet(0).address)).toBeGreaterThan(parseEther('1'))
    expect((await provider.getFeeData()).maxFeePerGas).toBeGreaterThan(0n)
  })

  it('deploys, estimates, sends and finds the event', async () => {
    const gas = await probe.getFunction('store').estimateGas(1n, 2n)
    const response = await probe.getFunction('store')(1n, 2n, { gasLimit: gas })
    const receipt = await response.wait()
    expect(receipt.status).toBe(1)
    expect(receipt.gasUsed).toBeLessThanOrEqual(gas)
    expect(await probe.getFunction('values')(1n)).toBe(2n)
    const [event] = await probe.queryFilter('Stored', receipt.blockNumber, receipt.blockNumber)
    expect([...(event as unknown as { args: bigint[] }).args].slice(1)).toEqual([1n, 2n])
  })

  it('decodes reverts: custom errors, strings and panics', async () => {
    await expect(probe.getFunction('store').staticCall(1n, 2_000_000n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      revert: { name: 'TooLarge', args: [2_000_000n, 1_000_000n] },
    })
    await expect(probe.getFunction('fail').staticCall('so be it')).rejects.toMatchObject({ reason: 'so be it' })
    await expect(probe.getFunction('overflow').staticCall(1n)).rejects.toMatchObject({ reason: 'Panic due to OVERFLOW(17)' })
    await expect(probe.getFunction('fail').estimateGas('not even priced')).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      reason: 'not even priced',
    })
  })

  it('sends many in order and recognises refusals', async () => {
    const sender = new NonceManager(wallet(1))
    const sent = await Promise.all(Array.from({ length: 5 }, (_, value) => sender.sendTransaction({ to: nobody, value })))
    const receipts = await Promise.all(sent.map((response) => response.wait()))
    expect(receipts.map((receipt) => receipt!.status)).toEqual([1, 1, 1, 1, 1])
    const used = wallet(1)
    await expect(used.sendTransaction({ to: nobody, nonce: 0, gasLimit: 21_000 })).rejects.toMatchObject({ code: 'NONCE_EXPIRED' })
    const nonce = await used.getNonce()
    await used.sendTransaction({ to: nobody, nonce: nonce + 1, gasLimit: 21_000 })
    await expect(used.sendTransaction({ to: nobody, nonce: nonce + 1, value: 9, gasLimit: 21_000 })).rejects.toMatchObject({
      code: 'REPLACEMENT_UNDERPRICED',
    })
    await expect(
      new Wallet(`0x${'77'.repeat(32)}`, provider).sendTransaction({ to: nobody, value: 1, gasLimit: 21_000 }),
    ).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    })
  })

  it('replaces a transaction that waits by one that pays more', async () => {
    const sender = wallet(2)
    const nonce = await sender.getNonce()
    const fees = (gwei: number) => ({ maxFeePerGas: parseUnits(`${gwei}`, 'gwei'), maxPriorityFeePerGas: parseUnits(`${gwei}`, 'gwei') })
    // Behind a gap both stay in the pool until the test closes it.
    const first = await sender.sendTransaction({ to: nobody, value: 1, nonce: nonce + 1, gasLimit: 21_000, ...fees(10) })
    const second = await sender.sendTransaction({ to: nobody, value: 2, nonce: nonce + 1, gasLimit: 21_000, ...fees(11) })
    expect(await provider.getTransaction(first.hash)).toBeNull()
    await sender.sendTransaction({ to: nobody, nonce, gasLimit: 21_000, ...fees(10) })
    expect(await second.wait()).toMatchObject({ status: 1, hash: second.hash })
  })

  it('reads a block with its transactions and a storage proof that holds against its header', async () => {
    const block = (await provider.getBlock('latest', true))!
    expect(block.hash).toBe((await provider.getBlock(block.number))!.hash)
    const address = (await probe.getAddress()).toLowerCase() as Address
    const slot = solidityPackedKeccak256(['uint256', 'uint256'], [1, 0]) as Hex
    const proof = await provider.send('eth_getProof', [address, [slot], toQuantity(block.number)])
    const account = accountAt(block.stateRoot as Hex, address, proof.accountProof)!
    expect(account.storageRoot).toBe(proof.storageHash)
    expect(BigInt(storageAt(account.storageRoot, slot, proof.storageProof[0].proof))).toBe(2n)
    expect(proof.storageProof[0].value).toBe('0x2')
  })

  it('is told about blocks, events and waiting transactions over a WebSocket', async () => {
    const socket = new WebSocketProvider(node.webSocketUrl)
    try {
      const heard = { blocks: [] as number[], events: [] as bigint[], pending: [] as string[] }
      await socket.on('block', (height) => heard.blocks.push(height))
      await socket.on('pending', (hash) => heard.pending.push(hash))
      await new Contract(await probe.getAddress(), abi as never, socket).on('Stored', (_, key) => heard.events.push(key))
      // A reply proves that the subscriptions sent before it are in place.
      await socket.send('eth_chainId', [])
      const response = await probe.getFunction('store')(4n, 4n)
      await response.wait()
      await expect.poll(() => [heard.events, heard.pending, heard.blocks.length > 0]).toEqual([[4n], [response.hash], true])
    } finally {
      await socket.destroy()
    }
  })
})
