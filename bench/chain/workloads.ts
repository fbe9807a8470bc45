import type { Chain, GenesisParameters } from '@opengradient/chain'
import { ADDRESSES, modelsAbi, nodesAbi, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import {
  type Address,
  AUTHORIZATION_TYPES,
  bytesToHex,
  type DevAccount,
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
import { privateKeyToAccount } from 'viem/accounts'

export const CHAIN_ID = 2n ** 40n + 9n
export const GENESIS_TIME = 1_780_000_000n
const OPG = 10n ** 18n
const SENDERS = 500
/** Settlements in one transaction, and transactions in one block. */
const LIST = 50
const LISTS = 10

export type Kind = 'transfer' | 'token' | 'settlement'

export interface Workload {
  readonly faucets: GenesisParameters['faucets']
  /** Things measured in one block. */
  readonly units: number
  /** Prepares the chain, and answers what makes the transactions of the next block. */
  readonly begin: (chain: Chain) => Promise<() => Promise<Uint8Array[]>>
}

/** New ones for each chain, because each counts its nonce. */
const newSenders = () => Array.from({ length: SENDERS }, (_, i) => wallet(100 + i))
const faucets = newSenders().map(({ address }) => ({ address, amount: 20_000n * OPG }))

/** Every transaction goes to an account, or a token balance, that did not exist. */
export const WORKLOADS: Record<Kind, Workload> = {
  transfer: {
    faucets,
    units: SENDERS,
    begin: async () => {
      const senders = newSenders()
      return () => Promise.all(senders.map((sender) => sender.send({ to: fresh(), value: 1n, gas: 21_000n })))
    },
  },
  token: {
    faucets,
    units: SENDERS,
    begin: async (chain) => {
      const senders = newSenders()
      await include(chain, await Promise.all(senders.map((sender) => sender.send(deposit(OPG)))))
      return () => Promise.all(senders.map((sender) => sender.send({ to: ADDRESSES.wopg, gas: 100_000n, data: transferring(fresh()) })))
    },
  },
  settlement: { faucets, units: LIST * LISTS, begin: beginSettlements },
}

/** A node with one model and one payer: lists of payments with their receipts, each signed twice. */
async function beginSettlements(chain: Chain): Promise<() => Promise<Uint8Array[]>> {
  const [payer, node, author] = newSenders() as [Wallet, Wallet, Wallet]
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

interface Call {
  readonly to: Address
  readonly gas: bigint
  readonly value?: bigint
  readonly data?: Hex
}

interface Wallet {
  readonly address: Address
  readonly key: DevAccount
  /** The signed transaction with the next nonce. */
  send(call: Call): Promise<Uint8Array>
}

function wallet(index: number): Wallet {
  const key = devAccount(CHAIN_ID, index)
  const account = privateKeyToAccount(bytesToHex(key.privateKey))
  let nonce = 0
  return {
    address: key.address,
    key,
    send: async (call) =>
      hexToBytes(
        await account.signTransaction({
          type: 'eip1559',
          chainId: Number(CHAIN_ID),
          nonce: nonce++,
          maxFeePerGas: 10n ** 12n,
          maxPriorityFeePerGas: 1n,
          ...call,
        }),
      ),
  }
}

const deposit = (value: bigint): Call => ({ to: ADDRESSES.wopg, value, gas: 100_000n, data: '0xd0e30db0' })

const transferring = (to: Address): Hex => encodeFunctionData({ abi: wopgAbi, functionName: 'transfer', args: [to, 1n] })

let made = 0
const fresh = (): Address => `0x${(++made).toString(16).padStart(40, 'a')}`

async function include(chain: Chain, raws: readonly Uint8Array[]): Promise<void> {
  for (const raw of raws) await chain.submit(raw)
  const { height } = await chain.mine!()
  const receipts = chain.receipts(height)!
  if (receipts.length !== raws.length || receipts.some(({ status }) => status === 0)) throw new Error('the preparation failed')
}
