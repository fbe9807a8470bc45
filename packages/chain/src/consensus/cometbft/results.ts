import { hexToBytes } from '@opengradient/protocol'
import type { TransactionOutcome } from '../outcome.ts'
import type { FinalizedBlock } from '../port.ts'
import type { ResponseOf } from './envelope.ts'
import { publicKeyOf } from './identity.ts'

type TxResult = NonNullable<ResponseOf<'finalizeBlock'>['txResults']>[number]

/** `code` of a transaction in CometBFT's results. */
const TX_CODE = { succeeded: 0, reverted: 1, leftOut: 2 } as const

/** What a finalized block tells CometBFT. The next header of CometBFT commits to the app hash and to the results' code and gas. */
export function finalizedResponse({ appHash, outcomes, validatorUpdates }: FinalizedBlock): ResponseOf<'finalizeBlock'> {
  return {
    appHash: hexToBytes(appHash),
    txResults: outcomes.map(txResultOf),
    validatorUpdates: validatorUpdates.map(({ key, power }) => ({ pubKey: publicKeyOf(key), power })),
  }
}

/** Only what is the same on all nodes; the log, which no hash covers, says why a transaction is not in the Ethereum block. */
export function txResultOf(outcome: TransactionOutcome): TxResult {
  const code = TX_CODE[outcome.kind]
  if (outcome.kind === 'leftOut') return { code, log: outcome.reason }
  return { code, gasWanted: outcome.gasLimit, gasUsed: outcome.gasUsed }
}

/** Bytes that a transaction takes in a block of CometBFT: a field of protobuf, its length, itself. */
export function framedBytes({ length }: Uint8Array): number {
  let prefix = 2
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) prefix += 1
  return prefix + length
}
