import { revertReason } from '../../call/revertReason.ts'
import { RPC_CODE, RpcError } from './error.ts'
import { data } from './hex.ts'

/** The error of a call that reverted: code 3, the reason where Solidity gave one, and the revert data for the client's ABI. */
export function revertError(returnData: Uint8Array): RpcError {
  const reason = revertReason(returnData)
  return new RpcError(RPC_CODE.reverted, reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`, data(returnData))
}
