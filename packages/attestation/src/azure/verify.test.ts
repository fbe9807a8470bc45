import { concatBytes, utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import { type AzureOptions, azureEvidence, azureKeys, runtimeData } from '../testkit/azure.testkit.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { collateral, intelRoots } from '../testkit/dcap.testkit.ts'
import { codeOf, flip } from '../testkit/flip.testkit.ts'
import { ark, arkCrl, ask, snpRoots } from '../testkit/snp.testkit.ts'
import { attest, EXTRA, REGISTERS } from '../testkit/tpm.testkit.ts'
import { azureSnpVerifier, azureTdxVerifier } from './verify.ts'

const snp = { now: NOW, roots: snpRoots('Genoa'), endorsements: { certificates: [ask('Genoa'), ark('Genoa')], crls: [arkCrl('Genoa')] } }
const tdx = { now: NOW, roots: intelRoots, endorsements: collateral() }
const verify = (bytes: Uint8Array) => azureSnpVerifier.verify(bytes, snp)
const code = async (options: AzureOptions): Promise<string> => codeOf(await verify(azureEvidence(options)))

describe('evidence of an Azure machine', () => {
  it('is refused when the hardware vouches for other runtime data', async () => {
    expect(await code({ bound: utf8('{}') })).toBe('BINDING_MISMATCH')
    expect(await code({ data: runtimeData(azureKeys.other), bound: runtimeData(), by: azureKeys.other })).toBe('BINDING_MISMATCH')
    expect(codeOf(await azureTdxVerifier.verify(azureEvidence({ kind: 'tdx', bound: utf8('{}') }), tdx))).toBe('BINDING_MISMATCH')
  })

  it('is refused when another TPM signed, or the quote or its registers were changed', async () => {
    expect(await code({ by: azureKeys.other })).toBe('SIGNATURE_INVALID')
    expect(await code({ registers: [flip(REGISTERS[0]!, 1), ...REGISTERS.slice(1)] })).toBe('SIGNATURE_INVALID')
    expect(await code({ registers: REGISTERS.slice(1) })).toBe('MALFORMED')
    expect(await code({ message: attest({ magic: 1 }) })).toBe('MALFORMED')
  })

  it('is refused when its parts are missing, doubled, unknown or of another platform', async () => {
    for (const changes of [{ extra: 1 }, { td_quote: 'AAAA' }, { vcek: undefined }, { hcl_report: 'AAA' }, { vcek: 1 }, { tpm_quote: {} }])
      expect(await code({ changes }), JSON.stringify(changes)).toBe('MALFORMED')
    expect(await code({ changes: { version: 3 } })).toBe('UNSUPPORTED')
    expect(await code({ kind: 'tdx' })).toBe('MALFORMED')
    expect(await code({ hclKind: 4 })).toBe('MALFORMED')
    expect(await code({ hclKind: 9 })).toBe('UNSUPPORTED')
    for (const hclLengths of [
      [1, 0],
      [0, 1],
    ] as const)
      expect(await code({ hclLengths })).toBe('MALFORMED')
    expect(await code({ hclAfter: Uint8Array.of(1) })).toBe('MALFORMED')
    expect(codeOf(await verify(concatBytes(azureEvidence(), utf8('x'))))).toBe('MALFORMED')
    for (const changes of [{ vcek: 'AAAA' }, { td_quote: undefined }])
      expect(codeOf(await azureTdxVerifier.verify(azureEvidence({ kind: 'tdx', changes }), tdx))).toBe('MALFORMED')
    expect(codeOf(await verify(utf8('[]')))).toBe('MALFORMED')
  })

  it('is refused with runtime data that names no key, or two', async () => {
    const key = { kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: 'AQAB' }
    for (const data of [{}, { keys: [] }, { keys: [key, key] }, { keys: [{ ...key, kty: 'EC' }] }, { keys: [{ ...key, e: 'Aw' }] }])
      expect(await code({ data: utf8(JSON.stringify(data)) }), JSON.stringify(data)).toBe('MALFORMED')
    expect(await code({ data: utf8(JSON.stringify({ keys: [key] })) })).toBe('SIGNATURE_INVALID')
  })

  it('is refused with the name of what is wrong', async () => {
    const says = async (options: AzureOptions) => verify(azureEvidence(options))
    const data = (value: unknown): AzureOptions => ({ data: utf8(JSON.stringify(value)) })
    const { tpm_quote } = JSON.parse(new TextDecoder().decode(azureEvidence())) as { tpm_quote: object }
    for (const [options, message] of [
      [{ changes: { tpm_quote: null } }, 'Azure: not the members that are expected.'],
      [{ changes: { tpm_quote: { ...tpm_quote, pcrs: 'none' } } }, 'Azure: pcrs is not a list of up to 24 registers.'],
      [{ changes: { hcl_report: [] } }, 'Azure: hcl_report is not padded base64url.'],
      [data(null), 'HCL report: the runtime data is not of objects.'],
      [data({ keys: 'text' }), 'HCL report: the runtime data has no keys.'],
    ] as const)
      expect(await says(options)).toMatchObject({ code: 'MALFORMED', message })
    const unquoted = await azureTdxVerifier.verify(azureEvidence({ kind: 'tdx', changes: { td_quote: undefined } }), tdx)
    expect(unquoted).toMatchObject({ message: 'Azure: TDX evidence holds a td_quote and no vcek.' })
  })

  it('says what hardware and TPM hold, with the TPM’s data as the bound one', async () => {
    const bytes = azureEvidence()
    const claims = await verify(bytes)
    expect(claims).toMatchObject({
      ok: true,
      platform: 'azure-snp-vtpm',
      family: 'Genoa',
      reportData: EXTRA,
      revocation: 'checked',
      facts: { vmpl: '0' },
    })
    expect(claims).toMatchObject({ measurements: { measurement: `0x${'3e'.repeat(48)}`, pcr1: `0x${'01'.repeat(32)}` } })
    expect(await azureSnpVerifier.verify(bytes, { ...snp, check: nobleCheck })).toEqual(claims)
    const other = await azureTdxVerifier.verify(azureEvidence({ kind: 'tdx' }), tdx)
    expect(other).toMatchObject({
      ok: true,
      platform: 'azure-tdx-vtpm',
      reportData: EXTRA,
      tcb: { status: 'UpToDate' },
      measurements: { mrtd: `0x${'3d'.repeat(48)}` },
    })
  })
})
