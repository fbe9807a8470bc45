import {
  collateral,
  intelRoot,
  intelRoots,
  pck,
  pckCa,
  pem,
  qeIdentity,
  quote,
  sgxBody,
  signedFile,
  tcbInfo,
  tdBody,
} from '../../../src/testkit/dcap.testkit.ts'
import { flip } from '../../../src/testkit/flip.testkit.ts'
import { type Story, tell } from '../story.ts'

const ENDORSEMENTS = collateral({}, 'SGX')
const enclave = (patches = {}): { evidence: Uint8Array } => ({ evidence: quote({ version: 3, body: sgxBody(patches) }) })
const story = tell({ platform: 'sgx', evidence: enclave().evidence, endorsements: ENDORSEMENTS, roots: intelRoots })

export const sgx: readonly Story[] = [
  story('v3', 'A quote of version 3.'),
  story('v4', 'A quote of version 4.', { evidence: quote({ version: 4, body: sgxBody() }) }),
  story('v5', 'A quote of version 5.', { evidence: quote({ version: 5, body: sgxBody() }) }),
  story('debug-allowed', 'An enclave in debug mode, under a policy that allows it.', {
    ...enclave({ 48: [2] }),
    policy: { allowDebug: true },
  }),
  story('flip-mrenclave', 'One bit of the enclave’s measurement is another.', {
    evidence: flip(enclave().evidence, 48 + 64),
    code: 'SIGNATURE_INVALID',
  }),
  story('debug', 'An enclave in debug mode.', { ...enclave({ 48: [0x13] }), code: 'DEBUG_ENABLED' }),
  story('tdx', 'The quote of a trust domain.', { evidence: quote({ body: tdBody() }), code: 'UNSUPPORTED' }),
  story('v5-domain', 'The body of a trust domain in the quote of an enclave.', {
    evidence: quote({ version: 5, body: tdBody(), tee: 0 }),
    code: 'MALFORMED',
  }),
  story('info-of-tdx', 'The TCB info for TDX.', {
    endorsements: { ...ENDORSEMENTS, tcbInfo: signedFile(tcbInfo('TDX')) },
    code: 'COLLATERAL_INVALID',
  }),
  story('identity-of-tdx', 'The identity of TDX’s quoting enclave.', {
    endorsements: { ...ENDORSEMENTS, qeIdentity: signedFile(qeIdentity('TD_QE')) },
    code: 'COLLATERAL_INVALID',
  }),
  story('old-cpu', 'A version of the processor that is behind.', {
    evidence: quote({
      version: 3,
      body: sgxBody(),
      certificates: pem(pck({ components: Array.from({ length: 16 }, () => 4) }), pckCa, intelRoot),
    }),
    code: 'TCB_REJECTED',
  }),
  story('old-pce', 'The certification enclave is behind.', {
    evidence: quote({ version: 3, body: sgxBody(), certificates: pem(pck({ pceSvn: 10 }), pckCa, intelRoot) }),
    code: 'TCB_REJECTED',
  }),
]
