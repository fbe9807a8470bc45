import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { PacedSealer } from './index.ts'
import { anExchange } from './seal.testkit.ts'

/** A clock that stands still until somebody moves it, and lets everybody wait. */
class TestClock {
  time = 1_000
  #waiting: { at: number; go: () => void }[] = []

  now = (): number => this.time
  wait = (milliseconds: number): Promise<void> =>
    new Promise((go) => {
      this.#waiting.push({ at: this.time + milliseconds, go })
    })

  get sleepers(): number {
    return this.#waiting.length
  }

  async advance(milliseconds: number): Promise<void> {
    this.time += milliseconds
    const due = this.#waiting.filter(({ at }) => at <= this.time)
    this.#waiting = this.#waiting.filter(({ at }) => at > this.time)
    for (const { go } of due) go()
    await settled()
  }
}

/** Lets everything run that waits for nothing but cryptography. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

async function paced() {
  const { sealed, sealer } = await anExchange()
  const clock = new TestClock()
  const sent: { at: number; bytes: Uint8Array }[] = []
  const stream = new PacedSealer(sealer, clock, (bytes) => sent.push({ at: clock.time, bytes }))
  const opener = sealed.opener()
  const texts = async () => {
    const out: string[] = []
    for (const { bytes } of sent) out.push(new TextDecoder().decode(await opener.push(bytes)))
    return out
  }
  return { clock, sent, stream, opener, texts }
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await settled()
}

describe('a paced response', () => {
  it('sends the first piece at once, and what follows together, never twice in 50 ms', async () => {
    const { clock, sent, stream, texts } = await paced()
    stream.write(utf8('a'))
    await until(() => sent.length === 1)
    for (const piece of ['b', 'c', 'd']) {
      stream.write(utf8(piece))
      await clock.advance(10)
    }
    await until(() => clock.sleepers === 1)
    expect(sent).toHaveLength(1)
    await clock.advance(20)
    await until(() => sent.length === 2)
    expect(sent.map(({ at }) => at)).toEqual([1_000, 1_050])
    expect(await texts()).toEqual(['a', 'bcd'])
  })

  it('sends nothing while nothing waits', async () => {
    const { clock, sent, stream } = await paced()
    stream.write(utf8('a'))
    await until(() => sent.length === 1)
    await settled()
    expect(clock.sleepers).toBe(0)
    await clock.advance(500)
    expect(sent).toHaveLength(1)
  })

  it('waits with its end, too, and sends what is left in the final frame', async () => {
    const { clock, sent, stream, opener, texts } = await paced()
    stream.write(utf8('a'))
    await until(() => sent.length === 1)
    stream.write(utf8('b'))
    const ended = stream.end()
    await until(() => clock.sleepers === 1)
    expect(sent).toHaveLength(1)
    await clock.advance(50)
    await ended
    expect(await texts()).toEqual(['a', 'b'])
    opener.end()
  })

  it('sends a piece at once when the last was long ago', async () => {
    const { clock, sent, stream } = await paced()
    stream.write(utf8('a'))
    await until(() => sent.length === 1)
    await clock.advance(500)
    stream.write(utf8('b'))
    await until(() => sent.length === 2)
    expect(sent[1]?.at).toBe(1_500)
  })

  it('sends a piece at once when the last was 50 ms ago, without a pause of nothing', async () => {
    const { clock, sent, stream } = await paced()
    stream.write(utf8('a'))
    await until(() => sent.length === 1)
    await clock.advance(50)
    stream.write(utf8('b'))
    await until(() => sent.length === 2 || clock.sleepers > 0)
    expect([sent[1]?.at, clock.sleepers]).toEqual([1_050, 0])
  })

  it('of nothing is one final frame', async () => {
    const { sent, stream, opener, texts } = await paced()
    await stream.end()
    expect(sent).toHaveLength(1)
    expect(await texts()).toEqual([''])
    opener.end()
  })

  it('takes nothing after its end, which comes once', async () => {
    const { stream } = await paced()
    await stream.end()
    expect(() => stream.write(utf8('late'))).toThrow('ended already')
    await expect(stream.end()).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' })
  })

  it('gives the fault of whoever sends to whoever ends it', async () => {
    const { sealer } = await anExchange()
    const stream = new PacedSealer(sealer, new TestClock(), () => {
      throw new Error('the socket is closed')
    })
    stream.write(utf8('a'))
    await settled()
    await expect(stream.end()).rejects.toThrow('the socket is closed')
  })
})
