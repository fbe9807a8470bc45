import { contractionFixing, tauOf } from './claims.ts'
import type { Desk, KPtr } from './desk.ts'
import type { Forms } from './forms.ts'
import type { Layout } from './layout.ts'
import { partial } from './partial.ts'
import { type ConInstance, type Instance, isPlayed, type Plan } from './plan.ts'
import type { Tables } from './table.ts'
import type { Transcript } from './transcript.ts'

/** What the main sumcheck is proven from. */
export interface MainInput {
  readonly desk: Desk
  readonly plan: Plan
  readonly forms: Forms
  readonly tables: Tables
  readonly transcript: Transcript
  readonly tau: KPtr
  readonly lambda: KPtr
  readonly proof: number
  readonly layout: Layout
}

/** Challenges of the main sumcheck, and the values of public factors that it leaves behind. */
export interface MainOutput {
  readonly r: KPtr
  factor(of: ConInstance): KPtr
}

interface Played {
  readonly instance: Instance
  readonly A: KPtr
  readonly B: KPtr
}

const RECORD = 64

/** SPEC 5 steps 5 to 7: S, the rounds, and the values E. */
export function proveMain(input: MainInput): MainOutput {
  const { desk, plan, transcript, tau, proof, layout } = input
  const played: Played[] = plan.instances.filter(isPlayed).map((instance) => ({ instance, ...factors(input, instance) }))
  const pyramid = desk.alloc(32 * 2 ** plan.tauBits)
  desk.x.eqPyramid(pyramid, tau, plan.tauBits)
  const records = writeRecords(input, played, pyramid)
  const S = proof + layout.S
  desk.x.instanceSums(S, records, played.length)
  transcript.absorb('S', S, 16)
  const r = desk.alloc(16 * Math.max(1, plan.mainVars))
  const labels = [desk.kernels.label('mr'), desk.kernels.label('mrc')] as const
  desk.x.mainProve(transcript.st, records, played.length, plan.mainVars, proof + layout.main, r, ...labels)
  sendValues(input, played, r)
  transcript.absorb('E', proof + layout.E, 16 * plan.sent.length)
  const factor = (of: ConInstance): KPtr => {
    const { A, B } = played.find(({ instance }) => instance === of)!
    return of.committed === 'left' ? B : A
  }
  return { r, factor }
}

function factors(input: MainInput, instance: Instance): { A: KPtr; B: KPtr } {
  const { forms, tables, plan, tau } = input
  if (instance.kind === 'had') return { A: tables.factor(instance.A), B: tables.factor(instance.B) }
  const tauB = tauOf(plan, instance, tau)
  const side = (name: 'L' | 'R') =>
    partial(forms, instance[name], contractionFixing(instance, name, tauB), (segment) => tables.tensor(segment))
  return { A: side('L'), B: side('R') }
}

function writeRecords({ desk, plan, tau, lambda }: MainInput, played: readonly Played[], pyramid: number): number {
  const records = desk.zeros(RECORD * Math.max(1, played.length))
  const lambdas = desk.powers(lambda, plan.powers)
  const eqs = played.map(({ instance }) => {
    if (instance.kind === 'had') return { e: instance.v, pyramid, t: tau + 16 * (plan.tauBits - instance.v) }
    const own = desk.alloc(32 * 2 ** instance.bits.b)
    const t = tauOf(plan, instance, tau)
    desk.x.eqPyramid(own, t, instance.bits.b)
    return { e: instance.bits.b, pyramid: own, t }
  })
  for (const [i, { instance, A, B }] of played.entries()) {
    const at = records + RECORD * i
    const { e, t, pyramid: own } = eqs[i]!
    desk.kernels.u32(at, 6).set([instance.v, e, A, B, own, t])
    desk.bytes(at + 32, 16).set(desk.bytes(lambdas + 16 * instance.power, 16))
  }
  return records
}

function sendValues({ desk, plan, tables, proof, layout }: MainInput, played: readonly Played[], r: KPtr): void {
  for (const [j, sent] of plan.sent.entries()) {
    const out = proof + layout.E + 16 * j
    if (sent.kind === 'base') {
      desk.x.mleF(out, tables.base(sent.base), 2 ** sent.v, r + 16 * (plan.mainVars - sent.v), sent.v)
      continue
    }
    const { A, B } = played.find(({ instance }) => instance === sent.of)!
    desk.bytes(out, 16).set(desk.bytes(sent.side === 'L' ? A : B, 16))
  }
}
