import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { type LightBlock, MAX_TRAIL, MAX_VALIDATORS } from '../light/cometbft/lightBlock.ts'
import { MAX_CMW_BYTES } from '../tee/cmw/schema.ts'
import { lightBlock, signer } from '../testkit/comet.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aBundle, hashOf } from '../testkit/samples.testkit.ts'
import { type Bundle, MAX_BUNDLE_BYTES } from './bundle.ts'
import { encodeBundle, parseBundle } from './codec.ts'

type Path = (string | number)[]

const bytes = encodeBundle(aBundle())
const text = new TextDecoder().decode(bytes)

/** The sample bundle in JSON with the value at `path` replaced; `undefined` removes it. */
function changed(path: Path, value: unknown): Uint8Array {
  const json: unknown = JSON.parse(text)
  let at = json as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
  at[path.at(-1)!] = value
  return utf8(JSON.stringify(json))
}

describe('a bundle', () => {
  it('comes back as it was, with every part', () => {
    expect(parseBundle(bytes)).toEqual(aBundle())
  })

  it.each(['request', 'response', 'payment', 'inclusion', 'chain'] as const)('comes back without %s, which may be withheld', (part) => {
    const bundle = aBundle()
    delete bundle[part]
    const read = parseBundle(encodeBundle(bundle))
    expect(read).toEqual(bundle)
    expect(read).not.toHaveProperty(part)
  })

  it('comes back with the parts of an answer from an enclave', () => {
    const bundle: Bundle = {
      ...aBundle(),
      tee: { cmw: utf8('{"__cmwc_t":"x"}'), policy: utf8('{}'), developmentRoots: [Uint8Array.of(0x30, 0)] },
      seal: { requestSalt: hashOf('request salt'), responseSalt: hashOf('response salt') },
    }
    expect(parseBundle(encodeBundle(bundle))).toEqual(bundle)
    const { cmw } = bundle.tee!
    const least = { ...bundle, tee: { cmw } }
    expect(parseBundle(encodeBundle(least))).toEqual(least)
    refusal(() => encodeBundle({ ...bundle, tee: { cmw, developmentRoots: [] } }), 'BUNDLE_MALFORMED')
    refusal(() => encodeBundle({ ...bundle, tee: { cmw, developmentRoots: Array(17).fill(cmw) } }), 'BUNDLE_MALFORMED')
    refusal(() => encodeBundle({ ...bundle, tee: { cmw: new Uint8Array(MAX_CMW_BYTES + 4) } }), 'BUNDLE_MALFORMED')
    refusal(() => parseBundle(changed(['seal'], { requestSalt: hashOf('one') })), 'BUNDLE_MALFORMED')
    refusal(() => parseBundle(changed(['tee'], { cmw: 'AA==', extra: 1 })), 'BUNDLE_MALFORMED')
  })

  it('keeps bodies byte for byte, whatever they hold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(1000), (body, headerLength) => {
        const bundle: Bundle = {
          ...aBundle(),
          request: { method: 'POST', path: '/infer', contentType: 'application/octet-stream', headerLength, body },
        }
        expect(parseBundle(encodeBundle(bundle)).request).toEqual(bundle.request)
      }),
      { numRuns: 20 },
    )
  })

  it('has one encoding: what it is read as is written the same', () => {
    expect(encodeBundle(parseBundle(bytes))).toEqual(bytes)
    const shuffled = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()), null, 2)
    expect(encodeBundle(parseBundle(utf8(shuffled)))).toEqual(bytes)
  })

  it('holds bytes as base64 and wei as decimal strings', () => {
    const json = JSON.parse(text)
    expect(json.execution).toBe(Buffer.from(aBundle().execution).toString('base64'))
    expect(json.request.body).toBe(Buffer.from(aBundle().request!.body).toString('base64'))
    expect(json.receipt.price).toBe('2000000000000000')
    expect(json.inclusion.batch.total).toBe('6000000000000000')
  })

  it('of a CometBFT network is read and written, with as many validators and light blocks as there may be', () => {
    const { header, commit, validators } = lightBlock({ chainId: 'og-5', height: 9, time: 5n, signers: [signer('a', 1)] })
    const most: LightBlock = {
      header,
      commit: { ...commit, signatures: new Array(MAX_VALIDATORS).fill(commit.signatures[0]) },
      validators: new Array(MAX_VALIDATORS).fill(validators[0]),
    }
    const bundle = aBundle()
    bundle.chain!.commit = { kind: 'cometbft', block: most, trail: new Array(MAX_TRAIL).fill(most) }
    expect(parseBundle(encodeBundle(bundle))).toEqual(bundle)
  })

  it('of several megabytes is read and written', () => {
    const bundle: Bundle = { ...aBundle(), response: { contentType: 'application/octet-stream', body: new Uint8Array(5_000_000).fill(7) } }
    expect(parseBundle(encodeBundle(bundle)).response!.body).toHaveLength(5_000_000)
  })
})

