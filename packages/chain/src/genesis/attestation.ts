import { type Hex, hexUpTo, MAX_DEVELOPMENT_ROOTS } from '@opengradient/protocol'
import * as z from 'zod'

/** How a network judges TEE evidence from its first block on. */
export interface GenesisAttestation {
  /** Canonical JSON of an `AttestationPolicy` (`policyBytes` of `@opengradient/attestation`). */
  readonly policy: string
  /** Certificates (DER) under which evidence counts as level 129. Whoever has their keys can make it: for local networks only. */
  readonly developmentRoots: readonly Hex[]
}

/** Chain ids of local networks are drawn at random from here on; public networks have smaller ones. */
const FIRST_LOCAL_CHAIN = 2n ** 32n
const MAX_POLICY = 24_575
const MAX_ROOT = 4_096

/** The part of a genesis file. */
export const attestationSchema = z.strictObject({
  policy: z.string().min(2).max(MAX_POLICY),
  developmentRoots: z.array(hexUpTo(MAX_ROOT)).max(MAX_DEVELOPMENT_ROOTS),
})

/** What is wrong beyond the form; undefined when nothing. Whether the policy is one, the constructor of `Attestations` says. */
export function problemWithAttestation({ developmentRoots }: GenesisAttestation, chainId: bigint): string | undefined {
  return developmentRoots.length > 0 && chainId < FIRST_LOCAL_CHAIN
    ? `development roots are for local networks, and chain ${chainId} is a public one (below 2^32)`
    : undefined
}
