import {
  type Bundle,
  type CheckId,
  canonicalJson,
  fromBase64,
  type Hex,
  type Policy,
  type PresetName,
  parseReceipt,
  presets,
  utf8,
  type Verdict,
} from '@opengradient/protocol'
import { isEquivocation } from '../../src/index.ts'
import type { BundleVector, SlashVector } from './build.ts'

/** Any implementation under the vectors: the real `verify`, a mutant, or one in a browser. */
export type Verify = (input: Uint8Array | Bundle, policy: Policy, trust: BundleVector['trust'], now: number) => Promise<Verdict>

/** The bytes of the bundle of a vector. */
export function bytesOf({ bundle, bytes }: BundleVector): Uint8Array {
  return bytes === undefined ? utf8(canonicalJson(bundle)) : fromBase64(bytes)
}

/** The policy of a vector. */
export function policyOf({ policy: { preset, require, level, expect, attestation } }: BundleVector): Policy {
  const named: Policy = preset === undefined ? { require: require ?? [], level: level ?? 'signature' } : presets[preset as PresetName]
  const base = attestation === undefined ? named : { ...named, attestation }
  if (expect === undefined) return base
  const { maxPrice, ...rest } = expect
  return { ...base, expect: { ...rest, ...(maxPrice === undefined ? {} : { maxPrice: BigInt(maxPrice) }) } }
}

/** What a verdict says where vectors are exact about it. */
export function shapeOf({ ok, level, checks, proves, assumes, unproven }: Verdict): BundleVector['verdict'] {
  const found = Object.fromEntries(checks.map(({ id, status, code }) => [id, code ?? status])) as Record<CheckId, string>
  return { ok, level, checks: found, proves, assumes, unproven }
}

/** Replays a vector: its verdict according to `verify`, to compare with `vector.verdict`. */
export async function replay(vector: BundleVector, verify: Verify): Promise<BundleVector['verdict']> {
  return shapeOf(await verify(bytesOf(vector), policyOf(vector), vector.trust, vector.now))
}

/** Replays a pair of receipts: whether it costs the bond. */
export function replaySlash({ domain, a, b, keys, now }: SlashVector): boolean {
  const signed = ({ receipt, signature }: SlashVector['a']) => ({ receipt: parseReceipt(receipt), signature })
  const keyInterval = (node: Hex, key: Hex) => {
    const known = keys.find((entry) => entry.node === node && entry.key === key)
    return { from: BigInt(known?.from ?? 0), until: BigInt(known?.until ?? 0) }
  }
  return isEquivocation(signed(a), signed(b), { domain: { ...domain, chainId: BigInt(domain.chainId) }, keyInterval, now: BigInt(now) })
}
