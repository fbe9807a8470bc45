import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { decode, encode } from 'cborg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DATA, hardwareEvidence, OTHER } from '../src/attest/attest.testkit.ts'
import { nsmAttester } from '../src/attest/index.ts'

let folder = ''
let relay: ChildProcess
const at = (name: string): string => join(folder, name)
const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const answers = async (data: Uint8Array): Promise<void> => {
  const { evidence: document } = await hardwareEvidence('nitro', data)
  writeFileSync(at('response'), encode({ Attestation: { document } }))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'og-relay-'))
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror']
  execFileSync('cc', [...flags, '-o', at('relay'), source('../../../deploy/nitro/nsm-relay.c')], { stdio: 'inherit' })
  execFileSync('cc', [...flags, '-shared', '-fPIC', '-o', at('fake.so'), source('fakeNsm.c'), '-ldl'], { stdio: 'inherit' })
  const env = { ...process.env, LD_PRELOAD: at('fake.so'), NSM_REQUEST: at('request'), NSM_RESPONSE: at('response') }
  relay = spawn(at('relay'), [at('socket')], { env, stdio: ['ignore', 'inherit', 'ignore'] })
  // The socket is there a moment before anybody listens.
  while (relay.exitCode === null && !(await listens())) await sleep(20)
})
afterAll(() => {
  relay.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const name of ['request', 'response']) rmSync(at(name), { force: true })
})

const listens = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(at('socket'), () => socket.end(() => resolve(true)))
    socket.on('error', () => resolve(false))
  })

/** What comes back for raw bytes until the relay hangs up, which resets the connection when bytes were left unread. */
const send = (bytes: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve) => {
    const socket = connect(at('socket'), () => socket.end(bytes))
    const parts: Uint8Array[] = []
    socket.on('data', (part) => parts.push(part))
    socket.on('close', () => resolve(concatBytes(...parts)))
    socket.on('error', () => {})
  })
const framed = (bytes: Uint8Array): Uint8Array => concatBytes(uintBytes(bytes.length, 4), bytes)

describe('the relay of the Nitro security module', () => {
  it('passes nothing on but requests for documents, and none that are cut or too long', async () => {
    await answers(DATA)
    const other = framed(encode({ ExtendPCR: { index: 0, data: new Uint8Array(32) } }))
    const good = framed(encode({ Attestation: { user_data: DATA, nonce: null, public_key: null } }))
    const long = concatBytes(utf8('\xa1'), new Uint8Array(5000))
    for (const bytes of [other, good.subarray(0, -1), good.subarray(0, 3), framed(long), uintBytes(0, 4), uintBytes(0xffff_ffff, 4)])
      expect(await send(bytes)).toEqual(new Uint8Array())
    expect(existsSync(at('request'))).toBe(false)
    expect((await send(good)).length).toBeGreaterThan(1000)
    expect(existsSync(at('request'))).toBe(true)
  })

  it('hangs up when the module fails, and goes on with the next request', async () => {
    const attester = nsmAttester({ socket: at('socket') })
    await expect(attester.attest(DATA)).rejects.toMatchObject({
      code: 'ATTESTER_FAILED',
      message: expect.stringContaining('after 0 bytes'),
    })
    await answers(OTHER)
    await expect(attester.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
    await answers(DATA)
    await attester.attest(DATA)
  })

  it('gives the document that the module made for these data', async () => {
    await answers(DATA)
    const { evidence } = await nsmAttester({ socket: at('socket') }).attest(DATA)
    expect(evidence).toEqual((await hardwareEvidence('nitro', DATA)).evidence)
    expect(decode(readFileSync(at('request')))).toEqual({ Attestation: { user_data: DATA, nonce: null, public_key: null } })
  })

  it('is for its owner and group alone', () => {
    expect(statSync(at('socket')).mode & 0o777).toBe(0o660)
  })
})
