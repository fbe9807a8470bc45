import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pem } from '@opengradient/attestation-dev/make'
import { base64, bytesToHex, gpuNonce } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DATA, hardwareEvidence, OTHER } from '../attest.testkit.ts'
import { nvidiaAttester } from './attester.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-nvattest-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program that keeps its arguments and runs this code; through a shell, as the path of Node may have a space, which `#!` cannot have. */
function program(code: string): string {
  const path = join(folder, 'nvattest')
  const head = `const fs = require('node:fs')\nfs.writeFileSync(${JSON.stringify(join(folder, 'args'))}, process.argv.slice(2).join(' '))\n`
  writeFileSync(`${path}.cjs`, head + code)
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${path}.cjs' "$@"\n`)
  chmodSync(path, 0o700)
  return path
}
const printing = (text: string): string => program(`process.stdout.write(${JSON.stringify(text)})`)
const attest = (path: string, timeout = 60_000) => nvidiaAttester({ program: path, timeout }).attest(DATA)

/** One entry as nvattest writes it. */
async function entry(data = DATA, machine = 'gpu 0') {
  const { evidence, endorsements } = await hardwareEvidence('nvidia-gpu', data, machine)
  return {
    version: '1.0',
    arch: 'HOPPER',
    nonce: bytesToHex(gpuNonce(data)).slice(2),
    driver_version: '550.90.07',
    vbios_version: '96.00.9F.00.01',
    evidence: base64(evidence),
    certificate: base64(pem(...endorsements.certificates!)),
  }
}
const output = (...evidences: readonly object[]): string => JSON.stringify({ evidences, result_code: 0, result_message: 'Ok' })

describe('nvattest', () => {
  it('is not believed when a GPU answered another nonce, whatever the text beside it says, or the same GPU is shown twice', async () => {
    const lying = { ...(await entry(OTHER)), nonce: bytesToHex(gpuNonce(DATA)).slice(2) }
    await expect(attest(printing(output(await entry(), lying)))).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
    await expect(attest(printing(output(await entry(), await entry())))).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
  })

  it('is refused whatever is not evidence', async () => {
    const good = await entry()
    const outputs = [
      '',
      'null',
      output(),
      output(null as unknown as object),
      output(...Array.from({ length: 17 }, () => good)),
      output({ ...good, evidence: 1 }),
      output({ ...good, evidence: 'AAAA' }),
      output({ ...good, evidence: '%' }),
      output({ ...good, certificate: 'AAAA' }),
      output({ ...good, certificate: undefined }),
      JSON.stringify({ evidences: [good], result_code: 3, result_message: 'no driver' }),
      `log line\n${output(good)}`,
    ]
    for (const text of outputs) await expect(attest(printing(text)), text.slice(0, 40)).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
  })

  it('is missing where there is no program, and fails in its own words', async () => {
    await expect(attest(join(folder, 'none'))).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
    writeFileSync(join(folder, 'text'), 'no program')
    await expect(attest(join(folder, 'text'))).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
    const failing = program(`console.error('NVML: confidential computing is off'); process.exit(4)`)
    await expect(attest(failing)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /confidential computing is off/ })
  })

  it('is killed when it does not end, and when it writes without end', async () => {
    await expect(attest(program('setInterval(() => {}, 1000)'), 500)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /500 ms/ })
    const endless = program(`const more = () => process.stdout.write(' '.repeat(65536), more)\nmore()`)
    await expect(attest(endless)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /maxBuffer/ })
  })

  it('is asked with the nonce of the enclave, and the evidence of every GPU goes out as it came', async () => {
    const gpus = await attest(printing(output(await entry(), await entry(DATA, 'gpu 1'))))
    const made = [await hardwareEvidence('nvidia-gpu', DATA, 'gpu 0'), await hardwareEvidence('nvidia-gpu', DATA, 'gpu 1')]
    expect(gpus).toEqual(made.map(({ evidence, endorsements: { certificates } }) => ({ evidence, endorsements: { certificates } })))
    const nonce = bytesToHex(gpuNonce(DATA)).slice(2)
    expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(`collect-evidence --device gpu --nonce ${nonce} --format json`)
  })
})
