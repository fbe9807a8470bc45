import { fileURLToPath } from 'node:url'
import { rememberingCheck, type SignatureCheck, verifyEvidence } from '@opengradient/attestation'
import { nodeCheck } from '@opengradient/attestation/node'
import { teeCost } from '../inference/tee.ts'
import { awake } from '../measure/awake.ts'
import { REFERENCE_SIGNATURE_US } from '../measure/signature.ts'
import { median, spread } from '../measure/stats.ts'
import { bundleSize } from './bundle.ts'
import { dcapQvl } from './oracle.ts'
import { sealing } from './seal.ts'
import { capturedSubject, ownSubject, type Subject, type SubjectName } from './subjects.ts'

export interface AttestationResult {
  /**
   * CPU milliseconds of one verification in Node, after another one of the same vendor: of evidence captured from hardware where that is there,
   * otherwise under roots of our own.
   */
  readonly nitro_ms: number
  readonly tdx_ms: number
  /** What `@phala/dcap-qvl` takes for the same quote and collateral; null when it could not be had. */
  readonly tdx_oracle_ms: number | null
  readonly snp_ms: number
  readonly nvidia_ms: number
  /** Of all verifiers in a browser, gzipped. */
  readonly bundle_kb: number
  /** Sealing 16 KiB by a client and opening them by a node, the key exchange of a new session included. */
  readonly seal_ms: number
  /** The same in a session that both know: a client keeps one for up to a thousand requests. */
  readonly seal_known_ms: number
  /** CPU of a node for a request at level tee, of a session that it knows, over one at level signature, on a model of 1 ms. */
  readonly tee_over_signature: number
  /** What that is in µs, the CPU of one signature meanwhile, and the ratio where the limits were set, about. */
  readonly tee_more: { readonly us: number; readonly signature_us: number; readonly there: number }
  /** The same for the first request of a session. */
  readonly tee_first_over_signature: number
  /** `*_ms` with authorities and revocation lists that were never seen before. */
  readonly first: Readonly<Record<SubjectName, number>>
  /** `*_ms` under roots of our own, with revocation lists for every platform that has them. */
  readonly own: Readonly<Record<SubjectName, number>>
}

const NAMES: readonly SubjectName[] = ['nitro', 'tdx', 'snp', 'nvidia']
const MOST: Record<SubjectName, number> = { nitro: 5, tdx: 8, snp: 1.5, nvidia: 4 }
const MOST_BUNDLE = 60
const MOST_SEAL = 2
const MOST_TEE = 1.03
const ROUNDS = 60
/** Verifications in one measurement: the clock of a process's CPU is coarse. */
const BATCH = 4
const WARM = 8

type Work = () => Promise<void>

export async function run({ progress }: { progress: (line: string) => void }): Promise<AttestationResult> {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const works = new Map<string, Work>()
  const known = rememberingCheck(nodeCheck)
  for (const name of NAMES) {
    const own = ownSubject(root, name)
    const captured = capturedSubject(root, name)
    works.set(`${name} own`, verification(own, known))
    works.set(`${name} first`, verification(captured ?? own, nodeCheck))
    if (!captured) continue
    works.set(`${name} captured`, verification(captured, known))
    if (name === 'tdx') addOracle(works, root, captured, progress)
  }
  if (!works.has('nitro captured')) progress('attestation: no captured evidence; TESTDATA is the folder that holds tee/')
  works.set('seal', sealing('new'))
  works.set('seal known', sealing('kept'))
  const took = await interleaved(works, progress)
  for (const [name, times] of took) progress(`${name.padEnd(16)} ${spread(times, 2)} ms`)
  const tee = await awake(() => teeCost(progress))
  const of = (name: string): number | undefined => (took.has(name) ? median(took.get(name)!) : undefined)
  const best = (name: SubjectName): number => of(`${name} captured`) ?? of(`${name} own`)!
  return {
    nitro_ms: best('nitro'),
    tdx_ms: best('tdx'),
    tdx_oracle_ms: of('dcap-qvl') ?? null,
    snp_ms: best('snp'),
    nvidia_ms: best('nvidia'),
    bundle_kb: await bundleSize(root),
    seal_ms: of('seal')!,
    seal_known_ms: of('seal known')!,
    tee_over_signature: tee.overSignature,
    tee_more: { us: tee.moreUs, signature_us: tee.signatureUs, there: tee.there },
    tee_first_over_signature: tee.firstOverSignature,
    first: Object.fromEntries(NAMES.map((name) => [name, of(`${name} first`)!])) as Record<SubjectName, number>,
    own: Object.fromEntries(NAMES.map((name) => [name, of(`${name} own`)!])) as Record<SubjectName, number>,
  }
}

