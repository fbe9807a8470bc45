import { ecrecover as nobleRecover } from '@ethereumjs/util'
import { type NativeSecp256k1, nativeSecp256k1 } from '@opengradient/protocol/node'

/**
 * Public-key recovery as EthereumJS asks for it: 32-byte digest, `v` (0 and 1, 27 and 28, or EIP-155 with `chainId`), `r` and `s`
 * of at most 32 bytes → x ‖ y, 64 bytes. Throws when no key fits.
 */
export type Recover = (digest: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint) => Uint8Array

/**
 * Recovery through libsecp256k1 (32 to 50 times as fast), or through noble where there is none for this machine.
 * Both accept exactly the same signatures; `crypto.test.ts` compares them.
 */
export function fastRecover(): { readonly recover: Recover; readonly native: boolean } {
  const native = nativeSecp256k1()
  return native ? { recover: recoverWith(native), native: true } : { recover: nobleRecover, native: false }
}

function recoverWith(native: NativeSecp256k1): Recover {
  return (digest, v, r, s, chainId) => {
    const signature = new Uint8Array(64)
    setRight(signature, r, 32)
    setRight(signature, s, 64)
    return native.recover(digest, signature, recoveryBit(v, chainId)).subarray(1)
  }
}

function setRight(target: Uint8Array, bytes: Uint8Array, end: number): void {
  if (bytes.length > 32) throw new RangeError('r and s are at most 32 bytes')
  target.set(bytes, end - bytes.length)
}

function recoveryBit(v: bigint, chainId: bigint | undefined): 0 | 1 {
  const bit = v === 0n || v === 1n ? v : v - (chainId === undefined ? 27n : chainId * 2n + 35n)
  if (bit !== 0n && bit !== 1n) throw new RangeError(`v of ${v} names no recovery bit`)
  return bit === 0n ? 0 : 1
}

export { nobleRecover }
