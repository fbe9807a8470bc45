import type { AttestationFault, AttestationPolicy, Endorsements, KeysetExpectation, Platform, Roots } from '../../src/index.ts'

/** One vector as it is told here; `build.ts` replays it and writes the file. */
export interface Story {
  /** File name, in words. */
  readonly name: string
  /** What is special about it: for what is rejected, the one thing that is wrong. */
  readonly says: string
  readonly platform: Platform
  readonly evidence: Uint8Array
  readonly endorsements?: Endorsements
  readonly roots: Roots | 'vendors'
  /** Unix seconds; `NOW` if absent. */
  readonly now?: number
  /** Changes of `POLICY`. */
  readonly policy?: Partial<AttestationPolicy>
  readonly gpus?: readonly { readonly evidence: Uint8Array; readonly endorsements?: Endorsements }[]
  /** Keyset and nonce that the evidence must be bound to, and what the caller knows of them. */
  readonly envelope?: { readonly keyset: Uint8Array; readonly nonce: Uint8Array; readonly expect: KeysetExpectation }
  /** Why it is rejected; absent when it is accepted. */
  readonly code?: AttestationFault
}

/** What differs from case to case of one platform. */
export type Case = Omit<Story, 'platform' | 'evidence' | 'roots' | 'name' | 'says'> &
  Partial<Pick<Story, 'platform' | 'evidence' | 'roots'>>

/** Stories about one kind of evidence: name, what is special, what differs. */
export const tell =
  (base: Pick<Story, 'platform' | 'evidence' | 'roots'> & Partial<Story>) =>
  (name: string, says: string, change: Case = {}): Story => ({ ...base, ...change, name: `${base.platform}-${name}`, says })
