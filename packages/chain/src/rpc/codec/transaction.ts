import { Capability, TransactionType, type TypedTransaction } from '@ethereumjs/tx'
import type { EOACode7702AuthorizationListBytesItem } from '@ethereumjs/util'
import { bytesToUint, type Hex } from '@opengradient/protocol'
import type { ChainBlock, ReadTransaction } from '../../chain.ts'
import { type Authorization, eachAccess, eachAuthorization, readSignature } from '../../executor/transaction/fields.ts'
import { data, quantity } from './hex.ts'

/** Where a transaction is; all null while it is in the pool. */
interface Place {
  readonly blockHash: Hex | null
  readonly blockNumber: Hex | null
  readonly blockTimestamp: Hex | null
  readonly transactionIndex: Hex | null
}

const NOWHERE: Place = { blockHash: null, blockNumber: null, blockTimestamp: null, transactionIndex: null }

/**
 * A committed transaction as JSON-RPC answers it, in pieces of text; undefined if there is none. `gasPrice` is what it paid per gas.
 */
export function minedTransactionText(found: ChainBlock, index: number): Iterable<string> | undefined {
  const { block, included } = found
  const { baseFeePerGas: baseFee = 0n } = block.header
  const place = placeOf(found, index)
  const read = included?.[index]
  if (read) {
    const { maxFeePerGas, maxPriorityFeePerGas } = read.fields
    const priced = baseFee + maxPriorityFeePerGas
    return readText(read, block.common.chainId(), place, priced < maxFeePerGas ? priced : maxFeePerGas)
  }
  const inner = included ? undefined : block.transactions[index]
  return inner && [JSON.stringify(transactionJson(inner, place, effectiveGasPrice(inner, baseFee)))]
}

/** A transaction of a block that this chain does not have: of a simulation. */
export function foreignTransactionJson(found: ChainBlock, index: number): Record<string, unknown> {
  const inner = found.block.transactions[index]!
  return transactionJson(inner, placeOf(found, index), effectiveGasPrice(inner, found.block.header.baseFeePerGas ?? 0n))
}

/** A transaction of the pool, in pieces of text. `gasPrice` is the most it would pay per gas. */
export function pendingTransactionText(transaction: ReadTransaction, chainId: bigint): Iterable<string> {
  return readText(transaction, chainId, NOWHERE, transaction.fields.maxFeePerGas)
}

const placeOf = ({ block, hash, height }: ChainBlock, index: number): Place => ({
  blockHash: hash,
  blockNumber: quantity(height),
  blockTimestamp: quantity(block.header.timestamp),
  transactionIndex: quantity(index),
})

/**
 * A transaction that this chain has read itself: in a tenth of the time that EthereumJS takes to make its object, and in pieces, since whoever
 * sends it may fill its lists with twenty thousand entries.
 */
function* readText(transaction: ReadTransaction, chainId: bigint, place: Place, gasPrice: bigint): Generator<string, void, void> {
  const { raw, fields } = transaction
  yield JSON.stringify(plainJson(transaction, chainId, place, gasPrice)).slice(0, -1)
  if (fields.type >= 1) {
    yield ',"accessList":['
    let before = ''
    for (const { address, slots } of eachAccess(raw)) {
      yield `${before}{"address":"${data(address)}","storageKeys":[`
      yield* listText(slots, (slot) => `"${data(slot)}"`)
      yield ']}'
      before = ','
    }
    yield ']'
  }
  if (fields.type === 4) {
    yield ',"authorizationList":['
    yield* listText(eachAuthorization(raw), (authorization) => JSON.stringify(authorizationJson(authorization)))
    yield ']'
  }
  yield '}'
}

function* listText<T>(items: Iterable<T>, write: (item: T) => string): Generator<string, void, void> {
  let before = ''
  for (const item of items) {
    yield before + write(item)
    before = ','
  }
}

