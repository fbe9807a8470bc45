import { readFileSync } from 'node:fs'
import {
  addressOf,
  type Bundle,
  canonicalJson,
  encodeBundle,
  encodeNetworkFile,
  parseBundle,
  receiptHash,
  responseHashOf,
  signDigest,
  utf8,
} from '@opengradient/protocol'
import { expect, onTestFinished, test } from 'vitest'
import type { BundleVector } from '../../../verifier/test/vectors/build.ts'
import { InProcess } from '../attestation/og.testkit.ts'

const vector = JSON.parse(
  readFileSync(new URL('../../../../vectors/valid/001-paid-and-settled.json', import.meta.url), 'utf8'),
) as BundleVector & { bundle: object }

function home(): InProcess {
  const made = new InProcess(vector.now * 1000)
  onTestFinished(() => made.remove())
  made.file('net.json', encodeNetworkFile({ name: 'vectors', ...vector.trust, rpcUrls: [] }))
  return made
}

/** An answer that nobody gave, signed by a key that nobody knows, without a word from any chain. */
function madeUp(): Uint8Array {
  const { chain: _chain, inclusion: _inclusion, ...rest } = parseBundle(utf8(canonicalJson(vector.bundle)))
  const response = { ...rest.response!, body: utf8('{"outputs":"whatever I like"}') }
  const receipt = { ...rest.receipt, responseHash: responseHashOf(response.body) }
  const key = new Uint8Array(32).fill(7)
  const hash = receiptHash(receipt, { chainId: BigInt(rest.network.chainId), settlement: rest.network.settlement })
  const bundle: Bundle = { ...rest, receipt, response, signer: addressOf(key), signature: signDigest(hash, key) }
  return encodeBundle(bundle)
}

test('a bundle does not lower what is asked of it: without chain evidence it is refused, unless hashes and signature are all that is wanted', async () => {
  const place = home()
  place.file('forged.json', madeUp())
  const { code, out } = await place.og('verify', 'forged.json', '--network', './net.json')
  expect(code).toBe(1)
  expect(out).toMatch(/^REFUSED: .*operator\.registered/)
  expect(out).toContain('--policy archive')
  const asked = await place.og('verify', 'forged.json', '--network', './net.json', '--policy', 'archive')
  expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^CONSISTENT, level none/) })
})

test('a bundle with its evidence is accepted without another word', async () => {
  const place = home()
  place.file('answer.json', canonicalJson(vector.bundle))
  const { code, out } = await place.og('verify', 'answer.json', '--network', './net.json')
  expect([code, out.split('\n')[0]]).toEqual([0, 'VERIFIED at level signature'])
})

test('hashes and signature are checked without any network file', async () => {
  const place = home()
  place.file('answer.json', canonicalJson(vector.bundle))
  expect(await place.og('verify', 'answer.json', '--policy', 'archive')).toMatchObject({ code: 0 })
})

test('a file that does not end is not read to its end', async () => {
  const { code, err } = await home().og('verify', '/dev/zero', '--network', './net.json')
  expect(code).toBe(2)
  expect(err).toMatch(/cannot read \/dev\/zero/)
})
