import type { Rejection } from '../result/rejection.ts'
import type { Roots, TrustAnchors } from './types.ts'

/** What a network trusts: the vendors, and on local networks roots that stand for machines without any protection. */
export interface Trusts {
  readonly hardware: Roots
  readonly development?: Roots
}

/**
 * Verifies under the roots of the vendors; then, when that fails, under development roots alone. Never under a mixture: or a development root,
 * whose key anybody on a local network has, could vouch for the security level of real hardware.
 */
export async function underTrusts<T extends { readonly ok: true }>(
  { hardware, development }: Trusts,
  verify: (roots: Roots) => Promise<T | Rejection>,
): Promise<T | Rejection> {
  const first = await verify(hardware)
  if (first.ok || development === undefined) return first
  const second = await verify(development)
  // The sentence of the vendors' roots, unless only the others led anywhere.
  return second.ok || second.code !== 'UNTRUSTED_ROOT' ? second : first
}

/** The same development roots (DER) in the place of every vendor: evidence finds its own by name. */
export function rootsForDevelopment(certificates: readonly Uint8Array[]): Roots {
  const all: TrustAnchors = { anchors: certificates.map((certificate) => ({ certificate, trust: 'development' })) }
  return { aws: all, amd: all, intel: all, nvidia: all, tpm: all }
}
