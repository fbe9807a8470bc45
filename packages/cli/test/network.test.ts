import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bytesToHex, DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decryptKey, parseKeystore } from '../src/account/keystore.ts'
import { contextOf } from '../src/context.ts'
import { CHECKS } from '../src/doctor/checks.ts'
import { homeAt } from '../src/home/paths.ts'
import { processIo } from '../src/io.ts'
import { freePortBase, Home, type Staying } from './og.testkit.ts'

const MODEL = 'opengradient/volatility'
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))
const SAMPLE = join(REPOSITORY, 'models', 'credit_logistic_12/')
const KILLER = fileURLToPath(new URL('./killer.cjs', import.meta.url))
const PASSWORD = 'a password that nobody may print'
const KEY = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'

/** What the book keeps of a request. */
interface Kept {
  secret: string
  seal?: { state: { responseSecret: string }; salts: { requestSalt: string } }
}

let home: Home
let network: Staying
let portBase: string

beforeAll(async () => {
  home = new Home()
  // Every process of the network notes to whom it connects.
  const spy = home.path('spy.cjs')
  writeFileSync(
    spy,
    `const net = require('node:net'), fs = require('node:fs'), connect = net.Socket.prototype.connect
     net.Socket.prototype.connect = function (...args) {
       const [first] = Array.isArray(args[0]) ? args[0] : args
       const host = typeof first === 'object' && first !== null ? first.path ?? first.host ?? 'localhost' : typeof args[1] === 'string' ? args[1] : 'localhost'
       fs.appendFileSync(${JSON.stringify(home.path('connections'))}, host + '\\n')
       return connect.apply(this, args)
     }`,
  )
  home.env.NODE_OPTIONS = `--require "${spy}"`
  writeFileSync(home.path('password'), `${PASSWORD}\n`)
  appendFileSync(home.path('connections'), '')
  portBase = await freePortBase()
  // A network of whoever runs the tests has the usual ports, and `og doctor` would name it.
  await home.json('config', 'portBase', portBase)
  network = await home.start(/^stop: /m, 'up', '--port-base', portBase)
})

afterAll(async () => {
  home.alone('down')
  network.child.kill('SIGKILL')
  home.remove()
})

/** Waits until the payment of a request of level zk is there. */
async function held(requestId: string, status: string): Promise<void> {
  await until(async () => {
    const [entry] = await home.json<{ held?: { status: string } }[]>('receipts', requestId)
    return entry?.held?.status === status
  }, `the payment is ${status}`)
}

/** The ids of the latest requests: the book has each before anything is sent or paid. */
const requested = async () => (await home.json<{ requestId: string }[]>('receipts')).map(({ requestId }) => requestId).sort()

