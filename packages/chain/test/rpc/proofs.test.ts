import { ADDRESSES } from '@opengradient/contracts'
import { historyCountSlot, historyPeakSlot } from '@opengradient/contracts/slots'
import {
  accountAt,
  bytesToHex,
  type Commit,
  encodeNetworkFile,
  encodeRlp,
  type Header,
  type Hex,
  hexToBytes,
  historyLeaf,
  parseHeader,
  parseNetworkFile,
  peakFromPath,
  placeOf,
  storageAt,
  trustHeader,
  trustOf,
  utf8,
} from '@opengradient/protocol'
import { type Address, createPublicClient, createWalletClient, type EIP1193RequestFn, http, keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

let node: TestNode
let probe: Address
const client = () =>
  createPublicClient({ chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }), pollingInterval: 50, cacheTime: 0 })
const ask = (method: string, ...params: unknown[]): Promise<never> =>
  (client().request as EIP1193RequestFn)({ method, params } as never) as Promise<never>
const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`

beforeAll(async () => {
  node = await startTestNode()
  const wallet = createWalletClient({
    account: privateKeyToAccount(node.key(0)),
    chain: node.viemChain,
    transport: http(node.url, { timeout: 600_000 }),
  })
  const deployed = await wallet.deployContract({ abi: probeAbi, bytecode: compileProbe().bytecode, args: [] })
  probe = (await client().waitForTransactionReceipt({ hash: deployed })).contractAddress!.toLowerCase() as Address
  await client().waitForTransactionReceipt({
    hash: await wallet.writeContract({ address: probe, abi: probeAbi, functionName: 'store', args: [7n, 40n] }),
  })
})
afterAll(() => node.close())

/** The header of a block from its JSON, hashed here: nothing the node says about it is believed. */
async function headerOf(block: Hex | 'latest'): Promise<Header> {
  const json = (await ask('eth_getBlockByNumber', block, false)) as Record<string, Hex>
  const number = (name: string) =>
    json[name] === '0x0'
      ? new Uint8Array()
      : hexToBytes(`0x${json[name]!.slice(2).padStart(json[name]!.length + (json[name]!.length % 2) - 2, '0')}`)
  const bytes = (name: string) => hexToBytes(json[name]!)
  const header = parseHeader(
    bytesToHex(
      encodeRlp([
        ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'].map(bytes),
        ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'].map(number),
        ...['extraData', 'mixHash', 'nonce'].map(bytes),
        number('baseFeePerGas'),
        bytes('withdrawalsRoot'),
        ...['blobGasUsed', 'excessBlobGas'].map(number),
        ...['parentBeaconBlockRoot', 'requestsHash'].map(bytes),
      ]),
    ),
  )
  expect(header.hash).toBe(json.hash)
  return header
}

/** A header that the trust in the network file accepts. */
async function trusted(block: Hex | 'latest'): Promise<Header> {
  const file = parseNetworkFile(encodeNetworkFile(await ask('og_networkFile')))
  const header = await headerOf(block)
  const { commit, blockHash, height } = (await ask('og_getCommit', quantity(header.number))) as {
    commit: Commit
    blockHash: Hex
    height: Hex
  }
  expect([blockHash, height]).toEqual([header.hash, quantity(header.number)])
  trustHeader(trustOf(file), header, commit, header.timestamp)
  return header
}

describe('a proof', () => {
  const slotOf = (key: bigint): Hex => keccak256(`0x${key.toString(16).padStart(64, '0')}${'0'.repeat(64)}`)

  it('of an account and its storage holds against a header that the validator signed', async () => {
    const header = await trusted('latest')
    const proof = await client().getProof({ address: probe, storageKeys: [slotOf(7n), slotOf(8n)], blockNumber: BigInt(header.number) })
    const account = accountAt(header.stateRoot, probe, proof.accountProof)!
    expect(account).toEqual({ nonce: 1n, balance: 0n, storageRoot: proof.storageHash, codeHash: proof.codeHash })
    expect(keccak256((await client().getCode({ address: probe }))!)).toBe(account.codeHash)
    const [stored, empty] = proof.storageProof
    expect(BigInt(storageAt(account.storageRoot, slotOf(7n), stored!.proof))).toBe(40n)
    expect(BigInt(storageAt(account.storageRoot, slotOf(8n), empty!.proof))).toBe(0n)
    expect([stored!.value, empty!.value]).toEqual([40n, 0n])
  })

  it('of an account that is not there holds too', async () => {
    const header = await trusted('latest')
    const address = '0x00000000000000000000000000000000000000ab'
    const proof = await client().getProof({ address, storageKeys: [], blockNumber: BigInt(header.number) })
    expect(accountAt(header.stateRoot, address, proof.accountProof)).toBeUndefined()
    expect(proof).toMatchObject({ balance: 0n, nonce: 0 })
  })

  it('of an older block holds against that block and not against another', async () => {
    const [old, head] = [await trusted('0x1'), await trusted('latest')]
    const address = privateKeyToAccount(node.key(0)).address.toLowerCase() as Address
    const proof = await client().getProof({ address, storageKeys: [], blockNumber: 1n })
    expect(accountAt(old.stateRoot, address, proof.accountProof)!.balance).toBe(await client().getBalance({ address, blockNumber: 1n }))
    expect(() => accountAt(head.stateRoot, address, proof.accountProof)).toThrow()
  })
})

describe('the history', () => {
  it('proves the hash of every older block under a newer state', async () => {
    while ((await client().getBlockNumber()) < 12n) await node.mine()
    const head = await trusted('latest')
    for (let height = 0; height < head.number; height += 1) {
      const { peak, path } = (await ask('og_getHistoryProof', quantity(height), quantity(head.number))) as { peak: number; path: Hex[] }
      const count = BigInt(head.number)
      expect(peak).toBe(placeOf(BigInt(height), count).peak)
      const keys = [historyCountSlot, historyPeakSlot(peak)]
      const proof = await client().getProof({ address: ADDRESSES.history, storageKeys: keys, blockNumber: BigInt(head.number) })
      const account = accountAt(head.stateRoot, ADDRESSES.history, proof.accountProof)!
      expect(BigInt(storageAt(account.storageRoot, keys[0]!, proof.storageProof[0]!.proof))).toBe(count)
      const old = await headerOf(quantity(height))
      expect(peakFromPath(historyLeaf(height, old.hash), BigInt(height), count, path)).toBe(
        storageAt(account.storageRoot, keys[1]!, proof.storageProof[1]!.proof),
      )
    }
  })

  it('refuses questions without an answer', async () => {
    await expect(ask('og_getHistoryProof', '0x2', '0x2')).rejects.toThrow(/not older/)
    await expect(ask('og_getHistoryProof', '0x1', '0xffff')).rejects.toThrow(/header not found/)
    await expect(ask('og_getCommit', 'earliest')).rejects.toThrow(/genesis/)
  })
})

it('the network file names this chain and this server', async () => {
  const file = (await ask('og_networkFile')) as { rpcUrls: string[]; genesisHash: Hex; chainId: number }
  expect(file).toMatchObject({ chainId: node.viemChain.id, genesisHash: node.genesisHash, rpcUrls: [node.url] })
  expect(parseNetworkFile(utf8(JSON.stringify(file)))).toEqual(file)
})
