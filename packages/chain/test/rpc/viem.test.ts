import {
  type Address,
  type BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  FeeCapTooLowError,
  getContract,
  type Hex,
  http,
  InsufficientFundsError,
  keccak256,
  NonceTooLowError,
  parseEther,
  parseEventLogs,
  parseGwei,
  sha256,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

let node: TestNode
let probe: Address
const { bytecode } = compileProbe()
const nobody: Address = '0x00000000000000000000000000000000000000aa'

beforeAll(async () => {
  node = await startTestNode()
  const { wallet, client } = clients()
  const hash = await wallet.deployContract({ abi: probeAbi, bytecode, args: [] })
  const receipt = await client.waitForTransactionReceipt({ hash })
  probe = receipt.contractAddress!
})
afterAll(() => node.close())

function clients(index = 0) {
  const account = privateKeyToAccount(node.key(index))
  const transport = http(node.url, { timeout: 600_000 })
  const client = createPublicClient({ chain: node.viemChain, transport, pollingInterval: 50 })
  const wallet = createWalletClient({ account, chain: node.viemChain, transport })
  return { account, client, wallet }
}

describe('a contract', () => {
  it('is deployed with its code at the address of the receipt', async () => {
    const { client } = clients()
    expect((await client.getCode({ address: probe }))!.length).toBeGreaterThan(100)
    expect(await client.readContract({ address: probe, abi: probeAbi, functionName: 'total' })).toBe(0n)
  })

  it('is called, written and read back, with its event in the receipt', async () => {
    const { client, wallet, account } = clients()
    const contract = getContract({ address: probe, abi: probeAbi, client: { public: client, wallet } })
    expect((await contract.simulate.store([7n, 40n])).result).toBe(40n)
    const hash = await contract.write.store([7n, 40n])
    const receipt = await client.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ status: 'success', from: account.address.toLowerCase(), to: probe, type: 'eip1559' })
    expect(parseEventLogs({ abi: probeAbi, logs: receipt.logs })).toMatchObject([
      { eventName: 'Stored', args: { who: account.address, key: 7n, value: 40n } },
    ])
    expect(await contract.read.values([7n])).toBe(40n)
    expect(await contract.read.values([7n], { blockNumber: receipt.blockNumber - 1n })).toBe(0n)
    const slot = keccak256(`0x${'7'.padStart(64, '0')}${'0'.repeat(64)}`)
    expect(await client.getStorageAt({ address: probe, slot })).toBe(`0x${(40).toString(16).padStart(64, '0')}`)
  })

  it('that refuses is decoded: custom error, string, panic', async () => {
    const { client } = clients()
    const reverted = async (functionName: 'store' | 'fail' | 'overflow', args: readonly unknown[]) => {
      const error = await client.simulateContract({ address: probe, abi: probeAbi, functionName, args } as never).then(
        () => undefined,
        (thrown) => thrown,
      )
      return (error as BaseError).walk((inner) => inner instanceof ContractFunctionRevertedError) as ContractFunctionRevertedError
    }
    expect((await reverted('store', [1n, 2_000_000n])).data).toMatchObject({ errorName: 'TooLarge', args: [2_000_000n, 1_000_000n] })
    expect((await reverted('fail', ['so be it'])).reason).toBe('so be it')
    expect((await reverted('overflow', [1n])).data).toMatchObject({ errorName: 'Panic', args: [17n] })
  })

  it('that would run for ever ends at the gas limit', async () => {
    const { client } = clients()
    const spin = { to: probe, data: encodeFunctionData({ abi: probeAbi, functionName: 'spin' }) }
    await expect(client.call({ ...spin, gas: 1_000_000n })).rejects.toThrow(/out of gas/)
    await expect(client.call(spin)).rejects.toThrow(/out of gas/)
  })

  it('sees the block whose state it runs on', async () => {
    const { client } = clients()
    const block = await client.getBlock()
    const [number, timestamp, , coinbase, chainId] = await client.readContract({
      address: probe,
      abi: probeAbi,
      functionName: 'environment',
      blockNumber: block.number,
    })
    expect([number, timestamp, coinbase.toLowerCase(), chainId]).toEqual([
      block.number,
      block.timestamp,
      block.miner,
      BigInt(node.viemChain.id),
    ])
  })

  it('is called with changed state and changed block', async () => {
    const { client } = clients()
    const code = (await client.getCode({ address: probe }))!
    const result = await client.readContract({
      address: nobody,
      abi: probeAbi,
      functionName: 'total',
      stateOverride: [{ address: nobody, code, stateDiff: [{ slot: `0x${'1'.padStart(64, '0')}`, value: `0x${'5'.padStart(64, '0')}` }] }],
    })
    expect(result).toBe(5n)
    const [number, timestamp] = await client.readContract({
      address: probe,
      abi: probeAbi,
      functionName: 'environment',
      blockOverrides: { number: 1_000_000n, time: 4_000_000_000n },
    })
    expect([number, timestamp]).toEqual([1_000_000n, 4_000_000_000n])
  })
})

