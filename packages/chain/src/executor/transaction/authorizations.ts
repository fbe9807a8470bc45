import type { EVMInterface } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import { bytesToHex, concatBytes, isMachineFault } from '@opengradient/protocol'
import type { Authority } from '../../chain.ts'
import type { Crypto } from '../../crypto/crypto.ts'
import { NEW_ACCOUNT, sameBytes, toBigint } from '../../state/account.ts'
import type { Overlay } from '../../state/overlay.ts'
import { encodeRlp } from '../../trie/encode.ts'
import type { Authorization } from './fields.ts'
import { AUTHORIZATION } from './intrinsicGas.ts'

/** What comes before the address in the code of an account that has another's (EIP-7702). */
const DELEGATION = Uint8Array.of(0xef, 0x01, 0x00)
/** First byte of what is signed. */
const MAGIC = Uint8Array.of(0x05)
/** Gas of an authorization whose signer has an account already. */
const AUTHORIZATION_OF_ACCOUNT = 12_500
const NO_CODE = new Uint8Array()
/** Authorizations whose signers are found at once: a millisecond of work, or 25 where it is done in JavaScript. */
const SLICE = 20
const LAST_NONCE = 2n ** 64n - 1n
/** Half the order of secp256k1: of the two forms of a signature, the one with the greater `s` does not count (EIP-2). */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

export const isDelegation = (code: Uint8Array): boolean => code.length >= 3 && sameBytes(code.subarray(0, 3), DELEGATION)

/** Sets the code of the accounts that have authorized it (EIP-7702), passing over what is not valid. Answers the gas to be refunded. */
export async function applyAuthorizations(
  evm: EVMInterface,
  state: Overlay,
  authorizations: readonly Authorization[],
  crypto: Pick<Crypto, 'keccak' | 'recover'>,
): Promise<bigint> {
  let refund = 0n
  for (const authorization of authorizations) {
    const valid = validOf(authorization, evm.common.chainId(), crypto)
    if (!valid) continue
    const { signer, address, nonce } = valid
    evm.journal.addAlwaysWarmAddress(signer.toString())
    const account = state.record(signer.bytes)
    const code = await state.getCode(signer)
    if (code.length > 0 && !isDelegation(code)) continue
    if ((account ?? NEW_ACCOUNT).nonce !== nonce) continue
    if (account) refund += BigInt(AUTHORIZATION - AUTHORIZATION_OF_ACCOUNT)
    await state.putCode(signer, address.every((byte) => byte === 0) ? NO_CODE : concatBytes(DELEGATION, address))
    await state.modifyAccountFields(signer, { nonce: nonce + 1n })
  }
  return refund
}

/**
 * Who has authorized something here, each as often as that: those that count if the account has the nonce when their turn comes, and no code of
 * its own. A transaction may hold thousands: `turn` is given the work in slices.
 */
export async function authoritiesOf(
  authorizations: Iterable<Authorization>,
  chainId: bigint,
  crypto: Pick<Crypto, 'keccak' | 'recover'>,
  turn: (work: () => void) => Promise<void>,
): Promise<readonly Authority[]> {
  const found: Authority[] = []
  const left = authorizations[Symbol.iterator]()
  let next = left.next()
  const slice = () => {
    for (let looked = 0; looked < SLICE && !next.done; looked++) {
      const valid = validOf(next.value, chainId, crypto)
      if (valid) found.push({ address: bytesToHex(valid.signer.bytes), nonce: valid.nonce })
      next = left.next()
    }
  }
  while (!next.done) await turn(slice)
  return found
}

/** The authorization with who signed it; undefined where it is invalid in every state. */
function validOf(authorization: Authorization, ownChainId: bigint, crypto: Pick<Crypto, 'keccak' | 'recover'>) {
  const { chainId, address } = authorization
  const nonce = toBigint(authorization.nonce)
  const named = toBigint(chainId)
  if ((named !== 0n && named !== ownChainId) || nonce >= LAST_NONCE) return undefined
  const signer = signerOf(authorization, crypto)
  return signer && { signer, address, nonce }
}

function signerOf({ chainId, address, nonce, yParity, r, s }: Authorization, { keccak, recover }: Pick<Crypto, 'keccak' | 'recover'>) {
  const parity = toBigint(yParity)
  if (parity > 1n || toBigint(s) > HALF_ORDER) return undefined
  try {
    const key = recover(keccak(concatBytes(MAGIC, encodeRlp([toBigint(chainId), address, toBigint(nonce)]))), parity, r, s)
    return new Address(keccak(key).slice(12))
  } catch (error) {
    if (isMachineFault(error)) throw error
    return undefined
  }
}