describe('a bundle is refused with', () => {
  it.each<[string, Path, unknown]>([
    ['an unknown key', ['trust'], {}],
    ['an unknown key in the receipt', ['receipt', 'extra'], 1],
    ['an unknown key in the chain evidence', ['chain', 'validators'], []],
    ['a version that is text', ['version'], '1'],
    ['no version', ['version'], undefined],
    ['no receipt', ['receipt'], undefined],
    ['null for a part that is withheld', ['request'], null],
    ['no network', ['network'], undefined],
    ['a chain id as text', ['network', 'chainId'], '5'],
    ['a chain id of zero', ['network', 'chainId'], 0],
    ['a checksummed address', ['network', 'settlement'], '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826'],
    ['a short signature', ['signature'], '0x1234'],
    ['upper-case hex', ['receipt', 'modelId'], hashOf('m').toUpperCase().replace('0X', '0x')],
    ['a price as number', ['receipt', 'price'], 5],
    ['base64 without padding', ['execution'], 'e30'],
    ['base64 with a line feed', ['execution'], 'e30=\n'],
    ['base64url', ['manifest'], '_-8='],
    ['a method in lower case', ['request', 'method'], 'post'],
    ['a path that is a URL', ['request', 'path'], 'http://node/infer'],
    ['a content type with a line feed', ['request', 'contentType'], 'a\nb'],
    ['a negative header length', ['request', 'headerLength'], -1],
    ['a body as array', ['response', 'body'], [1, 2]],
    ['an unknown scheme', ['payment', 'scheme'], 'upto'],
    ['a payment value beyond 256 bits', ['payment', 'value'], (1n << 256n).toString()],
    ['a nonce of 31 bytes', ['payment', 'nonce'], `0x${'00'.repeat(31)}`],
    ['a path of 33 steps', ['inclusion', 'path'], new Array(33).fill(hashOf('x'))],
    ['a batch without leaves', ['inclusion', 'batch', 'count'], 0],
    ['an unknown commit', ['chain', 'commit', 'kind'], 'comet'],
    ['a header of 3,000 bytes', ['chain', 'header'], `0x${'00'.repeat(3000)}`],
    ['seventeen accounts', ['chain', 'accounts'], new Array(17).fill(JSON.parse(text).chain.accounts[0])],
    ['a proof of 66 nodes', ['chain', 'accounts', 0, 'proof'], new Array(66).fill('0x80')],
    ['a proof node of 3,000 bytes', ['chain', 'accounts', 0, 'proof', 0], `0x${'00'.repeat(3000)}`],
    ['65 slots', ['chain', 'accounts', 0, 'storage'], new Array(65).fill(JSON.parse(text).chain.accounts[0].storage[0])],
    ['a short slot', ['chain', 'accounts', 0, 'storage', 0, 'slot'], '0x01'],
    ['a history path of 64 steps', ['chain', 'history', 'path'], new Array(64).fill(hashOf('x'))],
  ])('%s', (_, path, value) => {
    const error = refusal(() => parseBundle(changed(path, value)), 'BUNDLE_MALFORMED')
    expect(error.message).toMatch(/^bundle/)
  })

  it('a version of the future, saying so', () => {
    expect(refusal(() => parseBundle(changed(['version'], 2)), 'BUNDLE_VERSION').details).toEqual({ version: 2 })
  })

  it('the same key twice', () => {
    refusal(() => parseBundle(utf8(text.replace('"version":1', '"version":1,"version":1'))), 'JSON_DUPLICATE_KEY')
  })

  it('more than 64 MiB, before anything is read', () => {
    refusal(() => parseBundle(new Uint8Array(MAX_BUNDLE_BYTES + 1)), 'BUNDLE_TOO_LARGE')
    refusal(() => parseBundle(new Uint8Array(MAX_BUNDLE_BYTES)), 'JSON_SYNTAX')
  })

  it.each(['', 'null', '5', '[]', '"bundle"', '{}'])('%j in its place', (json) => {
    refusal(() => parseBundle(utf8(json)), 'BUNDLE_MALFORMED', 'JSON_SYNTAX')
  })

  it('any byte changed, or it is read as another bundle: nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        try {
          const read = parseBundle(bytes.with(at, byte))
          if (byte !== bytes[at]) expect(encodeBundle(read)).not.toEqual(bytes)
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('encodeBundle refuses', () => {
  it.each<[string, object]>([
    ['a part that is missing', { receipt: undefined }],
    ['a price below zero', { receipt: { ...aBundle().receipt, price: -1n } }],
    ['an upper-case address', { signer: `0x${'AB'.repeat(20)}` }],
    ['bytes that are none', { execution: 'text' }],
    ['a body over 48 MiB', { response: { contentType: '', body: new Uint8Array(48 * 1024 * 1024 + 1) } }],
  ])('%s', (_, change) => {
    refusal(() => encodeBundle({ ...aBundle(), ...change } as Bundle), 'BUNDLE_MALFORMED')
  })

  it('bodies that are too large together', () => {
    const body = new Uint8Array(30 * 1024 * 1024)
    const bundle: Bundle = { ...aBundle(), response: { contentType: '', body }, request: { ...aBundle().request!, body } }
    expect(refusal(() => encodeBundle(bundle), 'BUNDLE_TOO_LARGE').message).toContain('Withhold the bodies')
  })
})