describe('an estimate', () => {
  it('is enough, and one part in 64 less is not', async () => {
    const { client, account } = clients()
    for (const functionName of ['store', 'hungry'] as const) {
      const call = {
        address: probe,
        abi: probeAbi,
        functionName,
        args: functionName === 'store' ? [99n, 1n] : [],
        account: account.address,
      } as never
      const gas = await client.estimateContractGas(call)
      await client.simulateContract({ ...(call as object), gas } as never)
      await expect(client.simulateContract({ ...(call as object), gas: gas - gas / 64n - 1n } as never)).rejects.toThrow()
    }
  })

  it('of a transfer is 21000, and of a failing call its revert', async () => {
    const { client, account } = clients()
    expect(await client.estimateGas({ account, to: nobody, value: 1n })).toBe(21_000n)
    await expect(
      client.estimateContractGas({ address: probe, abi: probeAbi, functionName: 'fail', args: ['no way'], account } as never),
    ).rejects.toThrow('no way')
  })

  it('is bounded by what the account can pay at its price, not by the gas of a block', async () => {
    const { client, wallet } = clients()
    const poor = privateKeyToAccount(node.key(88))
    await client.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to: poor.address, value: parseGwei('500000') }) })
    const store = { address: probe, abi: probeAbi, functionName: 'store', args: [88n, 1n], account: poor.address } as const
    expect(await client.estimateContractGas({ ...store, maxFeePerGas: parseGwei('5') })).toBeLessThan(100_000n)
    await expect(client.estimateContractGas({ ...store, maxFeePerGas: parseGwei('50') })).rejects.toThrow(
      'gas required exceeds allowance (10000)',
    )
  })

  it('is refused for more than the account has', async () => {
    const { client } = clients()
    await expect(client.estimateGas({ account: nobody, to: probe, value: parseEther('1') })).rejects.toThrow(/insufficient funds/i)
  })
})

