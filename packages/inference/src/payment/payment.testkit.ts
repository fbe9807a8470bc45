import { randomBytes } from 'node:crypto'
import { ADDRESSES, multicall3Abi, nodesAbi, tillOf } from '@opengradient/contracts'
import { settledSlot, wopgBalanceSlot, wopgNonceSlot } from '@opengradient/contracts/slots'
import {
  type Address,
  type Authorization,
  addressOf,
  authorizationHasher,
  bytesToHex,
  type Hex,
  paymentIdOf,
  signDigest,
} from '@opengradient/protocol'
import { decodeFunctionData, encodeFunctionResult } from 'viem'
import type { Rpc } from '../chain/rpc.ts'
import type { AdmitRequest, Outcome, ServedModel } from '../server/pipeline.ts'
import { type OfferTerms, requirementsFor } from './x402.ts'

export const CHAIN_ID = 7_000_000_000n
export const NODE: Address = `0x${'aa'.repeat(20)}`
export const RECEIPT_KEY = new Uint8Array(32).fill(5)
const PAYER_KEY = new Uint8Array(32).fill(6)
export const PAYER = addressOf(PAYER_KEY)
export const MODEL: Hex = `0x${'cc'.repeat(32)}`
export const PRICE = 1000n
/** A fixed "now", unix seconds. */
export const NOW = 1_800_000_000

export const TERMS: OfferTerms = { chainId: CHAIN_ID, wopg: ADDRESSES.wopg, payTo: tillOf(NODE), maxTimeoutSeconds: 300 }

/** An authorisation over the price, signed by the payer, with whatever is to be wrong with it. */
export function signedPayment(
  over: Partial<Authorization> = {},
  options: { key?: Uint8Array; chainId?: bigint; asset?: Address; accepted?: object } = {},
) {
  const { key = PAYER_KEY, chainId = CHAIN_ID, asset = ADDRESSES.wopg } = options
  const authorization: Authorization = {
    from: PAYER,
    to: TERMS.payTo,
    value: PRICE,
    validAfter: 0n,
    validBefore: BigInt(NOW + 300),
    nonce: bytesToHex(randomBytes(32)),
    ...over,
  }
  const signature = signDigest(authorizationHasher(chainId, asset)(authorization), key)
  const accepted = { ...requirementsFor(TERMS, authorization.value), ...options.accepted }
  const plain = Object.fromEntries(Object.entries(authorization).map(([k, v]) => [k, typeof v === 'bigint' ? v.toString() : v]))
  const payload = { x402Version: 2, accepted, payload: { authorization: plain, signature } }
  const header = Buffer.from(JSON.stringify(payload)).toString('base64')
  const paymentId = paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer: authorization.from, nonce: authorization.nonce })
  return { authorization, signature, accepted, payload, header, paymentId }
}

/** A full node's answers, as far as a gate asks for them; what it says can be changed. */
export function fakeChain() {
  const chain = {
    time: NOW,
    price: PRICE,
    active: true,
    feeBps: 200,
    bond: 10n ** 22n,
    /** Of the node's account, OPG wei. */
    gasMoney: 10n ** 18n,
    unbondingAt: 0n,
    balances: new Map<Address, bigint>([[PAYER, 10n ** 18n]]),
    usedNonces: new Set<Hex>(),
    contracts: new Set<Address>(),
    settled: new Map<Hex, Hex>(),
    /** Milliseconds that the full node takes for each answer. */
    delayMs: 0,
    /** What it waits for before it answers. */
    silent: Promise.resolve(),
  }
  const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
  const storage = (address: Hex, slot: Hex): Hex => {
    if (address === ADDRESSES.settlement) return [...chain.settled].find(([id]) => settledSlot(id) === slot)?.[1] ?? word(0n)
    for (const [account, balance] of chain.balances) {
      if (wopgBalanceSlot(account) === slot) return word(balance)
      if ([...chain.usedNonces].some((nonce) => wopgNonceSlot(account, nonce) === slot)) return word(1n)
    }
    return word(0n)
  }
  const nodes = (callData: Hex): Hex => {
    const { functionName } = decodeFunctionData({ abi: nodesAbi, data: callData })
    if (functionName === 'standing') {
      return encodeFunctionResult({ abi: nodesAbi, functionName, result: [chain.bond, chain.unbondingAt, 1n, 0n] })
    }
    const { args } = decodeFunctionData({ abi: nodesAbi, data: callData })
    const isRequest = args?.[2] === 0
    const result = { amount: isRequest ? chain.price : 0n, since: 1n, active: isRequest && chain.active, previous: 0n }
    return encodeFunctionResult({ abi: nodesAbi, functionName: 'price', result })
  }
  const rpc: Rpc = {
    close: () => {},
    call: async (method, params) => {
      const [first, second] = params as [Hex & { data: Hex; to: Address }, Hex]
      if (chain.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, chain.delayMs))
      await chain.silent
      if (method === 'eth_getBlockByNumber')
        return { number: '0x5', timestamp: `0x${chain.time.toString(16)}`, baseFeePerGas: '0x7', gasLimit: '0x1c9c380' }
      if (method === 'eth_getBalance') return `0x${chain.gasMoney.toString(16)}`
      if (method === 'eth_getStorageAt') return storage(first, second)
      if (method === 'eth_getCode') return chain.contracts.has(first) ? '0x60' : '0x'
      if (first.to === ADDRESSES.settlement) return word(BigInt(chain.feeBps))
      const { args } = decodeFunctionData({ abi: multicall3Abi, data: first.data })
      const calls = args![0] as readonly { callData: Hex }[]
      const result = calls.map(({ callData }) => ({ success: true, returnData: nodes(callData) }))
      return encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result })
    },
  }
  return { chain, rpc }
}

const model = {
  modelId: MODEL,
  author: NODE,
  manifest: {},
  manifestBytes: new Uint8Array(),
  levels: ['signature'],
} as unknown as ServedModel

export function request(
  over: Partial<Omit<AdmitRequest, 'headers' | 'offered'>> & { headers?: Record<string, string> } = {},
): AdmitRequest {
  return {
    method: 'POST',
    path: '/v2/models/m/infer',
    contentType: 'application/json',
    body: Buffer.from('{"inputs":[]}'),
    headers: {},
    model,
    usage: [
      { unit: 'request', units: '1' },
      { unit: 'byte', units: '13' },
    ],
    receivedAt: NOW * 1000,
    level: 'signature',
    offered: ['signature'],
    ...over,
  }
}

export const OUTCOME: Outcome = {
  responseBody: Buffer.from('{"outputs":[]}'),
  responseContentType: 'application/json',
  responseHeaders: { 'inference-header-content-length': '14' },
  execution: {
    endpoint: '/v2/models/m/infer',
    contentType: 'application/json',
    model: { modelId: MODEL, files: [] },
    engine: { name: 'onnx', version: '1', digest: MODEL },
    environment: { device: 'cpu', fingerprint: 'test' },
    class: 'exact',
    parameters: {},
    added: [],
    dropped: [],
    usage: [{ unit: 'request', units: '1' }],
    finish: 'stop',
    data: [],
    startedAt: '1800000000000',
    durationUs: 12,
  },
}