/** Everything but its lists. */
function plainJson(
  { raw, hash, sender, fields }: ReadTransaction,
  chainId: bigint,
  place: Place,
  gasPrice: bigint,
): Record<string, unknown> {
  const { type, to } = fields
  const { v, r, s } = readSignature(raw)
  return {
    blockHash: place.blockHash,
    blockNumber: place.blockNumber,
    blockTimestamp: place.blockTimestamp,
    from: sender,
    gas: quantity(fields.gasLimit),
    gasPrice: quantity(gasPrice),
    ...(type >= 2 && { maxFeePerGas: quantity(fields.maxFeePerGas), maxPriorityFeePerGas: quantity(fields.maxPriorityFeePerGas) }),
    hash,
    input: data(fields.data),
    nonce: quantity(fields.nonce),
    to: to ? data(to) : null,
    transactionIndex: place.transactionIndex,
    value: quantity(fields.value),
    type: quantity(type),
    chainId: quantity(chainId),
    v: quantity(v),
    r: quantity(r),
    s: quantity(s),
    ...(type >= 1 && { yParity: quantity(v) }),
  }
}

/** Wei per gas that a transaction pays in a block with this base fee; in a simulation it may offer less than that, and pays what it offers. */
function effectiveGasPrice(transaction: TypedTransaction, baseFee: bigint): bigint {
  const most = 'maxFeePerGas' in transaction ? transaction.maxFeePerGas : transaction.gasPrice
  return most < baseFee ? most : baseFee + transaction.getEffectivePriorityFee(baseFee)
}

function transactionJson(inner: TypedTransaction, place: Place, gasPrice: bigint): Record<string, unknown> {
  return {
    blockHash: place.blockHash,
    blockNumber: place.blockNumber,
    blockTimestamp: place.blockTimestamp,
    from: inner.getSenderAddress().toString(),
    gas: quantity(inner.gasLimit),
    gasPrice: quantity(gasPrice),
    ...('maxFeePerGas' in inner && {
      maxFeePerGas: quantity(inner.maxFeePerGas),
      maxPriorityFeePerGas: quantity(inner.maxPriorityFeePerGas),
    }),
    hash: data(inner.hash()),
    input: data(inner.data),
    nonce: quantity(inner.nonce),
    to: inner.to?.toString() ?? null,
    transactionIndex: place.transactionIndex,
    value: quantity(inner.value),
    type: quantity(inner.type),
    ...('accessList' in inner && {
      accessList: inner.accessList.map(([address, keys]) => ({ address: data(address), storageKeys: keys.map(data) })),
    }),
    ...chainIdJson(inner),
    ...('authorizationList' in inner && { authorizationList: inner.authorizationList.map(listedAuthorizationJson) }),
    ...signatureJson(inner),
  }
}

function chainIdJson(inner: TypedTransaction): Record<string, Hex> {
  const named = inner.type !== TransactionType.Legacy || inner.supports(Capability.EIP155ReplayProtection)
  return named ? { chainId: quantity(inner.common.chainId()) } : {}
}

function signatureJson(inner: TypedTransaction): Record<string, Hex> {
  const v = quantity(inner.v ?? 0n)
  const signature = { v, r: quantity(inner.r ?? 0n), s: quantity(inner.s ?? 0n) }
  return inner.type === TransactionType.Legacy ? signature : { ...signature, yParity: v }
}

const listedAuthorizationJson = ([chainId, address, nonce, yParity, r, s]: EOACode7702AuthorizationListBytesItem) =>
  authorizationJson({ chainId, address, nonce, yParity, r, s })

function authorizationJson({ chainId, address, nonce, yParity, r, s }: Authorization): Record<string, Hex> {
  return {
    chainId: number(chainId),
    address: data(address),
    nonce: number(nonce),
    yParity: number(yParity),
    r: number(r),
    s: number(s),
  }
}

const number = (bytes: Uint8Array): Hex => quantity(bytesToUint(bytes))