describe('a transaction', () => {
  it('pays the base fee and its tip, and is found by hash, block and index', async () => {
    const { client, wallet, account } = clients(1)
    const before = await client.getBalance({ address: account.address })
    const hash = await wallet.sendTransaction({
      to: nobody,
      value: 5n,
      maxFeePerGas: parseGwei('20'),
      maxPriorityFeePerGas: parseGwei('2'),
    })
    const receipt = await client.waitForTransactionReceipt({ hash })
    const block = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true })
    expect(receipt.effectiveGasPrice).toBe(block.baseFeePerGas! + parseGwei('2'))
    expect(await client.getBalance({ address: account.address })).toBe(before - 5n - 21_000n * receipt.effectiveGasPrice)
    const byHash = await client.getTransaction({ hash })
    expect(byHash).toMatchObject({
      from: account.address.toLowerCase(),
      blockHash: block.hash,
      gasPrice: receipt.effectiveGasPrice,
      value: 5n,
    })
    expect(await client.getTransaction({ blockHash: block.hash, index: receipt.transactionIndex })).toEqual(byHash)
    expect(await client.getTransaction({ blockNumber: block.number, index: receipt.transactionIndex })).toEqual(byHash)
    expect(block.transactions[receipt.transactionIndex]).toEqual(byHash)
  })

  it('is replaced by one that pays more, and the wait follows it', async () => {
    const { client, wallet, account } = clients(1)
    const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'pending' })
    // Behind a gap both stay in the pool until the test closes it.
    const fees = (gwei: string) => ({ maxFeePerGas: parseGwei(gwei), maxPriorityFeePerGas: parseGwei(gwei) })
    const first = await wallet.sendTransaction({ to: nobody, value: 1n, nonce: nonce + 1, gas: 21_000n, ...fees('10') })
    await expect(wallet.sendTransaction({ to: nobody, value: 2n, nonce: nonce + 1, gas: 21_000n, ...fees('10.5') })).rejects.toThrow(
      /replacement transaction underpriced/,
    )
    const second = await wallet.sendTransaction({ to: nobody, value: 2n, nonce: nonce + 1, gas: 21_000n, ...fees('11') })
    await expect(client.getTransaction({ hash: first })).rejects.toThrow(/could not be found/)
    expect(await client.getTransaction({ hash: second })).toMatchObject({ blockNumber: null, value: 2n })
    await wallet.sendTransaction({ to: nobody, nonce, gas: 21_000n, ...fees('10') })
    expect(await client.waitForTransactionReceipt({ hash: second })).toMatchObject({ status: 'success' })
  })

  it('waits behind a nonce gap and runs when the gap closes', async () => {
    const { client, wallet, account } = clients(2)
    const nonce = await client.getTransactionCount({ address: account.address })
    const late = await wallet.sendTransaction({ to: nobody, nonce: nonce + 2, gas: 21_000n })
    expect(await client.getTransactionCount({ address: account.address, blockTag: 'pending' })).toBe(nonce)
    await node.mine()
    await expect(client.getTransactionReceipt({ hash: late })).rejects.toThrow(/could not be found/)
    for (const early of [nonce + 1, nonce]) await wallet.sendTransaction({ to: nobody, nonce: early, gas: 21_000n })
    expect((await client.waitForTransactionReceipt({ hash: late })).status).toBe('success')
    expect(await client.getTransactionCount({ address: account.address })).toBe(nonce + 3)
  })

  it('is refused with an error that the client recognises', async () => {
    const { wallet } = clients(1)
    const cause = async (attempt: Promise<unknown>, kind: new (...args: never[]) => Error) => {
      const error = await attempt.then(
        () => undefined,
        (thrown: BaseError) => thrown,
      )
      return error?.walk((inner) => inner instanceof kind)
    }
    expect(await cause(wallet.sendTransaction({ to: nobody, nonce: 0, gas: 21_000n }), NonceTooLowError)).toBeInstanceOf(NonceTooLowError)
    const poor = clients(77).wallet
    expect(await cause(poor.sendTransaction({ to: nobody, value: 1n, gas: 21_000n }), InsufficientFundsError)).toBeInstanceOf(
      InsufficientFundsError,
    )
    const { client, account } = clients()
    const cheap = { account, to: nobody, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }
    for (const attempt of [() => client.call(cheap), () => client.estimateGas(cheap)]) {
      expect(await cause(attempt(), FeeCapTooLowError)).toBeInstanceOf(FeeCapTooLowError)
    }
    await expect(wallet.sendTransaction({ to: nobody, gas: 20_000n })).rejects.toThrow(/intrinsic gas too low/)
    await expect(wallet.sendRawTransaction({ serializedTransaction: '0x02c0' as Hex })).rejects.toThrow()
  })

  it('that asks the blob precompile fails like any other, and pays', async () => {
    const { client, wallet } = clients()
    const [z, commitment] = ['00'.repeat(64), 'c0'.padEnd(96, '0')]
    const versionedHash = `01${sha256(`0x${commitment}`).slice(4)}`
    const data: Hex = `0x${versionedHash}${z}${commitment}${commitment}`
    const hash = await wallet.sendTransaction({ to: '0x000000000000000000000000000000000000000a', gas: 300_000n, data })
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'reverted', gasUsed: 300_000n })
  })

  it('of every type is understood: legacy, access list, delegation', async () => {
    const { client, wallet, account } = clients(4)
    const accessList = [{ address: probe, storageKeys: [`0x${'0'.repeat(64)}` as Hex] }]
    const authorization = await wallet.signAuthorization({ contractAddress: probe, executor: 'self' })
    const sent = [
      await wallet.sendTransaction({ to: nobody, type: 'legacy', gasPrice: parseGwei('5') }),
      await wallet.sendTransaction({ to: nobody, type: 'eip2930', gasPrice: parseGwei('5'), accessList, nonce: authorization.nonce }),
    ]
    const types = await Promise.all(sent.map(async (hash) => (await client.waitForTransactionReceipt({ hash })).type))
    expect(types).toEqual(['legacy', 'eip2930'])
    const fresh = await wallet.signAuthorization({ contractAddress: probe, executor: 'self' })
    const hash = await wallet.sendTransaction({ to: account.address, type: 'eip7702', authorizationList: [fresh], gas: 100_000n })
    expect((await client.waitForTransactionReceipt({ hash })).type).toBe('eip7702')
    const found = await client.getTransaction({ hash })
    expect(found.authorizationList).toMatchObject([{ address: probe.toLowerCase(), nonce: fresh.nonce }])
    expect(await client.getCode({ address: account.address })).toBe(`0xef0100${probe.slice(2).toLowerCase()}`)
    expect(await client.getTransactionCount({ address: account.address })).toBe(fresh.nonce + 1)
  })
})