describe('a network that is up', () => {
  test('the first screen shows a verified answer and a refused lie, in 30 lines of 80 columns', () => {
    const lines = network.text().trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(30)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    expect(network.text()).toContain('VERIFIED at level signature')
    expect(network.text()).toMatch(/REFUSED the same answer with one byte changed:\nFAIL {2}response\.unaltered +RESPONSE_HASH_MISMATCH/)
  })

  test('status says that it is up, and exits with 0', async () => {
    expect(await statusOfNetwork()).toMatchObject({ up: true, healthy: true })
  })

  test.each([[[]], [['--detach']]])('a second up in the same home is refused with the remedy (%s)', (more) => {
    const said = home.alone('up', '--port-base', portBase, ...more)
    expect(said.code).toBe(2)
    expect(said.err).toContain('og down')
  })

  test('an answer is asked, kept, settled, bundled and verified', async () => {
    const { requestId, verdict, outputs } = await home.json<{ requestId: string; verdict: { ok: boolean }; outputs: object }>(
      'infer',
      MODEL,
      '--example',
    )
    expect(verdict.ok).toBe(true)
    expect(Object.keys(outputs)).toEqual(['output'])
    expect(await home.json('bundle', requestId, '-o', 'answer.json', '--wait')).toMatchObject({ settled: true })
    expect(await home.json('verify', 'answer.json')).toMatchObject({ ok: true, level: 'signature', policy: 'settled' })
    const piped = await home.og('bundle', requestId, '-o', '-')
    expect([piped.code, piped.out, piped.err]).toEqual([0, readFileSync(home.path('answer.json'), 'utf8'), ''])
    for (const args of [
      ['bundle', requestId, '-o', '-', '--json'],
      ['infer', MODEL, '--example', '-o', '-'],
      ['recover', requestId, '-o', '-'],
    ])
      expect(await home.og(...args)).toMatchObject({ code: 2 })
    expect(existsSync(home.path('-'))).toBe(false)
    expect(await home.json('verify', 'answer.json', '--request-id', requestId)).toMatchObject({ ok: true })
    expect((await home.json<{ requestId: string; settledFor: string }[]>('receipts'))[0]).toMatchObject({
      requestId,
      settledFor: expect.stringMatching(/^0x/),
    })
  })

  test("the README's example in TypeScript runs as it stands", () => {
    const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(REPOSITORY, 'README.md'), 'utf8')) ?? []
    const folder = join(REPOSITORY, '.build', 'readme')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'example.mjs'), example as string)
    const said = execFileSync(process.execPath, [join(folder, 'example.mjs')], { encoding: 'utf8', env: home.env })
    expect(said).toMatch(/^Float32Array\(1\) \[.*\] 2000000000000000n true\n$/)
  })

  test('inputs come from a file or from standard input, as plain JSON or as an Open Inference Protocol body', async () => {
    const row = Array.from({ length: 16 }, (_, i) => i / 10)
    writeFileSync(home.path('plain.json'), JSON.stringify({ input: [row] }))
    writeFileSync(home.path('oip.json'), JSON.stringify({ inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 16], data: row }] }))
    const asked = (file: string) => home.json<{ outputs: { output: { data: number[] } } }>('infer', MODEL, '-i', file)
    const [plain, oip] = [await asked('plain.json'), await asked('oip.json')]
    expect(plain.outputs.output.data).toHaveLength(1)
    expect(oip.outputs.output.data).toEqual(plain.outputs.output.data)
  })

  test('an og infer that is killed at any step leaves files that are whole, and asking again gives its answer, paid once', async () => {
    const [offer] = (await home.json<{ offers: { price: string }[] }>('models', 'show', MODEL)).offers
    const price = BigInt(offer?.price ?? 0)
    // What was paid for before has left the account.
    for (const id of Object.keys(entries())) await settled(id)
    const before = await spending()
    const whole = killedAt(0)
    expect(whole).toMatchObject({ code: 0, steps: expect.arrayContaining(['send', 'sent', 'answered']) })
    const { outputs } = JSON.parse(whole.out) as { outputs: object }
    const answered = whole.steps.indexOf('answered') + 1
    expect(answered).toBeGreaterThan(whole.steps.indexOf('sent'))
    let runs = 1 + whole.steps.length
    for (let at = 1; at <= whole.steps.length; at++) {
      const known = new Set(Object.keys(entries()))
      expect([at, killedAt(at).code]).toEqual([at, null])
      for (const [id, entry] of Object.entries(entries())) {
        if (known.has(id) || entry.state !== 'sent') continue
        let again = await home.og('recover', id, '--json')
        for (; again.code === 4; again = await home.og('recover', id, '--json')) await new Promise((resolve) => setTimeout(resolve, 200))
        // A node that was not sent the whole request, or whose caller left while it ran, gives nothing and charges nothing.
        if (at >= answered || again.code === 0)
          expect([at, again.code, JSON.parse(again.out)]).toEqual([at, 0, expect.objectContaining({ outputs })])
        else expect([at, again.code, again.out]).toEqual([at, 3, expect.stringMatching(/NODE_REQUEST_(UNKNOWN|ABORTED)/)])
      }
      // Whoever died with the ledger's lock, or while it took over such a one, is in nobody's way.
      if (readdirSync(join(home.env.OG_HOME ?? '', 'spent')).some((name) => name.includes('.lock'))) {
        expect(await home.json('infer', MODEL, '--example')).toMatchObject({ outputs })
        runs++
      }
    }
    expect((await home.og('receipts')).code).toBe(0)
    // Nor does anything of theirs stay behind the next answer.
    await home.json('infer', MODEL, '--example', '-o', join(home.env.OG_HOME ?? '', 'answer.json'))
    runs++
    const left = readdirSync(home.env.OG_HOME ?? '', { recursive: true }).map(String)
    expect(left.filter((name) => /\.(tmp|new)$|\.lock/.test(name))).toEqual([])
    const all = entries()
    const fresh = Object.keys(all).filter((id) => !before.ids.has(id))
    const paid = fresh.filter((id) => all[id]?.state === 'answered')
    for (const id of paid) await settled(id)
    const after = await spending()
    expect(before.wopg - after.wopg).toBe(price * BigInt(paid.length))
    expect(paid.length).toBeGreaterThan(whole.steps.length - answered)
    // What was signed counts as spent, whether or not it left; nothing is forgotten.
    expect(after.promised - before.promised).toBeGreaterThanOrEqual(price * BigInt(fresh.length))
    expect(after.promised - before.promised).toBeLessThanOrEqual(price * BigInt(runs))
  })

  test('a provable model is published and asked with a proof, whose payment waits until it is challenged or accepted', async () => {
    const volatility = join(REPOSITORY, 'models', 'volatility_mlp_16_32_32_1', 'model.onnx')
    const refused = await home.og('infer', MODEL, '--example', '--level', 'zk')
    expect({ code: refused.code, err: refused.err }).toMatchObject({ code: 3, err: expect.stringContaining('POLICY_LEVEL_UNMET') })
    const published = await home.json<{ zkModelId: string }>('models', 'publish', volatility, '--name', 'carol/provable', '--zk', '--yes')
    // The node answers at level signature first, and at level zk once it has proved something itself.
    let answered = ''
    await until(async () => {
      const { code, out } = await home.og('infer', 'carol/provable', '--example', '--level', 'zk', '-o', 'proved.json', '--json')
      answered = out
      return code === 0
    })
    const { requestId, verdict } = JSON.parse(answered) as { requestId: string; verdict: { level: string } }
    expect(verdict.level).toBe('zk')
    expect(await home.json('verify', 'proved.json', '--policy', 'zk')).toMatchObject({ ok: true, level: 'zk' })
    expect(published.zkModelId).toMatch(/^0x[0-9a-f]{64}$/)
    // Without a description beside it there is no example to ask with.
    copyFileSync(volatility, home.path('bare.onnx'))
    const bare = await home.og('models', 'publish', home.path('bare.onnx'), '--name', 'carol/bare', '--zk', '--yes')
    expect(bare.out.replace(/\s+/g, ' ')).toContain('is recorded on chain: og infer carol/bare --input FILE --level zk')
    await held(requestId, 'held')
    const asked = await home.og('challenge', requestId)
    expect([asked.code, asked.err.replace(/\s+/g, ' ')]).toEqual([
      2,
      expect.stringMatching(/deposit, of which comes back.*gas is 0\.\d+ OPG at most/),
    ])
    const early = await home.og('collect', requestId, '--yes')
    expect([early.code, early.err]).toEqual([3, expect.stringMatching(/nobody\s+has\s+challenged/)])
    await home.json('challenge', requestId, '--yes')
    await held(requestId, 'released')
    expect((await home.og('challenge', requestId, '--yes')).err).toMatch(/PAYMENT_NOT_HELD: .*(released to|challenged already)/s)
    expect(await home.og('accept', requestId)).toMatchObject({ code: 3, err: expect.stringContaining('PAYMENT_NOT_HELD') })
    expect((await home.og('receipts')).out).toContain('released')
  })

  test('a request is sealed to the enclave of the local node, whose answer is development and never reads as tee', async () => {
    let said = await home.og('version')
    // The node attests after the first screen.
    await until(async () => {
      said = await home.og('infer', MODEL, '--example', '--level', 'development', '-o', 'sealed.json')
      return said.code === 0
    })
    expect(said.out).toContain('VERIFIED at level development: no hardware protection')
    expect(said.out).toMatch(/^enclave +AWS Nitro Enclave, development: no hardware protection\ncode +pcr0 0x[0-9a-f]{96}\nTCB +Unrated$/m)
    expect(await home.json('verify', 'sealed.json', '--policy', 'development')).toMatchObject({ ok: true, level: 'development' })
    for (const policy of ['tee', 'answer']) {
      const { code, out } = await home.og('verify', 'sealed.json', '--policy', policy)
      expect([policy, code, /LEVEL_DEVELOPMENT/.test(out)]).toEqual([policy, 1, true])
    }
    expect((await home.og('infer', MODEL, '--example', '--level', 'development', '--fresh')).code).toBe(0)
    writeFileSync(home.path('other-code.json'), '{"allowDevelopment":true,"measurements":[]}')
    const strict = await home.og('infer', MODEL, '--example', '--level', 'development', '--evidence-policy', 'other-code.json')
    expect({ code: strict.code, err: strict.err }).toMatchObject({ code: 3, err: expect.stringMatching(/EVIDENCE_MEASUREMENT_UNKNOWN/) })
    const { code, err } = await home.og('infer', MODEL, '--example', '--level', 'tee')
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringMatching(/EVIDENCE_DEV_EVIDENCE/) })
    expect((await home.og('receipts')).out).toMatch(/ development /)
    expect((await home.og('attestation', 'policy', 'show')).out).toMatch(/development +\d+ roots, accepted; never level tee/)
    const envelope = await fetch(`http://127.0.0.1:${Number(portBase) + 10}/v1/attestation`)
    writeFileSync(home.path('envelope.json'), new Uint8Array(await envelope.arrayBuffer()))
    expect((await home.og('attestation', 'verify', 'envelope.json')).code).toBe(1)
    expect(await home.json('attestation', 'verify', 'envelope.json', '--from-network')).toMatchObject({ ok: true, level: 'development' })
  })

  test('a model is published, found, shown, pulled and asked by its name', async () => {
    const published = await home.json<{ modelId: string }>(
      'models',
      'publish',
      join(SAMPLE, 'model.onnx'),
      '--name',
      'alice/credit',
      '--royalty',
      '5%',
      '--min-royalty',
      '0.0001',
      '--yes',
    )
    expect(await home.json<{ name: string }[]>('models', 'search', 'alice')).toMatchObject([
      { name: 'alice/credit', modelId: published.modelId },
    ])
    expect(await home.json('models', 'show', 'alice/credit')).toMatchObject({ modelId: published.modelId, royaltyBps: 500 })
    await home.json('models', 'pull', 'alice/credit', 'pulled')
    expect(readFileSync(home.path('pulled', 'model.onnx'))).toEqual(readFileSync(join(SAMPLE, 'model.onnx')))
    await served('alice/credit')
    expect(await home.json('infer', 'alice/credit', '--example')).toMatchObject({ receipt: { modelId: published.modelId } })
  })

  test('OPG is wrapped, unwrapped and given by the faucet; a balance is proven', async () => {
    // An account that owes nothing: payments of earlier tests may still be settled.
    const { address } = await home.json<{ address: string }>('account', 'new', 'dave', '--password-file', 'password')
    await home.json('faucet', address, '--amount', '50')
    await home.json('account', 'use', 'dave')
    await home.json('wrap', '3', '--password-file', 'password')
    await home.json('wrap', '1', '--unwrap', '--password-file', 'password')
    await home.json('account', 'use', 'dev')
    const { opg, wopg } = await home.json<{ opg: string; wopg: string }>('balance', address)
    expect(wopg).toBe((2n * 10n ** 18n).toString())
    expect(BigInt(opg)).toBeGreaterThan(47n * 10n ** 18n)
  })

  test("an account of one's own pays after it was given money; WOPG is wrapped for it on the way", async () => {
    const { address } = await home.json<{ address: string }>('account', 'new', 'carol', '--password-file', 'password')
    expect((await home.json<{ name: string }[]>('account', 'list')).map(({ name }) => name)).toEqual(['dev', 'carol', 'dave'])
    await home.json('faucet', address, '--amount', '5')
    expect((await home.json<{ opg: string }>('balance', address)).opg).toBe((5n * 10n ** 18n).toString())
    await home.json('account', 'export', 'carol', 'carol.json')
    await home.json('account', 'import', 'carol2', 'carol.json', '--password-file', 'password')
    expect(
      (await home.json<{ address: string; name: string }[]>('account', 'list')).filter((account) => account.address === address),
    ).toHaveLength(2)
    await home.json('account', 'use', 'carol')
    const asking = ['infer', MODEL, '--example', '--password-file', 'password']
    const unasked = await home.og(...asking)
    expect(unasked.code).toBe(2)
    expect(unasked.err).toContain('Wrap')
    const locked = await home.og('infer', MODEL, '--example', '--yes')
    expect(locked.code).toBe(2)
    expect(locked.err).toContain('--password-file')
    expect(await home.json(...asking, '--yes')).toMatchObject({ receipt: { payer: address }, verdict: { ok: true } })
    await home.json('wrap', '0.5', '--password-file', 'password')
    await home.json('account', 'use', 'dev')
    const { opg, wopg } = await home.json<{ opg: string; wopg: string }>('balance', address)
    expect(BigInt(wopg)).toBeGreaterThan(5n * 10n ** 17n)
    expect(BigInt(opg)).toBeLessThan(45n * 10n ** 17n)
  })

  test('networks, settings, versions and completions are shown', async () => {
    expect(await home.json<{ name: string; chainId: number }[]>('networks')).toMatchObject([{ name: 'local' }])
    expect(await home.json('config', 'maxPrice', '0.02')).toEqual({ maxPrice: '0.02' })
    expect(await home.json('config')).toMatchObject({ maxPrice: '0.02', account: 'dev', network: 'local' })
    await home.json('config', 'maxPrice', '0.01')
    expect(await home.json('version')).toMatchObject({ node: process.versions.node })
    for (const shell of ['bash', 'zsh', 'fish']) {
      const said = await home.og('completion', shell)
      expect([shell, said.code, said.out.includes('publish') && said.out.includes('doctor')]).toEqual([shell, 0, true])
    }
  })

  test('logs are shown by service, as many lines as asked for', async () => {
    expect((await home.og('logs', 'chain', '-n', '3')).out.trimEnd().split('\n')).toHaveLength(3)
    const said = await home.og('logs', 'weather')
    expect([said.code, said.err]).toEqual([2, expect.stringContaining('chain')])
  })

  test("a node of one's own is started, priced, asked for its state, and asked for its bond back", async () => {
    for (const amount of ['10000', '100']) await home.json('faucet', '--amount', amount)
    const node = await home.start(/Ctrl-C drains/, 'node', 'start', '--port', String(Number(portBase) + 11), '--yes')
    const { address } = await home.json<{ address: string; active: boolean }>('node', 'status')
    await served('alice/credit')
    expect(await home.json('node', 'status')).toMatchObject({
      address,
      endpoint: `http://127.0.0.1:${Number(portBase) + 11}`,
      active: true,
    })
    const bond = { address, bond: '10000000000000000000000', active: true }
    expect(await home.json('node', 'bond')).toEqual({ ...bond, missing: '0' })
    expect(await home.json('node', 'bond', '0.5')).toMatchObject({ ...bond, bond: '10000500000000000000000', added: '500000000000000000' })
    expect((await home.og('node', 'bond', '0')).code).toBe(2)
    const soon = await home.og('node', 'price', 'alice/credit', '0.003')
    expect([0, 3]).toContain(soon.code)
    expect(await home.json('node', 'price', 'alice/credit')).toMatchObject({ active: true })
    node.child.kill('SIGINT')
    expect(await node.exited).toBe(0)
    const staying = await home.og('models', 'unlist', 'alice/credit', address)
    expect([staying.code, staying.err]).toEqual([3, expect.stringMatching(/NODE_STILL_THERE: .*only its\s+operator/s)])
    await home.json('node', 'stop', '--yes')
    expect(await home.json('node', 'status')).toMatchObject({ active: false })
    expect((await home.og('models', 'show', 'alice/credit')).out).toContain(`gone  ${address} (og models unlist)`)
    expect(await home.json('models', 'unlist', 'alice/credit', address)).toMatchObject({ model: 'alice/credit', node: address })
    expect(await home.json('models', 'show', 'alice/credit')).toMatchObject({ gone: [] })
    expect((await home.og('models', 'unlist', 'alice/credit', address)).err).toMatch(
      /NODE_NOT_LISTED: .*is not on\s+the\s+list of\s+alice\/credit/s,
    )
  })

  test('doctor finds nothing wrong', async () => {
    const { healthy, findings } = await home.json<{ healthy: boolean; findings: { status: string }[] }>('doctor')
    expect(findings.filter(({ status }) => status === 'bad')).toEqual([])
    expect(healthy).toBe(true)
  })

  test('doctor names a clock that is off, with its remedy', async () => {
    const clock = CHECKS.find(({ name }) => name === 'clock')
    const look = (off: number) =>
      clock?.look(contextOf({ ...processIo(), now: () => Date.now() + off }, homeAt(home.env.OG_HOME ?? ''), {}))
    expect(await look(0)).toMatchObject({ status: 'good' })
    for (const off of [300_000, -300_000, -(10 ** 12)])
      expect(await look(off)).toMatchObject({ status: 'bad', remedy: expect.stringContaining('set the clock') })
  })
})

