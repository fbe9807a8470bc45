import { type SignedFile, utf8 } from '@opengradient/protocol'
import { DAY } from './ca.ts'
import { FMSPC } from './intel.ts'
import type { SigningKey } from './keys.ts'

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const parts = (svns: readonly number[]) => svns.map((svn) => ({ svn }))
const sixteen = (...svns: readonly number[]): number[] => Array.from({ length: 16 }, (_, i) => svns[i] ?? 0)
const dates = (now: number) => ({ issueDate: iso(now - DAY), nextUpdate: iso(now + 20 * DAY) })
const MODULE = { mrsigner: '0'.repeat(96), attributes: '0'.repeat(16), attributesMask: 'F'.repeat(16) }

/** A level that was published `days` before `now`. */
const leveller = (now: number) => (status: string, days: number, tcb: object) => ({
  tcb,
  tcbDate: iso(now - days * DAY),
  tcbStatus: status,
})

/** The members of a TCB info for TDX (or SGX) with two levels: versions 5 (current) and 2 (behind for 10 days). `now` in Unix seconds. */
export function tcbInfo(id: 'TDX' | 'SGX', now: number, changes: object = {}): object {
  const level = leveller(now)
  const tdx = (svn: number) => (id === 'TDX' ? { tdxtcbcomponents: parts(sixteen(svn, 0, 2)) } : {})
  const current = level('UpToDate', 10, { isvsvn: 4 })
  const behind = { ...level('OutOfDate', 400, { isvsvn: 2 }), advisoryIDs: ['INTEL-SA-1'] }
  const module = { tdxModule: MODULE, tdxModuleIdentities: [{ id: 'TDX_01', ...MODULE, tcbLevels: [current, behind] }] }
  return {
    id,
    version: 3,
    ...dates(now),
    fmspc: FMSPC,
    pceId: '0000',
    tcbType: 0,
    tcbEvaluationDataNumber: 17,
    ...(id === 'TDX' ? module : {}),
    tcbLevels: [
      level('UpToDate', 10, { sgxtcbcomponents: parts(sixteen(5, 5, 2)), pcesvn: 11, ...tdx(5) }),
      level('OutOfDate', 400, { sgxtcbcomponents: parts(sixteen(2, 2, 2)), pcesvn: 5, ...tdx(5) }),
    ],
    ...changes,
  }
}

/** The members of the identity of a quoting enclave. */
export function qeIdentity(id: 'TD_QE' | 'QE', now: number, changes: object = {}): object {
  const level = leveller(now)
  return {
    id,
    version: 2,
    ...dates(now),
    tcbEvaluationDataNumber: 16,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: `11${'0'.repeat(30)}`,
    attributesMask: `FBFFFFFFFFFFFFFF${'0'.repeat(16)}`,
    mrsigner: 'DC'.repeat(32),
    isvprodid: 2,
    tcbLevels: [level('UpToDate', 10, { isvsvn: 4 }), level('OutOfDate', 400, { isvsvn: 2 })],
    ...changes,
  }
}

/** A file of Intel's, signed. `certificates`: the signer's, leaf first. */
export function signedFile(content: object, by: SigningKey, certificates: readonly Uint8Array[]): SignedFile {
  const body = utf8(JSON.stringify(content))
  return { body, signature: by.raw(body), certificates }
}
