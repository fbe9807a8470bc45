import { type DeployedCode, deployedCodes } from '@opengradient/contracts/deployed'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import type { Keccak } from '../crypto/keccak.ts'
import { EMPTY_CODE_HASH, sameBytes } from '../state/account.ts'
import type { StateBase } from '../state/base.ts'

/** Names of the protocol's contracts whose code in this state is not that of this software, or is not there. */
export function foreignContracts(state: StateBase, keccak: Keccak): string[] {
  return deployedCodes.filter((code) => !isAs(code, state, keccak)).map(({ name }) => name)
}

function isAs({ address, hash, immutables }: DeployedCode, state: StateBase, keccak: Keccak): boolean {
  const account = state.account(hexToBytes(address))
  if (!account || sameBytes(account.codeHash, EMPTY_CODE_HASH)) return false
  if (immutables.length === 0) return bytesToHex(account.codeHash) === hash
  const code = Uint8Array.from(state.code(account.codeHash))
  for (const [offset, length] of immutables) code.fill(0, offset, offset + length)
  return bytesToHex(keccak(code)) === hash
}
