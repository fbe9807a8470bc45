import { bytesToHex, type Hex } from '@opengradient/protocol'
import type { Platform } from '../../../src/index.ts'
import { azureEvidence } from '../../../src/testkit/azure.testkit.ts'
import { intelRoot, pck, pckCa, pem, quote, tdBody } from '../../../src/testkit/dcap.testkit.ts'
import { extension, name, seq, wrap } from '../../../src/testkit/der.testkit.ts'
import { REGISTERS, tpmCrl, tpmEvidence, tpmKeys, tpmRoot, tpmRoots } from '../../../src/testkit/tpm.testkit.ts'
import { craft, NO_AUTHORITY, usage } from '../cast.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const tdx = tell(HONEST.tdx)
const azure = tell(HONEST.azureTdx)
const snpVtpm = tell(HONEST.azureSnp)
const tpm = tell({ platform: 'tpm', evidence: tpmEvidence(), roots: tpmRoots })

/** Where RTMR3 is in the report of a domain, and what dstack measures into it. */
const LAST = 472
const containers = new Uint8Array(48).fill(0xc0)
const body = tdBody({ [LAST]: containers })
const at = (offset: number): Hex => bytesToHex(body.subarray(offset, offset + 48))
const system = { mrtd: at(136), rtmr1: at(376), rtmr2: at(424) }
const entry = (platform: Platform, values: Readonly<Record<string, Hex>>): Case => ({
  policy: { measurements: [{ platform, values, notAfter: 2_000_000_000, build: 'https://builds.example/17' }] },
})
const evidence = quote({ body })
const beneathParavisor = azureEvidence({
  kind: 'tdx',
  hardware: (reportData) => quote({ body: tdBody({ [LAST]: containers, 520: reportData }), certificates: pem(pck(), pckCa, intelRoot) }),
})

/** The attestation key's certificate, with the name of the chip beside that of the key (RFC 5280, 4.2.1.6). */
const named = (critical: boolean): Case => {
  const names = extension('2.5.29.17', seq(wrap(4, seq())), critical)
  const { root: by, ak: key } = tpmKeys
  const leaf = craft({ by, key, issuer: name('tpm root'), extensions: wrap(3, seq(NO_AUTHORITY, usage(0x80, 7), names)) })
  return { endorsements: { certificates: [leaf, tpmRoot], crls: [tpmCrl()] } }
}

const { tpm_quote: parts } = JSON.parse(new TextDecoder().decode(HONEST.azureSnp.evidence)) as { tpm_quote: { message: string } }
const inList: Case = { evidence: azureEvidence({ changes: { tpm_quote: { ...parts, message: [parts.message] } } }), code: 'MALFORMED' }

/** What a measured system has started since, certificates with further names, and a text that is none. */
export const started: readonly Story[] = [
  tdx('started-named', 'The system measured what it started, and the entry names that register.', {
    evidence,
    ...entry('tdx', { ...system, rtmr3: at(LAST) }),
  }),
  azure('started', 'The same beneath a paravisor, whose virtual TPM says what was started.', {
    evidence: beneathParavisor,
    ...entry('azure-tdx-vtpm', { mrtd: system.mrtd, pcr4: bytesToHex(REGISTERS[4]!) }),
  }),
  tpm('x509-names-further-critical', 'Further names of the key, in a critical extension.', named(true)),
  tpm('x509-names-further', 'Further names of the key, in an extension that is not critical.', named(false)),

  tdx('started', 'The system measured what it started, and the entry does not name it: it would let the system start anything.', {
    evidence,
    ...entry('tdx', system),
    code: 'MEASUREMENT_UNKNOWN',
  }),
  snpVtpm('message-list', 'The message of the quote stands in a list.', inList),
]
