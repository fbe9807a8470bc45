import {
  attestationsAbi,
  heldPaymentsAbi,
  modelsAbi,
  nodesAbi,
  settlementAbi,
  stakingAbi,
  vestingAbi,
  wopgAbi,
} from '@opengradient/contracts'
import { type ErrorCode, isOgError, OgError, teeCodeName } from '@opengradient/protocol'
import { type Abi, type AbiItem, decodeErrorResult, type Hex } from 'viem'
import { remedyOf } from './remedies.ts'

/** Every custom error of the protocol's contracts: a call of one may end in an error of another. */
const ERRORS: Abi = [modelsAbi, nodesAbi, settlementAbi, heldPaymentsAbi, stakingAbi, wopgAbi, vestingAbi, attestationsAbi].flatMap((abi) =>
  (abi as readonly AbiItem[]).filter(({ type }) => type === 'error'),
)

/** Errors that have a code of their own; the rest are `CHAIN_REVERTED`. */
const CODES: Record<string, ErrorCode> = {
  BadName: 'MODEL_NAME_INVALID',
  NameTaken: 'MODEL_NAME_TAKEN',
  BadTerms: 'MODEL_ROYALTY_INVALID',
  UnknownModel: 'MODEL_NOT_FOUND',
  UnknownParent: 'MODEL_NOT_FOUND',
  UnknownVersion: 'MODEL_NOT_FOUND',
  AlreadyWithdrawn: 'MODEL_WITHDRAWN',
  BondTooSmall: 'NODE_BOND_TOO_SMALL',
  BadKey: 'NODE_KEY_IN_USE',
  BadEndpoint: 'NODE_ENDPOINT_REFUSED',
  NotRegistered: 'NODE_NOT_FOUND',
  StillThere: 'NODE_STILL_THERE',
  NotListed: 'NODE_NOT_LISTED',
  NotEquivocation: 'RECEIPT_NO_EQUIVOCATION',
  NothingToSlash: 'NODE_BOND_GONE',
  ERC20InsufficientBalance: 'PAYMENT_INSUFFICIENT_BALANCE',
}

/** What a contract answered to `what` when it refused, as an error that names the reason. Other errors stay as they are. */
export function revertReason(what: string, cause: unknown): unknown {
  if (!isOgError(cause, 'RPC_ERROR')) return cause
  const data = cause.details.data
  if (typeof data !== 'string' || !/^0x[0-9a-f]*$/i.test(data)) {
    const rejected = cause.details.rpcCode !== 3
    return new OgError(rejected ? 'CHAIN_TX_REJECTED' : 'CHAIN_REVERTED', `${what}: ${cause.message}`, { cause })
  }
  const { name, args } = decode(data as Hex)
  const said = name === 'EvidenceRefused' || name === 'CollateralRefused' ? args.map(reasonOf) : args.map(String)
  const shown = said.length > 0 ? `${name}(${said.join(', ')})` : name
  const remedy = remedyOf(name, args)
  return new OgError(
    CODES[name] ?? 'CHAIN_REVERTED',
    `${what}: the contract refused: ${shown}${remedy === undefined ? '' : `: ${remedy}`}`,
    { cause, details: { error: name, args } },
  )
}

/** The name of a number of the evidence precompile. */
const reasonOf = (code: unknown): string => teeCodeName(Number(code)) ?? String(code)

function decode(data: Hex): { name: string; args: readonly unknown[] } {
  try {
    const { errorName, args } = decodeErrorResult({ abi: ERRORS, data })
    return { name: errorName, args: args ?? [] }
  } catch {
    return { name: data.slice(0, 10), args: [] }
  }
}
