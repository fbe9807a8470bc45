import { ADDRESSES, modelsAbi } from '@opengradient/contracts'
import { type Address, modelIdFromHash, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { encode, eventsNamed, read, refusal, write } from './calls.ts'
import { createWorld, type World } from './harness.ts'
import { hashOf, type Publication, publishing } from './scenario.ts'

const alice: Address = '0x00000000000000000000000000000000000a11ce'
const mallory: Address = '0x00000000000000000000000000000000000bad00'

let world: World
beforeEach(async () => {
  world = await createWorld()
})

const models = { abi: modelsAbi, to: ADDRESSES.models } as const
const publish = (p: Partial<Publication> = {}, from = alice) =>
  publishing(from, { name: 'alice/volatility', manifestHash: hashOf('manifest'), ...p })
const withdrawing = (name: string, version: number, from = alice) => ({ ...models, name: 'withdraw', args: [name, version], from }) as const
const resolve = (name: string) => read(world, { ...models, name: 'resolve', args: [name] })

describe('publishing', () => {
  test('computes the modelId from author and manifest, and keeps the terms', async () => {
    const modelId = modelIdFromHash(alice, hashOf('manifest'))
    const call = publish({ royaltyBps: 500, minRoyalty: 100n })
    expect(await read(world, call)).toBe(modelId)
    const outcome = await write(world, call)
    expect(await read(world, { ...models, name: 'model', args: [modelId] })).toEqual({
      author: alice,
      royaltyBps: 500,
      parentShareBps: 0,
      publishedAt: world.now(),
      manifestHash: hashOf('manifest'),
      minRoyalty: 100n,
      parent: ZERO_HASH,
    })
    expect(await read(world, { ...models, name: 'terms', args: [modelId] })).toEqual([alice, 500, 100n, ZERO_ADDRESS, 0])
    expect(eventsNamed(outcome, 'NameClaimed')).toEqual([{ owner: 'alice', account: alice }])
    expect(eventsNamed(outcome, 'Published')).toEqual([
      { modelId, name: 'alice/volatility', author: alice, manifestHash: hashOf('manifest'), version: 1 },
    ])
  })

  test('the manifest of another author gives another modelId', async () => {
    await write(world, publish())
    const copy = publish({ name: 'mallory/volatility' }, mallory)
    expect(await read(world, copy)).not.toBe(modelIdFromHash(alice, hashOf('manifest')))
    await write(world, copy)
    expect((await resolve('alice/volatility'))[0]).toBe(modelIdFromHash(alice, hashOf('manifest')))
  })

  test('an owner part belongs to the account that used it first', async () => {
    await write(world, publish())
    expect(await refusal(world, publish({ name: 'alice/other' }, mallory))).toBe(`NameTaken(${alice})`)
    expect(await read(world, { ...models, name: 'ownerOf', args: ['alice'] })).toBe(alice)
    expect(await read(world, { ...models, name: 'ownerOf', args: ['mallory'] })).toBe(ZERO_ADDRESS)
    // A failed publication claims nothing.
    expect(await refusal(world, publish({ name: 'mallory/x', royaltyBps: 5001 }, mallory))).toBe('BadTerms()')
    expect(await read(world, { ...models, name: 'ownerOf', args: ['mallory'] })).toBe(ZERO_ADDRESS)
  })

  test('refuses terms out of bounds, at the bound', async () => {
    expect(await refusal(world, publish({ royaltyBps: 5001 }))).toBe('BadTerms()')
    expect(await refusal(world, publish({ minRoyalty: 10n ** 27n + 1n }))).toBe('BadTerms()')
    expect(await refusal(world, publish({ parentShareBps: 1 }))).toBe('BadTerms()')
    expect(await refusal(world, publish({ manifestHash: ZERO_HASH }))).toBe('NoManifest()')
    const parent = modelIdFromHash(alice, hashOf('manifest'))
    await write(world, publish({ royaltyBps: 5000, minRoyalty: 10n ** 27n }))
    expect(await refusal(world, publish({ manifestHash: hashOf('child'), parent, parentShareBps: 5001 }))).toBe('BadTerms()')
    await write(world, publish({ manifestHash: hashOf('child'), parent, parentShareBps: 5000 }))
  })
})

describe('parents', () => {
  test('are published before their children, by anybody', async () => {
    const parent = modelIdFromHash(alice, hashOf('manifest'))
    const child = publish({ name: 'bob/tuned', manifestHash: hashOf('child'), parent, parentShareBps: 100 }, mallory)
    expect(await refusal(world, child)).toBe(`UnknownParent(${parent})`)
    await write(world, publish())
    await write(world, child)
    const id = modelIdFromHash(mallory, hashOf('child'))
    expect(await read(world, { ...models, name: 'terms', args: [id] })).toEqual([mallory, 0, 0n, alice, 100])
  })

  test('are never the model itself', async () => {
    const self = modelIdFromHash(alice, hashOf('manifest'))
    expect(await refusal(world, publish({ parent: self, parentShareBps: 1 }))).toBe(`UnknownParent(${self})`)
    await write(world, publish())
    expect(await refusal(world, publish({ parent: self, parentShareBps: 1 }))).toBe(`TermsAreFixed(${self})`)
  })

  test('share with their children only: a grandparent gets nothing', async () => {
    const first = modelIdFromHash(alice, hashOf('manifest'))
    await write(world, publish({ royaltyBps: 5000 }))
    await write(world, publish({ name: 'bob/a', manifestHash: hashOf('a'), parent: first, parentShareBps: 5000 }, mallory))
    const second = modelIdFromHash(mallory, hashOf('a'))
    const carol: Address = '0x00000000000000000000000000000000000ca401'
    await write(world, publish({ name: 'carol/b', manifestHash: hashOf('b'), parent: second, parentShareBps: 5000 }, carol))
    expect((await read(world, { ...models, name: 'terms', args: [modelIdFromHash(carol, hashOf('b'))] }))[3]).toBe(mallory)
  })
})

describe('versions', () => {
  test('are appended, and the newest is what a name means', async () => {
    await write(world, publish())
    await write(world, publish({ manifestHash: hashOf('second') }))
    const [one, two] = [modelIdFromHash(alice, hashOf('manifest')), modelIdFromHash(alice, hashOf('second'))]
    expect(await resolve('alice/volatility')).toEqual([two, 2, false])
    expect(await read(world, { ...models, name: 'versionCount', args: ['alice/volatility'] })).toBe(2)
    expect(await read(world, { ...models, name: 'versionAt', args: ['alice/volatility', 1] })).toEqual([one, false])
    expect(await read(world, { ...models, name: 'nameCount', args: [] })).toBe(1n)
    expect(await read(world, { ...models, name: 'nameAt', args: [0n] })).toBe('alice/volatility')
  })

  test('withdrawn ones stay what a name means: it never points back by itself', async () => {
    await write(world, publish())
    await write(world, publish({ manifestHash: hashOf('second') }))
    const two = modelIdFromHash(alice, hashOf('second'))
    const outcome = await write(world, withdrawing('alice/volatility', 2))
    expect(eventsNamed(outcome, 'Withdrawn')).toEqual([{ modelId: two, name: 'alice/volatility', version: 2 }])
    expect(await resolve('alice/volatility')).toEqual([two, 2, true])
  })

  test('can bring an old manifest back, on the author’s word and under the same terms', async () => {
    const one = modelIdFromHash(alice, hashOf('manifest'))
    await write(world, publish({ royaltyBps: 100 }))
    const published = world.now()
    await write(world, publish({ manifestHash: hashOf('second') }))
    world.advance(1000)
    expect(await refusal(world, publish({ royaltyBps: 101 }))).toBe(`TermsAreFixed(${one})`)
    expect(await refusal(world, publish({ royaltyBps: 100, minRoyalty: 1n }))).toBe(`TermsAreFixed(${one})`)
    await write(world, publish({ royaltyBps: 100 }))
    expect(await resolve('alice/volatility')).toEqual([one, 3, false])
    expect((await read(world, { ...models, name: 'model', args: [one] })).publishedAt).toBe(published)
    await write(world, publish({ name: 'alice/second-name', royaltyBps: 100 }))
    expect(await resolve('alice/second-name')).toEqual([one, 1, false])
    expect(await read(world, { ...models, name: 'nameCount', args: [] })).toBe(2n)
    expect(await read(world, { ...models, name: 'nameAt', args: [1n] })).toBe('alice/second-name')
  })

  test('of a child bring it back with the same parent and the same share alone', async () => {
    for (const name of ['one', 'two']) await write(world, publish({ name: `alice/${name}`, manifestHash: hashOf(name) }))
    const [one, two] = [modelIdFromHash(alice, hashOf('one')), modelIdFromHash(alice, hashOf('two'))]
    const terms = { parent: one, parentShareBps: 100 }
    const id = modelIdFromHash(alice, hashOf('manifest'))
    await write(world, publish(terms))
    for (const other of [{ parent: two }, { parentShareBps: 99 }, { parent: ZERO_HASH, parentShareBps: 0 }])
      expect(await refusal(world, publish({ ...terms, ...other }))).toBe(`TermsAreFixed(${id})`)
    await write(world, publish(terms))
  })

  test('are withdrawn by their owner, once, if they exist', async () => {
    await write(world, publish())
    expect(await refusal(world, withdrawing('alice/volatility', 1, mallory))).toBe(`NameTaken(${alice})`)
    expect(await refusal(world, withdrawing('alice/volatility', 0))).toBe('UnknownVersion()')
    expect(await refusal(world, withdrawing('alice/volatility', 2))).toBe('UnknownVersion()')
    expect(await refusal(world, withdrawing('alice/other', 1))).toBe('UnknownVersion()')
    await write(world, withdrawing('alice/volatility', 1))
    expect(await refusal(world, withdrawing('alice/volatility', 1))).toBe('AlreadyWithdrawn()')
  })

  test('of an unknown name are an error, and none', async () => {
    expect(await refusal(world, { ...models, name: 'resolve', args: ['alice/nothing'] })).toBe('UnknownVersion()')
    expect(await read(world, { ...models, name: 'versionCount', args: ['alice/nothing'] })).toBe(0)
  })
})

describe('names', () => {
  const good = ['a/b', 'a1/0', 'a-b/x.y_z-1', `${'a'.repeat(39)}/${'b'.repeat(96)}`, 'a--b/c..d', '0/1']
  const bad = [
    '',
    '/',
    'a',
    'a/',
    '/b',
    'a/b/c',
    'A/b',
    'a/B',
    'a b/c',
    'a/b c',
    'a_b/c',
    'a.b/c',
    '-a/b',
    'a-/b',
    'a/.b',
    'a/b.',
    'a/.',
    'a/..',
    'a/-b',
    'a/_b',
    '../b',
    'а/b', // Cyrillic
    'a/b\u0000',
    'a/b\n',
    'a/é',
    'a／b', // full-width slash
    'a\\b',
    `${'a'.repeat(40)}/b`,
    `a/${'b'.repeat(97)}`,
    `${'a'.repeat(136)}`,
    `a/${'b'.repeat(5000)}`,
  ]

  test.each(good)('%j is one', async (name) => {
    await write(world, publish({ name }))
  })

  test.each(bad)('%j is none', async (name) => {
    expect(await refusal(world, publish({ name }))).toBe('BadName()')
  })

  test('allow exactly the characters they say, by comparison with the grammar', async () => {
    const owner = /^[a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])?$/
    const model = /^[a-z0-9](?:[a-z0-9._-]{0,94}[a-z0-9])?$/
    for (let code = 0; code < 128; code++) {
      const char = String.fromCharCode(code)
      for (const [name, fits] of [
        [`a${char}a/b`, owner.test(`a${char}a`)],
        [`a/b${char}b`, model.test(`b${char}b`)],
        [`${char}/b`, owner.test(char)],
        [`a/${char}`, model.test(char)],
      ] as const) {
        const outcome = await world.peek({ from: alice, to: ADDRESSES.models, data: encode(publish({ name })) })
        // `a/a/b` and the like: the first slash splits.
        expect(outcome.ok, JSON.stringify(name)).toBe(fits)
      }
    }
  })
})
