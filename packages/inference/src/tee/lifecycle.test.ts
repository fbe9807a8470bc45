import { OgError } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { digestOf, HOUR, LIFE, MODEL_A, MODEL_B, START, testLife } from './tee.testkit.ts'

const levels = ({ keyring, clock }: ReturnType<typeof testLife>) => [MODEL_A, MODEL_B].map((id) => keyring.levelOf(id, clock.now))

describe('a node without a registered keyset', () => {
  test('offers nothing while it has no models, and issues none', async () => {
    const life = testLife()
    life.models.length = 0
    await life.lifecycle.work()
    expect([life.issued(), levels(life), life.lifecycle.status.phase]).toEqual([0, [undefined, undefined], 'off'])
  })

  test('whose attester fails says why, tries ever more rarely, and recovers', async () => {
    const life = testLife()
    life.attester.trouble = new OgError('NODE_ATTESTATION_FAILED', 'The platform tdx gave no evidence: no such device')
    for (const wait of [5, 10, 20, 40, 80, 160, 320, 600, 600]) {
      await life.lifecycle.work()
      expect(life.lifecycle.status).toMatchObject({ phase: 'off', trouble: { code: 'NODE_ATTESTATION_FAILED' } })
      const { length } = life.said
      life.clock.now += wait - 1
      await life.lifecycle.work()
      expect(life.said).toHaveLength(length)
      life.clock.now += 1
    }
    expect([levels(life), life.lifecycle.failedTries]).toEqual([[undefined, undefined], 9])
    delete life.attester.trouble
    await life.lifecycle.work()
    expect(life.lifecycle.status).toEqual({ phase: 'live', failures: 0 })
  })

  test('whose registration is refused erases the keys at once and offers nothing', async () => {
    const life = testLife()
    life.registry.fate = 'refused'
    await life.lifecycle.work()
    expect([life.erased, levels(life)]).toEqual([[digestOf(1)], [undefined, undefined]])
    expect(life.lifecycle.status.trouble?.code).toBe('NODE_ATTESTATION_REFUSED')
    life.registry.fate = 'taken'
    life.clock.now += 5
    await life.lifecycle.work()
    expect([levels(life)[0], life.erased]).toEqual(['development', [digestOf(1)]])
  })

  test('that heard nothing of a registration which was taken goes on with that keyset', async () => {
    const life = testLife()
    life.registry.fate = 'lost'
    await life.lifecycle.work()
    expect([life.keyring.held, life.erased]).toEqual([[], []])
    life.registry.fate = 'taken'
    await life.lifecycle.work()
    expect([levels(life)[0], life.keyring.current(life.clock.now)?.issued.digest, life.issued()]).toEqual(['development', digestOf(1), 1])
    expect(life.lifecycle.status).toEqual({ phase: 'live', failures: 0 })
  })

  test('whose registration never came to the chain sends the same again, a little later', async () => {
    const life = testLife()
    life.registry.fate = 'swallowed'
    await life.lifecycle.work()
    life.registry.fate = 'taken'
    life.clock.now += 4
    await life.lifecycle.work()
    expect([life.registry.registered, levels(life)[0]]).toEqual([0, undefined])
    life.clock.now += 1
    await life.lifecycle.work()
    expect([life.issued(), life.erased, levels(life)[0]]).toEqual([1, [], 'development'])
    expect(life.lifecycle.status).toEqual({ phase: 'live', failures: 0 })
  })

  test('whose registration came to the chain too late erases the keys, and registers others', async () => {
    const life = testLife()
    life.registry.fate = 'swallowed'
    await life.lifecycle.work()
    life.registry.fate = 'refused'
    life.clock.now += 5
    await life.lifecycle.work()
    expect([life.issued(), life.erased, levels(life)[0]]).toEqual([1, [digestOf(1)], undefined])
    life.registry.fate = 'taken'
    life.clock.now += 10
    await life.lifecycle.work()
    expect([life.issued(), life.erased, levels(life)[0]]).toEqual([2, [digestOf(1)], 'development'])
  })

  test('whose registration comes through as it is sent again goes on with that keyset, though the chain refuses it the second time', async () => {
    const life = testLife()
    life.registry.fate = 'swallowed'
    await life.lifecycle.work()
    life.registry.fate = 'twice'
    life.clock.now += 5
    await life.lifecycle.work()
    expect([life.issued(), life.erased, levels(life)[0]]).toEqual([1, [], 'development'])
  })
})

