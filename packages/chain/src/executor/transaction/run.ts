import type { Block } from '@ethereumjs/block'
import type { EVM, EVMInterface } from '@ethereumjs/evm'
import { Account, Address, createAddressFromString } from '@ethereumjs/util'
import type { Crypto } from '../../crypto/crypto.ts'
import { checkKernels } from '../../kernels/module.ts'
import { type AccountRecord, EMPTY_CODE_HASH, NEW_ACCOUNT, sameBytes } from '../../state/account.ts'
import type { Overlay } from '../../state/overlay.ts'
import { journalOf } from '../interpreter/journal.ts'
import type { RawLog } from '../receipt.ts'
import { applyAuthorizations, isDelegation } from './authorizations.ts'
import type { Fields } from './fields.ts'
import { type IntrinsicGas, intrinsicGas } from './intrinsicGas.ts'

/** What a transaction needs of its surroundings. */
export interface Surroundings {
  /** On `state`. */
  readonly evm: EVMInterface
  readonly state: Overlay
  readonly block: Block
  readonly crypto: Pick<Crypto, 'keccak' | 'recover'>
}

/** What a transaction has done, besides what it wrote. */
export interface TransactionResult {
  readonly gasUsed: bigint
  /** What each gas has cost, wei. */
  readonly gasPrice: bigint
  /** Its code reverted or failed, and left nothing behind. */
  readonly failed: boolean
  readonly logs: readonly RawLog[]
}

/**
 * No block may hold the transaction as things are: it changed nothing. The message says why. It follows from the state alone, so every node
 * says it; nothing else that is thrown may be taken for it.
 */
export class InvalidTransaction extends Error {}

/**
 * Ethereum's state transition function for one transaction (`process_transaction` of the Execution Specs at prague), around EthereumJS's
 * EVM. The base fee is taken from the sender and given to nobody. Throws `InvalidTransaction`, or what is wrong with this machine; whatever is
 * thrown, nothing was changed.
 */
export async function runTransaction(surroundings: Surroundings, fields: Fields, from: Uint8Array): Promise<TransactionResult> {
  const { evm, state, block } = surroundings
  const { baseFeePerGas: baseFee = 0n } = block.header
  const costs = intrinsicGas(fields)
  const account = state.record(from) ?? NEW_ACCOUNT
  const sender = { address: new Address(from), account }
  const gasPrice = min(fields.maxFeePerGas, baseFee + fields.maxPriorityFeePerGas)
  check(fields, costs, state, sender, { baseFee, gasPrice })
  const { depth } = state
  await state.checkpoint()
  try {
    const result = await apply(surroundings, fields, costs, sender, { baseFee, gasPrice })
    await state.commit()
    return result
  } catch (error) {
    // However deep in calls that was.
    await state.revertTo(depth)
    const { transientStorage } = evm as EVM
    transientStorage.clear()
    throw error
  } finally {
    evm.journal.cleanJournal()
    state.originalStorageCache.clear()
  }
}

/** Who sends a transaction, as the account is before. */
interface Sender {
  readonly address: Address
  readonly account: AccountRecord
}

/** Wei for each gas: what the block demands, and what the sender pays in all (EIP-1559). */
interface Prices {
  readonly baseFee: bigint
  readonly gasPrice: bigint
}

async function apply(
  { evm, state, block, crypto }: Surroundings,
  fields: Fields,
  { intrinsic, floor }: IntrinsicGas,
  { address, account }: Sender,
  { baseFee, gasPrice }: Prices,
): Promise<TransactionResult> {
  const { gasLimit, to, value, data } = fields
  const { coinbase } = block.header
  await state.modifyAccountFields(address, { nonce: account.nonce + 1n, balance: account.balance - gasLimit * gasPrice })
  // The sender, the target and the coinbase cost as little the first time as later (EIP-2929, EIP-3651).
  journalOf(evm).begin(to ? [address.bytes, to, coinbase.bytes] : [address.bytes, coinbase.bytes], fields.accessList)
  const authorized = await applyAuthorizations(evm, state, fields.authorizations, crypto)
  const { execResult } = await evm.runCall({
    block,
    gasPrice,
    caller: address,
    gasLimit: gasLimit - intrinsic,
    ...(to && { to: new Address(to) }),
    value,
    data,
    skipNonceIncrement: true,
  })
  checkKernels()
  const spent = intrinsic + execResult.executionGasUsed
  const refund = min(authorized + (execResult.gasRefund ?? 0n), spent / MAX_REFUND_QUOTIENT)
  const gasUsed = max(spent - refund, floor)
  state.credit(address.bytes, (gasLimit - gasUsed) * gasPrice)
  // The coinbase counts as touched even when it earns nothing (EIP-161).
  const paid = (await state.getAccount(coinbase)) ?? new Account()
  paid.balance += gasUsed * (gasPrice - baseFee)
  await evm.journal.putAccount(coinbase, paid)
  for (const [hex] of execResult.selfdestruct ?? []) {
    // Only a contract that the same transaction made goes (EIP-6780).
    if (execResult.createdAddresses?.has(hex)) await evm.journal.deleteAccount(createAddressFromString(hex))
  }
  await evm.journal.cleanup()
  return { gasUsed, gasPrice, failed: execResult.exceptionError !== undefined, logs: execResult.logs ?? [] }
}

/** Of what was spent, at most a fifth is refunded (EIP-3529). */
const MAX_REFUND_QUOTIENT = 5n

/** What every block demands of a transaction, in the words and the order of EthereumJS. */
function check(
  { type, gasLimit, maxFeePerGas, value, nonce }: Fields,
  { intrinsic, floor }: IntrinsicGas,
  state: Overlay,
  sender: Sender,
  { baseFee, gasPrice }: Prices,
): void {
  const { account, address } = sender
  const least = max(intrinsic, floor)
  if (gasLimit < least) {
    throw new InvalidTransaction(`INTRINSIC_GAS_TOO_LOW: tx gas limit ${gasLimit} is lower than the minimum gas limit of ${least}`)
  }
  if (maxFeePerGas < baseFee) {
    const name = type < 2 ? 'gasPrice' : 'maxFeePerGas'
    throw new InvalidTransaction(`Transaction's ${name} (${maxFeePerGas}) is less than the block's baseFeePerGas (${baseFee})`)
  }
  if (!sameBytes(account.codeHash, EMPTY_CODE_HASH) && !isDelegation(state.code(account.codeHash))) {
    throw new InvalidTransaction('invalid sender address, address is not EOA (EIP-3607)')
  }
  const poor = (cost: string) =>
    new InvalidTransaction(
      `sender doesn't have enough funds to send tx. The ${cost} and the sender's account (${address}) only has: ${account.balance}`,
    )
  const upfront = gasLimit * gasPrice + value
  if (account.balance < upfront) throw poor(`upfront cost is: ${upfront}`)
  const most = gasLimit * maxFeePerGas + value
  if (account.balance < most) throw poor(`max cost is: ${most}`)
  if (account.nonce !== nonce) {
    throw new InvalidTransaction(`the tx doesn't have the correct nonce. account has nonce of: ${account.nonce} tx has nonce of: ${nonce}`)
  }
}

const min = (a: bigint, b: bigint) => (a < b ? a : b)
const max = (a: bigint, b: bigint) => (a > b ? a : b)
