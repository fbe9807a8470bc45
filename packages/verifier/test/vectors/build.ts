import {
  type CheckId,
  canonicalJson,
  type Expectation,
  encodeBundle,
  type Hex,
  isOgError,
  type Policy,
  parseStrictJson,
  presets,
  type Receipt,
  receiptToJson,
  type Trust,
  type Verdict,
} from '@opengradient/protocol'
import { verify } from '../../src/index.ts'
import { CHAIN_ID, SETTLEMENT } from './cast.ts'
import { forged } from './forged/index.ts'
import { play } from './scene.ts'
import { slash } from './slash.ts'
import type { Story } from './story.ts'
import { valid, validClock } from './valid.ts'
import { validCometbft } from './validCometbft.ts'
import { validTee } from './validTee.ts'
import { validZk } from './validZk.ts'

/** A file of `vectors/`: its path below that folder and its text. */
export interface VectorFile {
  readonly path: string
  readonly text: string
}

/** What a vector file holds; `vectors/README.md` explains it to implementers in other languages. */
export interface BundleVector {
  readonly name: string
  readonly says: string
  /** The bundle as JSON, or its bytes in base64 where it is not JSON. */
  readonly bundle?: unknown
  readonly bytes?: string
  readonly trust: Trust
  readonly policy: {
    readonly preset?: string
    readonly require?: readonly CheckId[]
    /** Of a policy without preset; `signature` if left out. */
    readonly level?: Policy['level']
    /** An `AttestationPolicy`, if the caller has one. */
    readonly attestation?: object
    readonly expect?: Record<string, string>
  }
  /** Unix seconds. */
  readonly now: number
  readonly verdict: {
    readonly ok: boolean
    readonly level: string
    /** `pass`, `absent`, or the code of the failure. */
    readonly checks: Readonly<Record<CheckId, string>>
    readonly proves: readonly string[]
    readonly assumes: readonly string[]
    readonly unproven: readonly string[]
  }
}

/** Two signed receipts and whether they cost the bond. */
export interface SlashVector {
  readonly name: string
  readonly says: string
  readonly domain: { readonly chainId: number; readonly settlement: Hex }
  readonly a: { readonly receipt: ReturnType<typeof receiptToJson>; readonly signature: Hex }
  readonly b: SlashVector['a']
  readonly keys: readonly { readonly node: Hex; readonly key: Hex; readonly from: number; readonly until: number }[]
  readonly now: number
  readonly equivocation: boolean
}

/** Every file of `vectors/`, always the same bytes. Throws if a story does not end as it says. */
export async function buildVectors(): Promise<VectorFile[]> {
  const files: VectorFile[] = []
  const problems: string[] = []
  for (const [group, stories] of Object.entries({ valid: [...valid, ...validCometbft, ...validZk, ...validTee, ...validClock], forged })) {
    for (const [i, story] of stories.entries()) {
      const { vector, problem } = await tell(story)
      if (problem !== '') problems.push(`${group}/${story.name}: ${problem}`)
      files.push(file(group, i, story.name, vector))
    }
  }
  if (problems.length > 0) throw new Error(`stories that do not end as they say:\n${problems.join('\n')}`)
  for (const [i, { name, says, equivocation, a, b, keys, now }] of slash.entries()) {
    const signed = ({ receipt, signature }: { receipt: Receipt; signature: Hex }) => ({ receipt: receiptToJson(receipt), signature })
    const vector: SlashVector = {
      name,
      says,
      domain: { chainId: CHAIN_ID, settlement: SETTLEMENT },
      a: signed(a),
      b: signed(b),
      keys: keys.map(({ node, key, from, until }) => ({ node, key, from: Number(from), until: Number(until) })),
      now: Number(now),
      equivocation,
    }
    files.push(file('slash', i, name, vector))
  }
  return files
}

async function tell(story: Story): Promise<{ vector: BundleVector; problem: string }> {
  const scene = await play(story.edits)
  const encoded = encodeBundle(scene.bundle)
  const bytes = story.bytes?.(encoded) ?? encoded
  const verdict = await verify(bytes, scene.policy, scene.trust, scene.now)
  const vector: BundleVector = {
    name: story.name,
    says: story.says,
    ...shown(bytes),
    trust: scene.trust,
    policy: policyJson(scene.policy),
    now: scene.now,
    verdict: {
      ok: verdict.ok,
      level: verdict.level,
      checks: Object.fromEntries(verdict.checks.map(({ id, status, code }) => [id, code ?? status])) as Record<CheckId, string>,
      proves: verdict.proves,
      assumes: verdict.assumes,
      unproven: verdict.unproven,
    },
  }
  return { vector, problem: disagreement(story, verdict) }
}

/** A story says how it ends; where the verifier does not agree, one of the two is wrong. */
function disagreement(story: Story, verdict: Verdict): string {
  const ended = (status: string): [string, string][] =>
    verdict.checks.filter((check) => check.status === status).map(({ id, code }) => [id, code ?? status])
  const sorted = (entries: [string, string][]): string => JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  const fails = story.fails ?? {}
  return [
    sorted(ended('fail')) !== sorted(Object.entries(fails)) && `fails ${sorted(ended('fail'))}, told ${sorted(Object.entries(fails))}`,
    story.absent && sorted(ended('absent')) !== sorted(story.absent.map((id) => [id, 'absent'])) && `absent ${sorted(ended('absent'))}`,
    verdict.ok !== (story.fails === undefined) && `ok is ${verdict.ok}`,
    verdict.level !== (story.fails ? 'none' : (story.level ?? 'signature')) && `level is ${verdict.level}`,
  ]
    .filter((problem) => problem !== false && problem !== undefined)
    .join('; ')
}

/** The bundle as JSON wherever re-serialising it gives the same bytes, else its bytes. */
function shown(bytes: Uint8Array): Pick<BundleVector, 'bundle' | 'bytes'> {
  const raw = { bytes: Buffer.from(bytes).toString('base64') }
  try {
    const bundle = parseStrictJson(bytes, { maxBytes: bytes.length, maxDepth: 64 })
    return Buffer.from(canonicalJson(bundle)).equals(Buffer.from(bytes)) ? { bundle } : raw
  } catch (error) {
    if (isOgError(error)) return raw
    throw error
  }
}

function policyJson({ require, level, expect, attestation }: Policy): BundleVector['policy'] {
  const preset = Object.entries(presets).find(
    ([, policy]) => JSON.stringify(policy.require) === JSON.stringify(require) && policy.level === level,
  )?.[0]
  const text = (expect: Expectation): Record<string, string> =>
    Object.fromEntries(Object.entries(expect).map(([key, value]) => [key, `${value}`]))
  return {
    ...(preset === undefined ? { require, ...(level === 'signature' ? {} : { level }) } : { preset }),
    ...(expect === undefined ? {} : { expect: text(expect) }),
    ...(attestation === undefined ? {} : { attestation }),
  }
}

function file(group: string, index: number, name: string, vector: object): VectorFile {
  return { path: `${group}/${`${index + 1}`.padStart(3, '0')}-${name}.json`, text: `${JSON.stringify(vector, null, 1)}\n` }
}