describe('a registered keyset', () => {
  test('is followed at half of its life, and stays good for what was sealed to it until its end', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.clock.now = START + LIFE / 2 - 1
    await life.lifecycle.work()
    expect(life.issued()).toBe(1)
    life.clock.now += 1
    await life.lifecycle.work()
    expect(life.keyring.current(life.clock.now)?.issued.digest).toBe(digestOf(2))
    expect(life.keyring.find(digestOf(1), life.clock.now)?.issued.digest).toBe(digestOf(1))
    life.clock.now = START + LIFE
    expect(life.keyring.find(digestOf(1), life.clock.now)).toBeUndefined()
    await life.lifecycle.work()
    expect([life.erased, life.keyring.held.map(({ issued }) => issued.digest)]).toEqual([[digestOf(1)], [digestOf(2), digestOf(3)]])
  })

  test('whose successor is refused serves until its end, and not a second longer', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.registry.fate = 'refused'
    for (life.clock.now = START + LIFE / 2; life.clock.now < START + LIFE; life.clock.now += HOUR) {
      await life.lifecycle.work()
      expect(levels(life)[0]).toBe('development')
    }
    life.clock.now = START + LIFE
    expect(levels(life)[0]).toBeUndefined()
    await life.lifecycle.work()
    expect(life.erased).toContain(digestOf(1))
  })

  test('that is revoked is erased at the next look, and another is registered', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.registry.revoke(digestOf(1))
    await life.lifecycle.work()
    expect([life.erased, life.keyring.current(life.clock.now)?.issued.digest]).toEqual([[digestOf(1)], digestOf(2)])
  })

  test('that the chain forgets, as it would with a block that did not stay, is not offered any more', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.registry.registrations.clear()
    life.registry.newest = undefined
    life.registry.fate = 'refused'
    await life.lifecycle.work()
    expect([levels(life)[0], life.erased]).toEqual([undefined, [digestOf(1), digestOf(2)]])
  })

  test('is kept while the chain cannot be asked', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.registry.fate = 'unreachable'
    await expect(life.lifecycle.work()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    expect([levels(life)[0], life.erased]).toEqual(['development', []])
  })

  test('that does not name a new model is followed a little later, by one that names both', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.models.push(MODEL_B)
    await life.lifecycle.work()
    expect(levels(life)).toEqual(['development', undefined])
    life.clock.now += 5
    await life.lifecycle.work()
    expect([levels(life), life.issued()]).toEqual([['development', 'development'], 2])
    life.models.splice(0, 1)
    life.clock.now += 5
    await life.lifecycle.work()
    expect(life.issued()).toBe(2)
  })

  test('names its models in ascending order, at most 64, and says what it leaves out once', async () => {
    const life = testLife()
    life.models.splice(0, 1, ...Array.from({ length: 65 }, (_, i) => digestOf(1000 - i)))
    await life.lifecycle.work()
    const { modelIds } = life.keyring.current(life.clock.now)!.issued
    expect([modelIds.length, modelIds]).toEqual([64, [...modelIds].sort()])
    await life.lifecycle.work()
    expect(life.said.filter(([message]) => message.includes('64 models'))).toHaveLength(1)
  })

  test('goes on naming what it named: who publishes more, under whichever id, pushes nothing out', async () => {
    const life = testLife()
    life.models.splice(0, 1, ...Array.from({ length: 64 }, (_, i) => digestOf(1000 + i)))
    await life.lifecycle.work()
    const { modelIds } = life.keyring.current(life.clock.now)!.issued
    life.models.push(digestOf(1), digestOf(5000))
    life.clock.now = START + LIFE / 2
    await life.lifecycle.work()
    expect([life.issued(), life.keyring.current(life.clock.now)!.issued.modelIds]).toEqual([2, modelIds])
    // After a start nothing is named yet: the first that are offered come first.
    const again = testLife()
    again.models.splice(0, 1, ...life.models)
    await again.lifecycle.work()
    expect(again.keyring.current(again.clock.now)!.issued.modelIds).toEqual(modelIds)
  })

  test('is not followed without end because somebody publishes without end', async () => {
    const life = testLife()
    await life.lifecycle.work()
    for (let i = 0; i < 600; i++) {
      if (life.models.length < 60 || i % 60 === 0) life.models.splice(1, 1)
      life.models.push(digestOf(3000 + i))
      life.clock.now += 6
      await life.lifecycle.work()
    }
    // Sixteen at once and one in five minutes, for an hour.
    expect(life.issued()).toBeLessThanOrEqual(1 + 16 + 12)
    expect(life.issued()).toBeGreaterThan(16)
  })

  test('is one of at most 24: it outlives twenty minutes of ever more models, for what was sealed to it', async () => {
    const life = testLife()
    const publish = async (seconds: number) => {
      life.models.push(digestOf(2000 + life.models.length))
      await life.lifecycle.work()
      life.clock.now += seconds
      await life.lifecycle.work()
    }
    for (let i = 0; i < 16; i++) await publish(5)
    for (let i = 0; i < 4; i++) await publish(300)
    expect([life.issued(), life.erased]).toEqual([20, []])
    for (let i = 0; i < 6; i++) await publish(300)
    expect([life.keyring.held.length, life.erased]).toEqual([24, [digestOf(1), digestOf(2)]])
  })

  test('whose certificate ends early, and is shown again at every asking, is followed a few times and not ever more often', async () => {
    const life = testLife()
    life.registry.end = START + 3 * HOUR
    for (; life.clock.now < START + 3 * HOUR; life.clock.now += 2) await life.lifecycle.work()
    // At the start; after 90, 135, 157 and 172 minutes.
    expect(life.issued()).toBe(5)
    life.registry.end = START + 6 * HOUR
    await life.lifecycle.work()
    expect([levels(life)[0], life.issued()]).toEqual(['development', 6])
  })

  test('is erased when the node stops, as is one whose registration is under way', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.clock.now += LIFE / 2
    life.registry.fate = 'swallowed'
    await life.lifecycle.work()
    life.lifecycle.end()
    expect(life.erased.sort()).toEqual([digestOf(1), digestOf(2)])
  })
})