const verification =
  ({ platform, bytes, ...rest }: Subject, check: SignatureCheck): Work =>
  async () => {
    const claims = await verifyEvidence({ platform, bytes }, { ...rest, check })
    if (!claims.ok) throw new Error(`${platform}: ${claims.message}`)
  }

function addOracle(works: Map<string, Work>, root: string, subject: Subject, progress: (line: string) => void): void {
  try {
    works.set('dcap-qvl', dcapQvl(root, subject))
  } catch (error) {
    progress(`attestation: dcap-qvl cannot be measured: ${(error as Error).message}`)
  }
}

/** CPU milliseconds of each work, many times, one after another in turn: what else the machine does hits all of them alike. */
async function interleaved(works: ReadonlyMap<string, Work>, progress: (line: string) => void): Promise<Map<string, number[]>> {
  for (const work of works.values()) for (let i = 0; i < WARM; i++) await work()
  progress(`attestation: ${ROUNDS} rounds of ${works.size} kinds of work …`)
  const took = new Map([...works.keys()].map((name) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of works) {
      const before = process.cpuUsage()
      for (let i = 0; i < BATCH; i++) await work()
      const { user, system } = process.cpuUsage(before)
      took.get(name)!.push((user + system) / 1_000 / BATCH)
    }
  }
  return took
}

export function table(result: AttestationResult): string[] {
  const lines = ['verification, CPU ms in Node   captured   own roots   at most   authorities never seen']
  for (const name of NAMES) {
    const [known, own, first] = [result[`${name}_ms`], result.own[name], result.first[name]].map((ms) => ms.toFixed(2))
    const cells = [known!.padStart(9), own!.padStart(11), String(MOST[name]).padStart(9), first!.padStart(24)]
    lines.push(`${name.padEnd(29)} ${cells.join(' ')}`)
  }
  const oracle = result.tdx_oracle_ms === null ? 'not measured' : `${result.tdx_oracle_ms.toFixed(2)} ms`
  lines.push(`@phala/dcap-qvl on the same TDX quote: ${oracle}`)
  lines.push(`bundle of all verifiers: ${result.bundle_kb.toFixed(1)} kB gzipped (at most ${MOST_BUNDLE})`)
  const { seal_ms, seal_known_ms, tee_over_signature, tee_first_over_signature } = result
  lines.push(
    `sealing and opening 16 KiB, session begun: ${seal_ms.toFixed(2)} ms (at most ${MOST_SEAL}); in it: ${seal_known_ms.toFixed(2)} ms`,
  )
  lines.push(
    `request at level tee over level signature, model of 1 ms: ${tee_over_signature.toFixed(3)} (at most ${MOST_TEE}); first of a session: ${tee_first_over_signature.toFixed(3)}`,
  )
  const { us, signature_us, there } = result.tee_more
  lines.push(
    `  ${us.toFixed(0)} µs more; a signature took ${signature_us.toFixed(1)} µs meanwhile, ${REFERENCE_SIGNATURE_US} where the limits were set: there about ${there.toFixed(3)}`,
  )
  return lines
}
