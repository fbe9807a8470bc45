import {
  ecKey,
  intelCertificates,
  type ListDates,
  qeIdentity,
  rsaKey,
  signedFile,
  snpCertificates,
  tcbInfo,
} from '@opengradient/attestation-dev/make'
import { attestationsAbi } from '@opengradient/contracts'
import { dataName } from '@opengradient/contracts/slots'
import { type Address, bytesToHex, encodeCollateral, type Hex, MAX_KEPT, type VendorCollateral } from '@opengradient/protocol'
import { asking, SEED } from './attestationScene.ts'
import type { Call } from './calls.ts'

/** Seconds for which lists and files of the tests are in date. */
export const IN_DATE = 7 * 86_400

const LINEAGE = { root: 'DEVELOPMENT Intel', organization: 'DEVELOPMENT', notBefore: 1_577_836_800, notAfter: 2_524_521_600 }

/** The Intel of development machines below a seed: the same keys and certificates that `developmentAttester` has. */
export function intelOf(seed: string) {
  const key = (name: string) => ecKey('P-256', `${seed}: intel ${name}`)
  const keys = { root: key('root'), ca: key('ca'), tcb: key('tcb'), pck: key('ca'), attestation: key('ca') }
  return { keys, certificates: intelCertificates(keys, LINEAGE) }
}

/** A list of the root of AMD's Genoas below `SEED`, of keys of chips or of such that clouds load. */
export function amdList(kind: 'crl' | 'vlekCrl', number: number, thisUpdate: number, revoked: readonly number[] = []): VendorCollateral {
  const [ark, ask] = [rsaKey('pss', `${SEED}: snp ark`), rsaKey('pss', `${SEED}: snp ask`)]
  const certificates = snpCertificates({ ark, ask, vcek: ask }, LINEAGE)
  const body = certificates.arkCrl('Genoa', dated(number, thisUpdate), revoked)
  return { kind, body, signature: new Uint8Array(), certificates: [certificates.ark('Genoa')] }
}

const intel = intelOf(SEED)
const of = (seed: string) => (seed === SEED ? intel : intelOf(seed))
const dated = (number: number, thisUpdate: number): ListDates => ({ number, thisUpdate, nextUpdate: thisUpdate + IN_DATE })

/** A revocation list of the platform authority, or of the root. */
export function list(
  number: number,
  thisUpdate: number,
  { revoked = [], by = 'ca', seed = SEED }: { revoked?: readonly number[]; by?: 'ca' | 'root'; seed?: string } = {},
): VendorCollateral {
  const { ca, root, pckCrl, rootCrl } = of(seed).certificates
  const body = (by === 'ca' ? pckCrl : rootCrl)(dated(number, thisUpdate), revoked)
  return { kind: 'crl', body, signature: new Uint8Array(), certificates: by === 'ca' ? [ca, root] : [root] }
}

/** A file of Intel's of this evaluation and date. */
export function file(
  kind: 'tcbInfo' | 'qeIdentity',
  evaluation: number,
  issued: number,
  { seed = SEED, by, certificates }: { seed?: string; by?: ReturnType<typeof ecKey>; certificates?: readonly Uint8Array[] } = {},
): VendorCollateral {
  const { keys, certificates: made } = of(seed)
  const changes = {
    tcbEvaluationDataNumber: evaluation,
    issueDate: new Date(issued * 1000).toISOString().replace('.000', ''),
    nextUpdate: new Date((issued + IN_DATE) * 1000).toISOString().replace('.000', ''),
  }
  const content = kind === 'tcbInfo' ? tcbInfo('TDX', issued, changes) : qeIdentity('TD_QE', issued, changes)
  return { kind, ...signedFile(content, by ?? keys.tcb, certificates ?? [made.tcbSigner(), made.root]) }
}

/** Brings something to the chain, as anybody may. */
export const posting = (collateral: VendorCollateral | Hex, from: Address): Call<typeof attestationsAbi, 'postCollateral'> => ({
  ...asking,
  abi: attestationsAbi,
  name: 'postCollateral',
  args: [typeof collateral === 'string' ? collateral : bytesToHex(encodeCollateral(collateral))],
  from,
})

/** What is longer than can be posted at once, in pieces. */
export function piecesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / MAX_KEPT) }, (_, i) => bytes.slice(i * MAX_KEPT, (i + 1) * MAX_KEPT))
}

export const keeping = (piece: Uint8Array, from: Address): Call<typeof attestationsAbi, 'keep'> => ({
  ...asking,
  name: 'keep',
  args: [bytesToHex(piece)],
  from,
})

export const postingKept = (pieces: readonly Uint8Array[], from: Address): Call<typeof attestationsAbi, 'postKept'> => ({
  ...asking,
  name: 'postKept',
  args: [pieces.map(dataName)],
  from,
})