describe('a clock that is wrong', () => {
  test.each([13 * HOUR, 25 * HOUR, 400 * 24 * HOUR])('%d seconds ahead has nothing registered, and is waited for', async (ahead) => {
    const life = testLife()
    await life.lifecycle.work()
    life.clock.ahead = ahead
    for (let i = 0; i < 50; i++) {
      life.clock.now += 2
      await life.lifecycle.work()
    }
    expect([life.issued(), life.lifecycle.status.trouble?.code]).toEqual([1, 'NODE_CLOCK_SKEW'])
    // It failed five times: at 2, 7, 17, 37 and 77 seconds.
    expect(life.lifecycle.failedTries).toBe(5)
  })

  test('keeps no try waiting once it is right', async () => {
    const life = testLife()
    life.clock.ahead = 400 * 24 * HOUR
    await life.lifecycle.work()
    expect(life.lifecycle.status.trouble?.code).toBe('NODE_CLOCK_SKEW')
    life.clock.ahead = 0
    life.clock.now += 5
    await life.lifecycle.work()
    expect(life.lifecycle.status).toEqual({ phase: 'live', failures: 0 })
    life.models.push(MODEL_B)
    life.clock.ahead = 100
    await life.lifecycle.work()
    life.clock.ahead = -100
    life.clock.now += 5
    await life.lifecycle.work()
    expect(life.issued()).toBe(2)
  })
})

describe('a newer registration that this folder does not know', () => {
  test('stops a copy of the node from signing with an older keyset, until it is over', async () => {
    const life = testLife()
    await life.lifecycle.work()
    life.registry.put(digestOf(99), HOUR)
    await life.lifecycle.work()
    expect([levels(life)[0], life.erased]).toEqual([undefined, [digestOf(1)]])
    expect(life.lifecycle.status.trouble).toMatchObject({ code: 'NODE_ROLLBACK', details: { keyset: digestOf(99) } })
    for (; life.clock.now < START + HOUR; life.clock.now += 600) {
      await life.lifecycle.work()
      expect([life.issued(), levels(life)[0]]).toEqual([1, undefined])
    }
    await life.lifecycle.work()
    expect([life.issued(), levels(life)[0]]).toEqual([2, 'development'])
  })

  test('does not stop a node that was restarted over its own folder', async () => {
    const life = testLife()
    life.known.add(digestOf(50))
    life.registry.put(digestOf(50))
    await life.lifecycle.work()
    expect([life.keyring.current(life.clock.now)?.issued.digest, life.lifecycle.status.phase]).toEqual([digestOf(1), 'live'])
  })
})
