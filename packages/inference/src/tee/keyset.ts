import type { Hex } from '@opengradient/protocol'
import type { ReceiptSigner } from '../receipts/signer.ts'

/** Levels of receipts that are signed inside an enclave. `development`: inside none, for trying it out. */
export type TeeLevel = 'tee' | 'development'

/** What the chain says about a keyset of this node. Times in unix seconds, of blocks. */
export interface Registration {
  readonly digest: Hex
  readonly level: TeeLevel
  readonly from: number
  /** From here on nothing may be signed with it; a revocation moves it. */
  readonly until: number
}

/** A keyset whose keys are in this process and in no file, with the evidence that binds them. */
export interface IssuedKeyset<Opener = unknown> {
  /** SHA-256 of its bytes; `proofRef` of what is signed with it. */
  readonly digest: Hex
  /** Its bytes, which the evidence binds. */
  readonly keyset: Uint8Array
  /** Models whose requests it takes, ascending. */
  readonly modelIds: readonly Hex[]
  /** Unix seconds. */
  readonly notAfter: number
  readonly signer: ReceiptSigner
  /** Opens what was sealed to it. */
  readonly opener: Opener
  /** What `Attestations.register` takes. */
  readonly input: Uint8Array
  /** Height of the block whose hash is the nonce. */
  readonly nonceBlock: bigint
  /** Overwrites the keys. Nothing can be signed or opened with it afterwards. */
  erase(): void
}

/** A keyset that is registered on chain. */
export interface HeldKeyset<Opener = unknown> {
  readonly issued: IssuedKeyset<Opener>
  readonly registration: Registration
}
