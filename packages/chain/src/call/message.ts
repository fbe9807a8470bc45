import type { Block } from '@ethereumjs/block'
import { createTx, TransactionType, type TypedTransaction } from '@ethereumjs/tx'
import { createAddressFromString, createZeroAddress, type Address as EvmAddress } from '@ethereumjs/util'
import { type RunTxResult, runTx, type VM } from '@ethereumjs/vm'
import { type Address, OgError } from '@opengradient/protocol'
import type { AccessList, CallRequest, CallResult } from '../chain.ts'
import { reasonOf } from '../executor/decode.ts'
import { hexLog } from '../executor/receipt.ts'
import { BLOCK_GAS_LIMIT } from '../executor/rules.ts'
import { NEW_ACCOUNT } from '../state/account.ts'
import type { CallState } from './callState.ts'
import { LimitReached } from './patience.ts'

/**
 * Runs a message as the transaction it would be, through the same code as the transactions of blocks, except that nobody has signed
 * it and its nonce does not matter. What makes it impossible (balance, too little gas to begin) is a `halt` that used no gas.
 */
export async function runMessage(
  { vm, state }: { readonly vm: VM; readonly state: CallState },
  block: Block,
  request: CallRequest,
  reportAccessList: boolean,
): Promise<CallResult> {
  const from = request.from ? createAddressFromString(request.from) : createZeroAddress()
  try {
    const tx = unsigned(request, block, from, vm)
    const short = shortfall(request, tx, state.record(from.bytes)?.balance ?? NEW_ACCOUNT.balance)
    if (short) return impossible(short)
    state.allowSender(from)
    const result = await runTx(vm, {
      tx,
      block,
      skipNonce: true,
      skipBlockGasLimitValidation: true,
      skipHardForkValidation: true,
      reportAccessList,
    })
    return resultOf(result)
  } catch (error) {
    if (error instanceof OgError || error instanceof LimitReached) throw error
    return impossible(reasonOf(error))
  }
}

/** The transaction that the request describes, which answers `from` when asked for its sender. */
function unsigned(request: CallRequest, block: Block, from: EvmAddress, vm: VM): TypedTransaction {
  const baseFee = block.header.baseFeePerGas!
  const maxFeePerGas = request.gasPrice ?? request.maxFeePerGas ?? baseFee + (request.maxPriorityFeePerGas ?? 0n)
  const tx = createTx(
    {
      type: request.authorizationList ? TransactionType.EOACodeEIP7702 : TransactionType.FeeMarketEIP1559,
      chainId: vm.common.chainId(),
      gasLimit: request.gas ?? BLOCK_GAS_LIMIT,
      maxFeePerGas,
      maxPriorityFeePerGas: request.gasPrice ?? request.maxPriorityFeePerGas ?? 0n,
      value: request.value ?? 0n,
      data: request.data ?? new Uint8Array(),
      accessList: (request.accessList ?? []).map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys] })),
      ...(request.to && { to: createAddressFromString(request.to) }),
      ...(request.authorizationList && { authorizationList: request.authorizationList.map(authorizationFields) }),
    },
    { common: vm.common, freeze: false },
  )
  tx.getSenderAddress = () => from
  return tx
}

type Authorization = NonNullable<CallRequest['authorizationList']>[number]

/** An EIP-7702 authorization as EthereumJS takes it. */
export const authorizationFields = ({ chainId, address, nonce, yParity, r, s }: Authorization) => ({
  chainId: quantity(chainId),
  address,
  nonce: quantity(nonce),
  yParity: quantity(yParity),
  r: quantity(r),
  s: quantity(s),
})

const quantity = (value: bigint): Address => `0x${value.toString(16)}`

/** What geth says when the sender cannot pay. */
function shortfall({ value = 0n }: CallRequest, tx: TypedTransaction, balance: bigint): string | undefined {
  const price = 'maxFeePerGas' in tx ? tx.maxFeePerGas : 0n
  if (price > 0n && balance < tx.gasLimit * price + value)
    return `insufficient funds for gas * price + value: balance ${balance}, needed ${tx.gasLimit * price + value}`
  return balance < value ? `insufficient funds for transfer: balance ${balance}, value ${value}` : undefined
}

const impossible = (error: string): CallResult => ({ status: 'halt', gasUsed: 0n, returnData: new Uint8Array(), error, logs: [] })

function resultOf({ execResult, totalGasSpent, accessList }: RunTxResult): CallResult {
  const error = execResult.exceptionError?.error
  const base = {
    gasUsed: totalGasSpent,
    returnData: execResult.returnValue,
    logs: (execResult.logs ?? []).map(hexLog),
    ...(accessList && { accessList: accessList as AccessList }),
  }
  if (error === undefined) return { status: 'success', ...base }
  return error === 'revert' ? { status: 'revert', ...base, error: 'execution reverted' } : { status: 'halt', ...base, error }
}
