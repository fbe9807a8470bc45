import type { Socket } from 'node:net'
import { bytesToUint, concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { decode, encode } from 'cborg'
import { afterEach, describe, expect, it } from 'vitest'
import { DATA, hardwareEvidence, listen, OTHER, type SocketServer } from '../attest.testkit.ts'
import { nsmAttester } from './attester.ts'

let server: SocketServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

const framed = (bytes: Uint8Array): Uint8Array => concatBytes(uintBytes(bytes.length, 4), bytes)
type Respond = (request: Record<string, Record<string, unknown>>, socket: Socket) => Promise<Uint8Array | undefined>

/** A relay: reads one frame, answers one. */
async function relay(respond: Respond): Promise<string> {
  server = await listen((socket) => {
    let received: Uint8Array = new Uint8Array()
    socket.on('data', async (chunk) => {
      received = concatBytes(received, chunk)
      if (received.length < 4 || received.length < 4 + Number(bytesToUint(received.subarray(0, 4)))) return
      const answer = await respond(decode(received.subarray(4)), socket)
      if (answer) socket.write(answer)
    })
  })
  return server.path
}

/** The security module: documents over the user data. */
const module = async (userData: Uint8Array): Promise<Uint8Array> => {
  const { evidence: document } = await hardwareEvidence('nitro', userData)
  return framed(encode({ Attestation: { document } }))
}
const attest = async (respond: Respond, timeout = 20_000) => nsmAttester({ socket: await relay(respond), timeout }).attest(DATA)

describe('the relay of the Nitro security module', () => {
  it('is not believed when its document is bound to other data, or to none', async () => {
    await expect(attest(() => module(OTHER))).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
    await expect(attest(() => module(DATA.subarray(0, 63)))).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
  })

  it('is refused whatever is not one document in one frame', async () => {
    const good = await module(DATA)
    const answers: [Uint8Array, RegExp][] = [
      [framed(encode({ Error: 'InvalidArgument' })), /refused: InvalidArgument/],
      [framed(encode({ Attestation: { document: 'text' } })), /something else/],
      [framed(encode({ Attestation: {} })), /something else/],
      [framed(encode([])), /something else/],
      [framed(concatBytes(encode({ Attestation: {} }), Uint8Array.of(0))), /left over/],
      [framed(encode({ Attestation: { document: utf8('no document') } })), /not nitro evidence/],
      [concatBytes(good, Uint8Array.of(0)), /1 bytes more/],
      [uintBytes(0, 4), /frame of 0 bytes/],
      [uintBytes(12_289, 4), /frame of 12289 bytes/],
      [uintBytes(0xffff_ffff, 4), /frame of 4294967295 bytes/],
    ]
    for (const [answer, message] of answers) {
      await expect(attest(async () => answer)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: expect.stringMatching(message) })
      await server!.stop()
    }
  })

  it('is waited for no longer than allowed, and not after it hangs up', async () => {
    const good = await module(DATA)
    await expect(attest(async () => undefined, 100)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /100 ms/ })
    await server!.stop()
    for (const length of [0, 3, 4, good.length - 1]) {
      const cut = attest(async (_, socket) => void socket.end(good.subarray(0, length)))
      await expect(cut).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: expect.stringContaining(`after ${length} bytes`) })
      await server!.stop()
    }
  })

  it('is missing where nobody listens', async () => {
    const gone = nsmAttester({ socket: '/nowhere/nsm.sock' })
    await expect(gone.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })

  it('is asked in the module’s own words, and its document goes out as it came, in however many pieces', async () => {
    const asked: unknown[] = []
    const answer = await module(DATA)
    const { evidence, endorsements } = await attest(async (request, socket) => {
      asked.push(request)
      for (const byte of [answer.subarray(0, 2), answer.subarray(2, 9)]) {
        socket.write(byte)
        await new Promise((resolve) => setImmediate(resolve))
      }
      return answer.subarray(9)
    })
    expect(asked).toEqual([{ Attestation: { user_data: DATA, nonce: null, public_key: null } }])
    expect(evidence).toEqual((await hardwareEvidence('nitro', DATA)).evidence)
    expect(endorsements).toEqual({})
  })

  it('is not asked to bind nothing, or more than evidence holds', async () => {
    for (const length of [0, 65])
      await expect(nsmAttester({ socket: '/nowhere' }).attest(new Uint8Array(length))).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
  })
})
