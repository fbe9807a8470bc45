import {
  type Bundle,
  type Expectation,
  type NetworkFile,
  type PresetName,
  parseBundle,
  presets,
  type Trust,
  trustOf,
  type Verdict,
} from '@opengradient/protocol'
import { noTrust, presetFor, verify } from '@opengradient/verifier'

/** What the page was given to judge. */
export interface Subject {
  /** File name, or where else it is from. */
  readonly name: string
  readonly bytes: Uint8Array
  /** For showing only; `undefined` if it cannot be parsed: the verdict says why. */
  readonly bundle: Bundle | undefined
}

/** How to judge it. */
export interface Rules {
  readonly preset: PresetName | 'auto'
  readonly expect: Expectation
  /** `undefined`: no network is trusted, so only hashes and the signature can be checked. */
  readonly network: NetworkFile | undefined
}

export interface Judgement {
  readonly verdict: Verdict
  readonly preset: PresetName
  /** Unix seconds. */
  readonly now: number
  /** How long the check took. */
  readonly milliseconds: number
}

export function subjectOf(name: string, bytes: Uint8Array): Subject {
  try {
    return { name, bytes, bundle: parseBundle(bytes) }
  } catch {
    return { name, bytes, bundle: undefined }
  }
}

/** Judges the subject, or `bundle` in its place, at `now` (unix seconds). */
export async function judge(subject: Subject, rules: Rules, now: number, bundle?: Bundle): Promise<Judgement> {
  const preset = rules.preset === 'auto' ? (subject.bundle ? presetFor(subject.bundle) : 'settled') : rules.preset
  const policy = { ...presets[preset], ...(Object.keys(rules.expect).length === 0 ? {} : { expect: rules.expect }) }
  const trust = rules.network ? trustOf(rules.network) : subject.bundle ? noTrust(subject.bundle) : NOBODY
  const started = performance.now()
  const verdict = await verify(bundle ?? subject.bytes, policy, trust, now)
  return { verdict, preset, now, milliseconds: performance.now() - started }
}

/** For bytes that are no bundle, and so name no network. */
const NOBODY: Trust = { chainId: 1, genesisHash: `0x${'0'.repeat(64)}`, anchors: [] }
