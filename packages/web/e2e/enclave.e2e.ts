import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { base64, canonicalJson, fromBase64, parseBundle, parseCmw, parseKeyset, utf8 } from '@opengradient/protocol'
import { deriveSealKey, openRequest } from '@opengradient/protocol/seal'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildScript, serve, startChromium } from './browser.ts'

const VECTOR = new URL('../../../vectors/valid/085-tee-development.json', import.meta.url)
const tee = parseBundle(utf8(canonicalJson((JSON.parse(readFileSync(VECTOR, 'utf8')) as { bundle: unknown }).bundle))).tee!

let folder: string
let server: Awaited<ReturnType<typeof serve>>
let browser: Browser
let page: Page

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'og-enclave-'))
  await buildScript(fileURLToPath(new URL('enclave.entry.ts', import.meta.url)), folder)
  writeFileSync(join(folder, 'index.html'), '<!doctype html><meta charset="utf-8"><script src="./tests.js"></script>')
  server = await serve(folder, () => undefined)
  browser = await startChromium()
  page = await browser.newPage()
  await page.goto(server.url)
})

afterAll(async () => {
  await browser?.close()
  server?.close()
  if (folder) rmSync(folder, { recursive: true })
})

const id = (byte: string) => `0x${byte.repeat(32)}` as const
const ABOUT = {
  keysetDigest: id('01'),
  method: 'POST',
  path: '/v2/models/m/infer',
  contentType: 'application/json',
  modelId: id('02'),
  requestId: id('03'),
  paymentId: id('04'),
}

it('Chromium judges evidence as everybody does, and refuses it with one byte changed', async () => {
  const { keyset } = parseCmw(tee.cmw)
  const { chainId, node, notBefore } = parseKeyset(keyset)
  const judge = (flip: boolean) =>
    page.evaluate(
      async ({ cmw, policy, roots, chainId, node, now, flip }) => {
        const { judgeAttestation, parsePolicy, rootsForDevelopment, VENDOR_ROOTS, fromBase64, parseCmw } = window.enclave
        const envelope = parseCmw(fromBase64(cmw))
        const evidence = envelope.evidence.slice()
        if (flip) evidence[evidence.length - 8]! ^= 1
        const trusts = { hardware: VENDOR_ROOTS, development: rootsForDevelopment(roots.map((root) => fromBase64(root))) }
        const options = { now, trusts, policy: parsePolicy(fromBase64(policy)), expect: { chainId: BigInt(chainId), node } }
        const { ok, level, code } = await judgeAttestation({ ...envelope, evidence }, options)
        return { ok, level, code }
      },
      {
        cmw: base64(tee.cmw),
        policy: base64(tee.policy!),
        roots: tee.developmentRoots!.map(base64),
        chainId: `${chainId}`,
        node,
        now: Number(notBefore) + 60,
        flip,
      },
    )
  expect(await judge(false)).toEqual({ ok: true, level: 'development', code: undefined })
  expect(await judge(true)).toEqual({ ok: false, level: 'none', code: 'SIGNATURE_INVALID' })
})

it('Chromium seals a request that an enclave on Node opens, and opens its answer and no other', async () => {
  const key = await deriveSealKey(new Uint8Array(32).fill(9))
  const sealed = await page.evaluate(
    async ({ about, hpke }) => {
      const sealer = new window.enclave.RequestSealer(
        () => performance.now() / 1000,
        (length) => crypto.getRandomValues(new Uint8Array(length)),
      )
      const ask = (text: string) => sealer.seal({ ...about, keyset: { hpke }, body: new TextEncoder().encode(text) })
      const made = await ask('question')
      window.sealed = made
      window.another = await ask('another')
      return { header: made.headers['og-seal'], body: window.enclave.base64(made.body), salts: made.salts }
    },
    { about: ABOUT, hpke: key.publicKey },
  )
  const opened = await openRequest(key, { ...ABOUT, seal: sealed.header, body: fromBase64(sealed.body) })
  expect([new TextDecoder().decode(opened.body), opened.salts]).toEqual(['question', sealed.salts])
  const frames = await (await opened.respond(new Uint8Array(32).fill(5))).seal(utf8('answer'), true)
  const open = (bytes: Uint8Array, by: 'sealed' | 'another' = 'sealed') =>
    page.evaluate(
      ({ text, by }) =>
        window[by].open(window.enclave.fromBase64(text)).then(
          (body) => new TextDecoder().decode(body),
          (error: { code: string }) => error.code,
        ),
      { text: base64(bytes), by },
    )
  expect(await open(frames)).toBe('answer')
  expect(await open(frames, 'another')).toBe('CHANNEL_MISMATCH')
  expect(await open(frames.subarray(0, -1))).toBe('CHANNEL_TRUNCATED')
  expect(await open(frames.map((byte, i) => (i === 60 ? byte ^ 1 : byte)))).toBe('CHANNEL_MISMATCH')
})

declare global {
  interface Window {
    enclave: typeof import('./enclave.entry.ts').enclave
    sealed: import('@opengradient/protocol/seal').SealedRequest
    /** Of the same session. */
    another: import('@opengradient/protocol/seal').SealedRequest
  }
}