describe('exit codes', () => {
  test('1: a changed answer is refused, naming the check', async () => {
    await home.json('infer', MODEL, '--example', '-o', 'good.json')
    const bundle = JSON.parse(readFileSync(home.path('good.json'), 'utf8'))
    const body = Buffer.from(bundle.response.body, 'base64')
    body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1
    bundle.response.body = body.toString('base64')
    writeFileSync(home.path('bad.json'), JSON.stringify(bundle))
    const said = home.alone('verify', 'bad.json')
    expect(said.code).toBe(1)
    expect(said.out).toContain('REFUSED: response.unaltered')
    expect(said.out).toContain('RESPONSE_HASH_MISMATCH')
  })

  test.each([
    [['infer', MODEL], '--input'],
    [['infer', MODEL, '-i', 'missing.json'], 'missing.json'],
    [['infer', MODEL, '--no-such-option'], 'no-such-option'],
    [['verify', 'missing.json'], 'missing.json'],
    [['account', 'new', '../x', '--password-file', 'password'], 'account name'],
    [['wrap', 'much'], 'amount'],
    [['wrap', '0.0'], 'gas would be paid'],
    [['models', 'pull', MODEL, 'password'], 'it is no folder'],
    [['completion', 'tcsh'], 'bash'],
    [['frobnicate'], 'frobnicate'],
  ])('2: og %j says what was wrong', async (args, words) => {
    const said = await home.og(...args)
    expect(said.code).toBe(2)
    expect(said.err).toContain(words)
  })

  test('2: an input of the wrong shape is refused before anything is paid', async () => {
    writeFileSync(home.path('short.json'), '{"input":[[1,2,3]]}')
    const before = await requested()
    const said = home.alone('infer', MODEL, '-i', 'short.json')
    expect(said.code).toBe(2)
    expect(said.err).toContain('input')
    expect(await requested()).toEqual(before)
  })

  test("3: a price above the cap, an unknown model, a day's budget that is spent", async () => {
    const dear = home.alone('infer', MODEL, '--example', '--max-price', '0.0001')
    expect(dear.code).toBe(3)
    expect(dear.err).toContain('0.0001')
    expect((await home.og('infer', 'nobody/nothing', '--example')).code).toBe(3)
    await home.og('config', 'maxPerDay', '0.001')
    const spent = await home.og('infer', MODEL, '--example')
    await home.og('config', 'maxPerDay', '1')
    expect(spent.code).toBe(3)
    expect(spent.err).toContain('POLICY_BUDGET_EXCEEDED')
  })

  test('3: a file that is no model is refused before anything is uploaded or paid', async () => {
    const before = (await home.json<{ opg: string }>('balance')).opg
    const said = await home.og('models', 'publish', 'password', '--name', 'a/b', '--yes')
    expect([said.code, said.err]).toEqual([3, expect.stringContaining('MODEL_INVALID')])
    expect((await home.json<{ opg: string }>('balance')).opg).toBe(before)
    expect(await home.json<unknown[]>('models', 'search', 'a/b')).toEqual([])
  })

  test('3: an account that cannot pay', async () => {
    await home.json('account', 'new', 'poor', '--password-file', 'password')
    await home.json('account', 'use', 'poor')
    const said = await home.og('infer', MODEL, '--example', '--yes', '--password-file', 'password')
    await home.json('account', 'use', 'dev')
    expect([said.code, said.err.replace(/\s+/g, ' ')]).toEqual([
      3,
      expect.stringMatching(/PAYMENT_INSUFFICIENT_BALANCE: .* has 0 WOPG and 0 OPG; `og faucet` gives it some/),
    ])
  })

  test('3: a node whose account has less than its bond is told what is there, what is needed and where it comes from', async () => {
    await home.json('account', 'use', 'poor')
    const started = async (...args: string[]) => {
      const { code, err } = await home.og('node', 'start', '--yes', '--password-file', 'password', ...args)
      return [code, err.replace(/\s+/g, ' ')] as const
    }
    const nothing = await started()
    const { address } = (await home.json<{ name: string; address: string }[]>('account', 'list')).find(({ name }) => name === 'poor') ?? {}
    await home.json('faucet', '--amount', '100')
    const some = await started()
    const larger = await started('--bond', '30000')
    const smaller = await started('--bond', '9999')
    await home.json('account', 'use', 'dev')
    expect(nothing).toEqual([
      3,
      expect.stringMatching(/NODE_FUNDS_SHORT: the account 0x[0-9a-f]{40} has 0 OPG and needs 10000\.00\d+: the bond/),
    ])
    expect(some).toEqual([3, expect.stringContaining(`has 100 OPG and needs 10000.00`)])
    expect(some[1]).toContain(`\`og faucet ${address} --amount 9901\` gives it that`)
    expect(larger).toEqual([3, expect.stringContaining('--amount 10000`, 3 times, gives it that')])
    expect(smaller).toEqual([3, expect.stringMatching(/NODE_BOND_TOO_SMALL: --bond 9999: .*10000 OPG at least/)])
  })

  test('3: the development account is refused on any other network', async () => {
    const local = JSON.parse(readFileSync(join(home.env.OG_HOME ?? '', 'networks', 'local.json'), 'utf8'))
    writeFileSync(home.path('other.json'), JSON.stringify({ ...local, name: 'other' }))
    const said = await home.og('wrap', '1', '--network', home.path('other.json'))
    expect(said.code).toBe(3)
    expect(said.err).toContain('KEY_NOT_ALLOWED')
    expect((await home.og('faucet', '--network', home.path('other.json'))).code).toBe(3)
  })

  test('4: an RPC that does not answer', async () => {
    const local = JSON.parse(readFileSync(join(home.env.OG_HOME ?? '', 'networks', 'local.json'), 'utf8'))
    writeFileSync(home.path('silent.json'), JSON.stringify({ ...local, rpcUrls: ['http://127.0.0.1:9'] }))
    const said = home.alone('balance', `0x${'11'.repeat(20)}`, '--network', home.path('silent.json'))
    expect(said.code).toBe(4)
    expect(said.err).toContain('CHAIN_UNREACHABLE')
  })

  test('4: a node that falls silent leaves the outcome unknown, and says how to ask again', async () => {
    const { services } = await statusOfNetwork()
    const pid = services.find(({ name }) => name === 'inference')?.pid ?? 0
    process.kill(pid, 'SIGSTOP')
    const said = await home.og('infer', MODEL, '--example', '--timeout', '8')
    process.kill(pid, 'SIGCONT')
    expect(said.code).toBe(4)
    const again = /`og (recover) (0x[0-9a-f]{64})`/.exec(said.err.replace(/\s+/g, ' '))?.slice(1) ?? []
    expect(again).toHaveLength(2)
    expect((await home.og('receipts')).out).toContain('og recover')
    // It may have run by now, or never have been taken; either way nothing is paid a second time.
    const before = await requested()
    const told = await home.og(...again)
    expect([0, 3], told.err).toContain(told.code)
    if (told.code === 0) expect(told.out).toContain('VERIFIED')
    else expect(told.err).toMatch(/NODE_REQUEST_(UNKNOWN|ABORTED)/)
    expect(await requested()).toEqual(before)
  })

  test('130: Ctrl-C between payment and answer says what was sent and how to ask again', async () => {
    const { services } = await statusOfNetwork()
    const said = ({ text }: Staying) => text().replace(/\s+/g, ' ')
    const pid = services.find(({ name }) => name === 'inference')?.pid ?? 0
    const known = new Set(Object.keys(entries()))
    process.kill(pid, 'SIGSTOP')
    const asking = home.launch('infer', MODEL, '--example')
    await until(async () => Object.keys(entries()).some((id) => !known.has(id)), 'the request is sent')
    asking.child.kill('SIGINT')
    expect(await asking.exited).toBe(130)
    process.kill(pid, 'SIGCONT')
    const [id] = Object.keys(entries()).filter((id) => !known.has(id))
    expect(said(asking)).toMatch(
      new RegExp(`INTERRUPTED.*request ${id} was sent, and may be answered, and paid for, yet: .og recover ${id}. asks again`),
    )
    const before = await requested()
    const told = await home.og('recover', `${id}`)
    expect([0, 3], told.err).toContain(told.code)
    if (told.code === 3) expect(told.err).toMatch(/NODE_REQUEST_(UNKNOWN|ABORTED)/)
    expect(await requested()).toEqual(before)
  })

  test('5: a port that another program holds is named, with the way out', async () => {
    const other = new Home()
    const base = await freePortBase()
    const thief = createServer()
    await new Promise<void>((resolve) => thief.listen(Number(base) + 145, '127.0.0.1', resolve))
    try {
      const said = other.alone('up', '--port-base', base)
      expect(said.code).toBe(5)
      expect(said.err).toContain(String(Number(base) + 145))
      expect(said.err).toContain('--port-base')
      const detached = other.alone('up', '--detach', '--port-base', base)
      expect([detached.code, detached.err.replace(/\s+/g, ' ')]).toEqual([
        5,
        expect.stringMatching(
          /SERVICE_DIED: the network did not start \(exit code 5\): PORT_IN_USE: .*is taken by another program.*; see .*up\.log/,
        ),
      ])
      expect(readFileSync(join(other.env.OG_HOME ?? '', 'up.log'), 'utf8')).toContain('PORT_IN_USE')
    } finally {
      thief.close()
      other.remove()
    }
  })

  test('130: Ctrl-C ends a command that stays', async () => {
    const logs = await home.start(/./, 'logs', 'chain', '-f')
    logs.child.kill('SIGINT')
    expect(await logs.exited).toBe(130)
  })
})

