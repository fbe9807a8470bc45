import { Block } from '@ethereumjs/block'
import type { TypedTransaction } from '@ethereumjs/tx'
import { createAddressFromString, createZeroAddress } from '@ethereumjs/util'
import { type RunTxResult, runTx, type VM } from '@ethereumjs/vm'
import type { CallState } from '../call/callState.ts'
import type { Patience } from '../call/patience.ts'
import type { Crypto } from '../crypto/crypto.ts'
import type { FixedCommon } from '../executor/common.ts'
import { reasonOf } from '../executor/decode.ts'
import { type Environment, environmentBlock, headerOf } from '../executor/environment.ts'
import { bloomOf, encodeReceipt, hexLog, mergeBloom, type RawLog, type ReceiptOutcome } from '../executor/receipt.ts'
import { finishBlock, startBlock } from '../executor/systemCalls.ts'
import { NEW_ACCOUNT } from '../state/account.ts'
import { listRoot } from '../trie/list.ts'
import type { CallLogs, NumberedLog } from './logs.ts'
import { check, isFree, MAX_NONCE, type ReadyMessage, ready, transactionOf } from './message.ts'
import { SimulationRefusal } from './refusal.ts'
import type { SimulatedCall, SimulatedMessage } from './request.ts'

/** The EVM of a simulation and what its blocks share. */
export interface Machine {
  readonly vm: VM
  readonly state: CallState
  readonly common: FixedCommon
  readonly crypto: Crypto
  readonly validation: boolean
  readonly logs: CallLogs
  readonly patience: Patience
  /** The block that code sees; fees may be charged by another one. */
  seen: Block | undefined
}

/** A simulated block before its state root is known. */
export interface RanBlock {
  readonly calls: readonly SimulatedCall[]
  readonly gasUsed: bigint
  /** Seals the block with the root of the state after it. */
  seal(stateRoot: Uint8Array): Block
}

/** Runs the messages of one block, between the calls by which every block begins and ends. `budget` is the gas left for the simulation. */
export async function runBlock(
  machine: Machine,
  env: Environment,
  messages: readonly SimulatedMessage[],
  budget: bigint,
): Promise<RanBlock> {
  const { vm, common, crypto } = machine
  const block = environmentBlock(env, common)
  machine.seen = block
  await startBlock(vm, block)
  const receipts: ReceiptOutcome[] = []
  const transactions: TypedTransaction[] = []
  const calls: SimulatedCall[] = []
  let gasUsed = 0n
  machine.logs.begin()
  for (const message of messages) {
    await machine.patience.turn()
    const { tx, result } = await runMessage(machine, block, message, { block: env.gasLimit - gasUsed, budget: budget - gasUsed })
    gasUsed += result.totalGasSpent
    const logs = machine.logs.numbered((result.execResult.logs ?? []) as readonly RawLog[])
    const written = logs.filter((log) => log.written).map(({ log }) => log)
    const status = result.execResult.exceptionError ? 0 : 1
    transactions.push(tx)
    calls.push(callOf(tx, result, logs))
    receipts.push({ type: tx.type, status, cumulativeGasUsed: gasUsed, logs: written })
  }
  await finishBlock(vm, block)

  const seal = (stateRoot: Uint8Array): Block => {
    const blooms = receipts.map((receipt) => bloomOf(receipt.logs, crypto.keccak))
    const logsBloom = new Uint8Array(256)
    for (const bloom of blooms) mergeBloom(logsBloom, bloom)
    const header = headerOf(env, common, {
      stateRoot,
      transactionsRoot: listRoot(
        transactions.map((tx) => tx.serialize()),
        crypto.keccak,
      ),
      receiptsRoot: listRoot(
        receipts.map((receipt, index) => encodeReceipt(receipt, blooms[index]!)),
        crypto.keccak,
      ),
      logsBloom,
      gasUsed,
    })
    return new Block(header, transactions, [], [], { common })
  }
  return { calls, gasUsed, seal }
}

/** Runs one message as the transaction it would be; refuses what no block could hold. */
async function runMessage(
  machine: Machine,
  block: Block,
  asked: SimulatedMessage,
  room: { readonly block: bigint; readonly budget: bigint },
): Promise<{ tx: TypedTransaction; result: RunTxResult }> {
  const { vm, state, common, crypto, validation } = machine
  const from = asked.from ? createAddressFromString(asked.from) : createZeroAddress()
  const sender = state.record(from.bytes) ?? NEW_ACCOUNT
  const message: ReadyMessage = ready(asked, sender, room)
  check(message, sender, block.header.baseFeePerGas!, validation)
  const tx = transactionOf(message, from, common, crypto.keccak)
  state.allowSender(from)
  const free = !validation && isFree(message)
  try {
    const result = await runTx(vm, {
      tx,
      block: free ? withoutBaseFee(block, common) : block,
      skipNonce: true,
      skipBlockGasLimitValidation: true,
      skipHardForkValidation: true,
    })
    const after = state.record(from.bytes)
    // Without validation a sender may have the last nonce; the next one is zero again.
    if (after && after.nonce > MAX_NONCE) await state.modifyAccountFields(from, { nonce: 0n })
    return { tx, result }
  } catch (error) {
    const reason = reasonOf(error)
    if (/^INTRINSIC_GAS_TOO_LOW/.test(reason)) throw new SimulationRefusal('gas-too-low', `intrinsic gas too low: ${reason.slice(23)}`)
    if (error instanceof Error && error.constructor === Error) throw new SimulationRefusal('message', reason)
    throw error
  }
}

/** The same block for somebody who pays no fees. */
function withoutBaseFee(block: Block, common: FixedCommon): Block {
  if (block.header.baseFeePerGas === 0n) return block
  const { number, timestamp: time, parentHash, coinbase, gasLimit, mixHash } = block.header
  return environmentBlock({ number, time, parentHash, coinbase: coinbase.bytes, gasLimit, mixHash, baseFee: 0n }, common)
}

function callOf(tx: TypedTransaction, { execResult, totalGasSpent }: RunTxResult, logs: readonly NumberedLog[]): SimulatedCall {
  const failure = execResult.exceptionError?.error
  const beforeRefund = execResult.executionGasUsed + tx.getIntrinsicGas()
  const outcome = {
    gasUsed: totalGasSpent,
    maxUsedGas: beforeRefund > totalGasSpent ? beforeRefund : totalGasSpent,
    returnData: execResult.returnValue,
    logs: logs.map(({ log, index }) => ({ ...hexLog(log), index })),
  }
  if (failure === undefined) return { status: 'success', ...outcome }
  return failure === 'revert' ? { status: 'revert', ...outcome } : { status: 'halt', ...outcome, error: failure }
}
