import { blockNumberOrTag } from '../codec/blockId.ts'
import { invalidParams } from '../codec/error.ts'
import { quantity } from '../codec/hex.ts'
import { type Decoder, listOf, optional, required, uint64 } from '../codec/params.ts'
import { needHeader, type RpcMethod, rpcMethod } from '../context.ts'
import { feeHistory } from '../gas/feeHistory.ts'
import { scanning } from '../scanning.ts'

const MAX_PERCENTILES = 100

/** How many blocks: hex, or a JSON number as some clients send it. */
const blockCount: Decoder<bigint> = (value, where) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? BigInt(value as number) : uint64(value, where)

const percentiles: Decoder<number[]> = (value, where) => {
  const list = listOf((item, at) => {
    if (typeof item === 'number' && item >= 0 && item <= 100) return item
    throw invalidParams(`invalid reward percentile: ${at} is not a number from 0 to 100`)
  }, MAX_PERCENTILES)(value, where)
  list.forEach((item, index) => {
    if (index > 0 && item < list[index - 1]!) throw invalidParams(`invalid reward percentile: ${item} comes after ${list[index - 1]}`)
  })
  return list
}

/** What gas costs. Amounts are wei per gas. */
export const gasMethods: Readonly<Record<string, RpcMethod>> = {
  eth_gasPrice: rpcMethod([], ({ chain, suggestedTip }) => quantity(chain.nextBaseFee() + suggestedTip())),
  eth_maxPriorityFeePerGas: rpcMethod([], ({ suggestedTip }) => quantity(suggestedTip())),
  /** The base fee of the next block. */
  eth_baseFee: rpcMethod([], ({ chain }) => quantity(chain.nextBaseFee())),
  /** The minimum for ever: this chain has no blob transactions. */
  eth_blobBaseFee: rpcMethod([], () => '0x1'),

  eth_feeHistory: rpcMethod(
    [required(blockCount), required(blockNumberOrTag), optional(percentiles, [])],
    (context, [count, id, shares]) => {
      const { chain, limits } = context
      const most = Number(count < BigInt(limits.maxFeeHistory) ? count : BigInt(limits.maxFeeHistory))
      return scanning(context, (patience) => feeHistory(chain, most, needHeader(chain, id), shares, patience))
    },
  ),
}