describe('what nobody may see', () => {
  test('no private key, password, request secret or store token was printed or logged', async () => {
    const root = home.env.OG_HOME ?? ''
    const [own, wrong, broken] = [KEY.slice(2), 'another password that nobody may print', KEY.slice(3)]
    for (const [name, text] of Object.entries({ own, wrong, broken })) writeFileSync(home.path(name), text)
    await home.json('account', 'import', 'erin', 'own', '--password-file', 'password')
    expect((await home.og('account', 'import', 'frank', 'broken', '--password-file', 'password')).err).toContain('KEY_INVALID')
    await home.json('account', 'use', 'erin')
    expect((await home.og('wrap', '1', '--password-file', 'wrong')).err).toContain('KEYSTORE_PASSWORD')
    await home.json('account', 'use', 'dev')
    const { chainId } = JSON.parse(readFileSync(join(root, 'networks', 'local.json'), 'utf8')) as { chainId: number }
    const kept = join(root, 'answers', `${chainId}`)
    const answers = readdirSync(kept).filter((file) => /^[0-9a-f]{64}\.json$/.test(file))
    const keystores = readdirSync(join(root, 'keys'), { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    )
    expect(keystores.length).toBeGreaterThan(4)
    const secrets = [
      ...Object.values(DEV_ACCOUNTS).map((index) => bytesToHex(devAccount(chainId, index).privateKey).slice(2)),
      ...[PASSWORD, own, wrong, broken],
      ...(await Promise.all(
        keystores.map(async (path) => bytesToHex(await decryptKey(parseKeystore(readFileSync(path)), PASSWORD)).slice(2)),
      )),
      JSON.parse(readFileSync(join(root, 'running.json'), 'utf8')).storeToken as string,
      ...answers.flatMap((file) => {
        const { secret, seal } = JSON.parse(readFileSync(join(kept, file), 'utf8')) as Kept
        return [secret, ...(seal ? [seal.state.responseSecret, seal.salts.requestSalt] : [])].map((hex) => hex.slice(2))
      }),
    ]
    expect(secrets.length).toBeGreaterThan(9)
    const logs = readdirSync(join(root, 'logs')).map((file) => readFileSync(join(root, 'logs', file), 'utf8'))
    // A person's key may be written with capital letters.
    const seen = [...home.said, ...logs].map((text) => text.toLowerCase())
    for (const text of seen) for (const secret of secrets) expect(text.includes(secret.toLowerCase())).toBe(false)
  })

  test('files with secrets are readable by their owner only', () => {
    const root = home.env.OG_HOME ?? ''
    for (const path of ['running.json', 'keys/carol.json']) expect(statSync(join(root, path)).mode & 0o077).toBe(0)
    const [network = ''] = readdirSync(join(root, 'answers'))
    const answers = join(root, 'answers', network)
    for (const file of ['', ...readdirSync(answers)]) expect(statSync(join(answers, file)).mode & 0o077).toBe(0)
  })

  test('no process connected to anything but this machine', () => {
    const hosts = new Set(readFileSync(home.path('connections'), 'utf8').split('\n').filter(Boolean))
    expect(hosts.size).toBeGreaterThan(0)
    expect([...hosts].filter((host) => !['127.0.0.1', '::1', 'localhost'].includes(host) && !host.startsWith('/'))).toEqual([])
  })
})

describe('ends and returns', () => {
  test('a network whose supervisor is killed comes up again with everything in it', async () => {
    const before = await statusOfNetwork()
    network.child.kill('SIGKILL')
    await network.exited
    await until(() => before.services.every(({ pid }) => !alive(pid)))
    expect((await home.og('status')).code).toBe(4)
    const stale = async (...args: string[]) => {
      const said = await home.og('doctor', '--json', ...args)
      const { findings } = JSON.parse(said.out) as { findings: { name: string; status: string; remedy?: string; fixed?: boolean }[] }
      return [said.code, findings.find(({ name }) => name === 'data')]
    }
    expect(await stale()).toEqual([5, expect.objectContaining({ status: 'bad', remedy: expect.stringContaining('doctor --fix') })])
    expect(await stale('--fix')).toEqual([0, expect.objectContaining({ status: 'good', fixed: true })])
    expect(await stale()).toEqual([0, expect.objectContaining({ status: 'good' })])
    network = await home.start(/^stop: /m, 'up', '--port-base', portBase)
    expect(
      network
        .text()
        .trimEnd()
        .split('\n')
        .filter((line) => line !== ''),
    ).toHaveLength(3)
    expect((await statusOfNetwork()).height).toBeGreaterThanOrEqual(before.height)
    expect(await home.json<{ name: string }[]>('models', 'search', 'alice')).toHaveLength(1)
    await served(MODEL)
    await home.json('infer', MODEL, '--example')
  })

  test('a network whose supervisor was killed comes up while its services still end', async () => {
    network.child.kill('SIGKILL')
    await network.exited
    network = await home.start(/^stop: /m, 'up', '--port-base', portBase)
    expect(await statusOfNetwork()).toMatchObject({ healthy: true })
  })

  test('when a service dies the rest stops, and the error names its log', async () => {
    const { services } = await statusOfNetwork()
    const inference = services.find(({ name }) => name === 'inference')
    process.kill(inference?.pid ?? 0, 'SIGKILL')
    expect(await network.exited).toBe(5)
    expect(network.text()).toContain('inference.log')
    expect((await home.og('status')).code).toBe(4)
  })

  test('when the disk of the chain is full the network stops, says so and what to do, and goes on once there is room', async () => {
    network = await home.start(/^stop: /m, 'up', '--port-base', portBase)
    const { services } = await statusOfNetwork()
    const chain = services.find(({ name }) => name === 'chain')
    // Its files cannot grow any more: writing fails as on a full disk.
    expect(spawnSync('prlimit', ['--pid', `${chain?.pid}`, '--fsize=1']).status).toBe(0)
    expect(await network.exited).toBe(5)
    expect(network.text().replace(/\s+/g, ' ')).toMatch(/DISK_FULL: No room to write the chain database .* make room.*chain\.log/)
    network = await home.start(/^stop: /m, 'up', '--port-base', portBase)
    await home.json('infer', MODEL, '--example')
    home.alone('down')
    await network.exited
  })

  test('with the network down a bundle still verifies, and everything that needs the network says how to start it', async () => {
    expect((await home.og('verify', 'answer.json')).code).toBe(0)
    const said = await home.og('infer', MODEL, '--example')
    expect([said.code, said.err]).toEqual([4, expect.stringContaining('`og up`')])
    expect(home.alone('down').code).toBe(0)
  })

  test('Ctrl-C stops everything and leaves no process behind', async () => {
    network = await home.start(/^stop: /m, 'up', '--port-base', portBase)
    const { services } = await statusOfNetwork()
    network.child.kill('SIGINT')
    expect([0, 130]).toContain(await network.exited)
    expect(services.filter(({ pid }) => alive(pid))).toEqual([])
    expect(existsSync(join(home.env.OG_HOME ?? '', 'running.json'))).toBe(false)
  })

  test('data of another genesis or version, or corrupted, is never opened silently; doctor says the same', async () => {
    const data = join(home.env.OG_HOME ?? '', 'data')
    const kept = home.path('kept')
    cpSync(data, kept, { recursive: true })
    const tables = (folder: string) => readdirSync(folder).flatMap((name) => (name.endsWith('.ldb') ? [join(folder, name)] : []))
    const genesis = JSON.parse(readFileSync(join(data, 'genesis.json'), 'utf8'))
    const damages: [string, RegExp, () => void][] = [
      [
        'another genesis',
        /CHAIN_(DATA_FOREIGN|GENESIS_INVALID)/,
        () => writeFileSync(join(data, 'genesis.json'), JSON.stringify({ ...genesis, genesisHash: `0x${'ab'.repeat(32)}` })),
      ],
      ['a lost CURRENT', /CHAIN_DATA_CORRUPT/, () => rmSync(join(data, 'chain', 'CURRENT'))],
      [
        'tables cut short',
        /CHAIN_DATA_CORRUPT/,
        () => {
          for (const path of tables(join(data, 'chain'))) truncateSync(path, 100)
        },
      ],
      ['a store of another version', /STORE_FOREIGN/, () => writeFileSync(join(data, 'store', 'VERSION'), '99')],
      ['a journal whose log is gone', /JOURNAL_CORRUPT/, () => rmSync(join(data, 'inference', 'journal', 'log'), { recursive: true })],
    ]
    for (const [what, code, damage] of damages) {
      damage()
      const said = home.alone('up', '--port-base', portBase)
      expect([what, said.code, said.err]).toEqual([what, 5, expect.stringMatching(code)])
      const { findings } = JSON.parse((await home.og('doctor', '--json')).out) as { findings: { name: string; status: string }[] }
      expect([what, findings.find(({ name }) => name === 'data')?.status]).toEqual([what, 'bad'])
      rmSync(data, { recursive: true })
      cpSync(kept, data, { recursive: true })
    }
    expect((await home.og('doctor')).code).toBe(0)
  })

  test('reset removes the network and keeps accounts and settings', async () => {
    expect((await home.og('reset')).code).toBe(2)
    expect(home.alone('reset', '--yes').code).toBe(0)
    expect(existsSync(join(home.env.OG_HOME ?? '', 'data', 'chain'))).toBe(false)
    expect(existsSync(join(home.env.OG_HOME ?? '', 'keys', 'carol.json'))).toBe(true)
    mkdirSync(home.path('empty'), { recursive: true })
  })
})

/** What the network says of itself. A chain that is too busy to answer `og status` in time is asked again. */
async function statusOfNetwork(): Promise<{ height: number; services: { name: string; pid: number }[] }> {
  let shown = ''
  await until(async () => {
    const { code, out } = await home.og('status', '--json')
    shown = out
    return code === 0
  })
  return JSON.parse(shown)
}

/** What the killer notes of one `og infer`: with which code it ended, and its steps until then. */
function killedAt(step: number): { code: number | null; out: string; steps: string[] } {
  const [log, options] = [home.path('steps'), home.env.NODE_OPTIONS]
  writeFileSync(log, '')
  Object.assign(home.env, { NODE_OPTIONS: `${options} --require "${KILLER}"`, KILL_AT: String(step), KILL_LOG: log })
  const { code, out } = home.alone('infer', MODEL, '--example', '--json', '-o', join(home.env.OG_HOME ?? '', 'answer.json'))
  Object.assign(home.env, { NODE_OPTIONS: options, KILL_AT: '', KILL_LOG: '' })
  return { code, out, steps: readFileSync(log, 'utf8').trimEnd().split('\n') }
}

/** Every entry of the book, as its file has it: none may be cut short. */
function entries(): Record<string, { state: string }> {
  const [network = ''] = readdirSync(join(home.env.OG_HOME ?? '', 'answers'))
  const folder = join(home.env.OG_HOME ?? '', 'answers', network)
  const names = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
  return Object.fromEntries(names.map((name) => [`0x${name.slice(0, 64)}`, JSON.parse(readFileSync(join(folder, name), 'utf8'))]))
}

/** Waits until the payment of an answer is. */
const settled = (id: string): Promise<void> =>
  until(async () => {
    const [entry] = await home.json<{ state: string; settledFor?: string }[]>('receipts', id)
    return entry?.state !== 'answered' || entry.settledFor !== undefined
  })

/** What the account has left, what it promised to pay, and for which requests. */
async function spending(): Promise<{ wopg: bigint; promised: bigint; ids: Set<string> }> {
  const { wopg } = await home.json<{ wopg: string }>('balance')
  const [ledger = ''] = readdirSync(join(home.env.OG_HOME ?? '', 'spent')).filter((name) => name.endsWith('.json'))
  const days = JSON.parse(readFileSync(join(home.env.OG_HOME ?? '', 'spent', ledger), 'utf8')) as Record<string, string>
  const promised = Object.values(days).reduce((sum, day) => sum + BigInt(day), 0n)
  return { wopg: BigInt(wopg), promised, ids: new Set(Object.keys(entries())) }
}

/** Waits until a node offers the model. */
async function served(model: string): Promise<void> {
  await until(async () => (await home.json<{ offers: unknown[] }>('models', 'show', model)).offers.length > 0)
}

async function until(condition: () => boolean | Promise<boolean>, what = String(condition)): Promise<void> {
  for (const end = performance.now() + 120_000; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`waited for too long until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