describe('fees', () => {
  it('are suggested above what the next block asks', async () => {
    const { client } = clients()
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
    const block = await client.getBlock()
    expect(maxFeePerGas).toBeGreaterThanOrEqual(block.baseFeePerGas!)
    expect(maxPriorityFeePerGas).toBeGreaterThan(0n)
    expect(await client.getGasPrice()).toBeGreaterThan(maxPriorityFeePerGas)
    expect(await client.getBlobBaseFee()).toBe(1n)
  })

  it('have a history of base fees, rewards and fullness', async () => {
    const { client } = clients()
    const head = await client.getBlock()
    const history = await client.getFeeHistory({ blockCount: 3, rewardPercentiles: [10, 50, 90] })
    expect(history.oldestBlock).toBe(head.number - 2n)
    expect(history.baseFeePerGas).toHaveLength(4)
    expect(history.baseFeePerGas[2]).toBe(head.baseFeePerGas)
    expect(history.reward!.map((row) => row.length)).toEqual([3, 3, 3])
    expect(history.gasUsedRatio[2]).toBeCloseTo(Number(head.gasUsed) / Number(head.gasLimit), 12)
  })
})

describe('blocks', () => {
  it('are the same by number, hash and tag, and their parts agree', async () => {
    const { client } = clients()
    const block = await client.getBlock({ blockTag: 'finalized' })
    expect(await client.getBlock({ blockHash: block.hash })).toEqual(block)
    expect(await client.getBlock({ blockNumber: block.number })).toEqual(block)
    expect(await client.getBlockTransactionCount({ blockHash: block.hash })).toBe(block.transactions.length)
    const genesis = await client.getBlock({ blockTag: 'earliest' })
    expect([genesis.number, genesis.hash]).toEqual([0n, node.genesisHash])
    await expect(client.getBlock({ blockNumber: block.number + 1_000n })).rejects.toThrow(/could not be found/)
    await expect(client.getBalance({ address: nobody, blockNumber: block.number + 1_000n })).rejects.toThrow(/header not found/)
  })

  it('that are pending show what waits', async () => {
    const { client, wallet, account } = clients(1)
    const nonce = await client.getTransactionCount({ address: account.address })
    await wallet.sendTransaction({ to: nobody, nonce: nonce + 5, gas: 21_000n })
    const before = await client.getBlockNumber({ cacheTime: 0 })
    const block = await client.getBlock({ blockTag: 'pending' })
    const after = await client.getBlockNumber({ cacheTime: 0 })
    expect(block.hash).toBe(null)
    // Empty blocks come meanwhile.
    expect(block.number! > before && block.number! <= after + 1n).toBe(true)
  })
})

describe('an access list', () => {
  it('names what the call touches and costs what it saves', async () => {
    const { client, account } = clients()
    const { accessList, gasUsed } = await client.createAccessList({ account: account.address, to: probe, data: '0x2ddbd13a' })
    expect(accessList).toEqual([{ address: probe, storageKeys: [`0x${'1'.padStart(64, '0')}`] }])
    expect(gasUsed).toBeGreaterThan(21_000n)
  })
})
