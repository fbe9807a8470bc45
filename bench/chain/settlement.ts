import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, createChain, makeGenesis } from '@opengradient/chain'
import { ADDRESSES, modelsAbi, nodesAbi, settlementAbi, tillOf } from '@opengradient/contracts'
import {
  type Address,
  AUTHORIZATION_TYPES,
  DEV_ACCOUNTS,
  devAccount,
  type Hex,
  hexToBytes,
  keccak256Hex,
  modelIdFromHash,
  paymentIdOf,
  type Receipt,
  receiptHash,
  signDigest,
  utf8,
  WOPG_DOMAIN,
  ZERO_HASH,
} from '@opengradient/protocol'
import { encodeFunctionData, hashTypedData } from 'viem'
import { median, spread } from '../measure/stats.ts'
import { type Call, CHAIN_ID, GENESIS_TIME, OPG, type Wallet, wallets } from '../measure/wallet.ts'

/** What payments cost the chain, from signed bytes to durable commit, without JSON-RPC. One process, one core for JavaScript. */
export interface SettlementResult {
  readonly per_s: number
  readonly cpu_us: number
  readonly gas: number
}

const BLOCKS = 9
/** Settlements in one transaction, and transactions in one block. */
const LIST = 50
const LISTS = 10

export async function measureSettlements(progress: (line: string) => void): Promise<SettlementResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'og-bench-chain-'))
  try {
    return await measure(dataDir, progress)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measure(dataDir: string, progress: (line: string) => void): Promise<SettlementResult> {
  const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
  const faucets = wallets(3).map(({ address }) => ({ address, amount: 20_000n * OPG }))
  const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: validator.address, faucets, time: GENESIS_TIME })
  const clock = { now: () => Number(GENESIS_TIME) * 1_000, after: () => () => {} }
  const chain = await createChain({ dataDir, genesis, validatorKey: validator.privateKey, clock })
  const next = await beginSettlements(chain)
  const seconds: number[] = []
  const cpu: number[] = []
  let gas = 0
  const units = LIST * LISTS
  // The first block warms up the compiler.
  for (let i = 0; i <= BLOCKS; i++) {
    const raws = await next()
    const cpuBefore = process.cpuUsage()
    const started = performance.now()
    const gasUsed = await include(chain, raws)
    const took = (performance.now() - started) / 1_000
    const { user, system } = process.cpuUsage(cpuBefore)
    if (i === 0) continue
    seconds.push(took / units)
    cpu.push((user + system) / units)
    gas = Number(gasUsed) / units
  }
  await chain.close()
  const rates = seconds.map((s) => 1 / s)
  progress(`settlements: ${spread(rates, 0)} a second, CPU ${spread(cpu, 0)} µs each`)
  return { per_s: Math.round(median(rates)), cpu_us: Math.round(median(cpu)), gas: Math.round(gas) }
}

/** A node with one model and one payer: lists of payments with their receipts, each signed twice. */
async function beginSettlements(chain: Chain): Promise<() => Promise<Uint8Array[]>> {
  const [payer, node, author] = wallets(3) as [Wallet, Wallet, Wallet]
  const key = devAccount(CHAIN_ID, 50)
  const manifestHash = keccak256Hex(utf8('manifest'))
  const register = encodeFunctionData({ abi: nodesAbi, functionName: 'register', args: ['https://node.example', key.address, 1] })
  const publish = encodeFunctionData({ abi: modelsAbi, functionName: 'publish', args: ['bob/tuned', manifestHash, 500, 0n, ZERO_HASH, 0] })
  await include(chain, [
    await payer.send(deposit(10_000n * OPG)),
    await node.send({ to: ADDRESSES.nodes, value: 10_000n * OPG, gas: 2_000_000n, data: register }),
    await author.send({ to: ADDRESSES.models, gas: 1_000_000n, data: publish }),
  ])
  const modelId = modelIdFromHash(author.address, manifestHash)
  let drawn = 0
  const entry = () => {
    const nonce = keccak256Hex(utf8(`nonce ${drawn++}`))
    const now = chain.head().block.header.timestamp
    const receipt: Receipt = {
      requestId: keccak256Hex(hexToBytes(nonce)),
      paymentId: paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer: payer.address, nonce }),
      modelId,
      requestHash: nonce,
      responseHash: nonce,
      executionHash: nonce,
      proofRef: ZERO_HASH,
      level: 0,
      node: node.address,
      payer: payer.address,
      price: OPG / 1_000n,
      issuedAt: now,
    }
    const signature = signDigest(receiptHash(receipt, { chainId: CHAIN_ID, settlement: ADDRESSES.settlement }), key.privateKey)
    return {
      receipt,
      signature,
      payment: authorise(payer, { to: tillOf(node.address), value: receipt.price, validBefore: now + 3_600n, nonce }),
    }
  }
  return () =>
    Promise.all(
      Array.from({ length: LISTS }, () => {
        const entries = Array.from({ length: LIST }, entry)
        const args = [entries.map((e) => e.receipt), entries.map((e) => e.signature), entries.map((e) => e.payment)] as const
        return node.send({
          to: ADDRESSES.settlement,
          gas: 6_000_000n,
          data: encodeFunctionData({ abi: settlementAbi, functionName: 'settleMany', args }),
        })
      }),
    )
}

/** EIP-3009. */
function authorise(from: Wallet, terms: { to: Address; value: bigint; validBefore: bigint; nonce: Hex }) {
  const digest = hashTypedData({
    domain: { ...WOPG_DOMAIN, chainId: CHAIN_ID, verifyingContract: ADDRESSES.wopg },
    primaryType: 'TransferWithAuthorization',
    types: AUTHORIZATION_TYPES,
    message: { from: from.address, validAfter: 0n, ...terms },
  })
  return { validAfter: 0n, validBefore: terms.validBefore, nonce: terms.nonce, signature: signDigest(digest, from.key.privateKey) }
}

const deposit = (value: bigint): Call => ({ to: ADDRESSES.wopg, value, gas: 100_000n, data: '0xd0e30db0' })

async function include(chain: Chain, raws: readonly Uint8Array[]): Promise<bigint> {
  for (const raw of raws) await chain.submit(raw)
  const { height, block } = await chain.mine!()
  const receipts = chain.receipts(height)!
  if (receipts.length !== raws.length || receipts.some(({ status }) => status === 0)) throw new Error('a transaction failed')
  return block.header.gasUsed
}
