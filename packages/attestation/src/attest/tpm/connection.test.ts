import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatBytes } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { u16, u32 } from './command.ts'
import { connectTpm } from './connection.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-tpm-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const frame = (body: Uint8Array, size = body.length + 6): Uint8Array => concatBytes(u16(0x8001), u32(size), body)

/** A pipe is written to and read from like the device, without a place to go to. It gives back what it was sent. */
async function pipe() {
  const device = join(folder, 'tpmrm0')
  execFileSync('mkfifo', [device])
  return connectTpm({ device }, 20_000)
}

describe('the device of a TPM', () => {
  it('is refused an answer of another length than its header says', async () => {
    const tpm = await pipe()
    for (const size of [9, 13, 15, 4097])
      await expect(tpm.send(frame(new Uint8Array(8), size)), String(size)).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    await tpm.close()
  })

  it('is refused an answer that never comes', async () => {
    const device = join(folder, 'empty')
    writeFileSync(device, '')
    const tpm = await connectTpm({ device }, 20_000)
    await expect(tpm.send(frame(new Uint8Array(4)))).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    await tpm.close()
    await expect(tpm.send(frame(new Uint8Array(4)))).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
  })

  it('takes one command and gives one answer, again and again', async () => {
    const tpm = await pipe()
    for (const length of [4, 8, 4000]) {
      const bytes = frame(new Uint8Array(length).fill(length & 255))
      expect(await tpm.send(bytes)).toEqual(bytes)
    }
    await tpm.close()
  })
})
