import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asideOf } from '@opengradient/client/aside'
import { type BundlePayment, DEV_ACCOUNTS, devAccount, type Hex, parseBundle, parseNetworkFile } from '@opengradient/protocol'
import { expect, onTestFinished, test } from 'vitest'
import type { AnswerEntry } from '../answers/book.ts'
import { onDisk } from './disk.ts'
import { fileBook } from './fileBook.ts'
import { fileLedger } from './fileLedger.ts'
import { findHome, localStore, readNetworkFile } from './home.ts'
import { OpenGradient } from './index.ts'
import { localAccount } from './localAccount.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'og sdk '))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}
const refusal = (code: string) => expect.objectContaining({ code })

test('a ledger in a file outlives the process, and two of them count together', async () => {
  const path = join(await folder(), 'spent', 'day.json')
  const [one, two] = [fileLedger(path), fileLedger(path)]
  const takes = Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).take('2026-01-01', 10n, 150n))
  const outcomes = await Promise.allSettled(takes)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(15)
  expect(await fileLedger(path).spent('2026-01-01')).toBe(150n)
  await one.giveBack('2026-01-01', 10n)
  expect(await two.spent('2026-01-01')).toBe(140n)
  expect(await one.spent('2026-01-02')).toBe(0n)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('five hundred calls at once are counted in a few writes, each by its own limit, and a write that fails fails all that are in it', async () => {
  const path = join(await folder(), 'spent.json')
  const ledger = fileLedger(path)
  const started = performance.now()
  const outcomes = await Promise.allSettled(Array.from({ length: 500 }, () => ledger.take('2026-01-01', 1n, 400n)))
  // With a lock for each it was minutes.
  expect(performance.now() - started).toBeLessThan(5_000)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(400)
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'POLICY_BUDGET_EXCEEDED' } })
  expect(await ledger.spent('2026-01-01')).toBe(400n)
  await writeFile(path, 'damaged')
  const failed = await Promise.allSettled(Array.from({ length: 3 }, () => ledger.take('2026-01-01', 1n, undefined)))
  expect(failed).toEqual(Array(3).fill(expect.objectContaining({ reason: refusal('CONFIG_INVALID') })))
  await rm(path)
  await ledger.take('2026-01-01', 1n, undefined)
  expect(await ledger.spent('2026-01-01')).toBe(1n)
})

test('a ledger that was removed to count from zero counts from zero, also for who gives back what was added before', async () => {
  const path = join(await folder(), 'spent.json')
  await fileLedger(path).take('2026-01-01', 10n, undefined)
  await rm(path)
  await fileLedger(path).giveBack('2026-01-01', 10n)
  await fileLedger(path).take('2026-01-01', 7n, 7n)
  expect(await fileLedger(path).spent('2026-01-01')).toBe(7n)
})

test('a damaged ledger is refused, never counted as nothing', async () => {
  const path = join(await folder(), 'spent.json')
  for (const damage of ['', '{', '{"2026-01-01":-5}', '{"2026-01-01":"-5"}', '[]x']) {
    await writeFile(path, damage)
    await expect(fileLedger(path).take('2026-01-01', 1n, 10n)).rejects.toThrow(refusal('CONFIG_INVALID'))
  }
  expect(await readdir(join(path, '..'))).toEqual(['spent.json'])
})

test('the lock of a process that died is taken over', async () => {
  const path = join(await folder(), 'spent.json')
  await writeFile(`${path}.lock`, '')
  await utimes(`${path}.lock`, new Date(0), new Date(0))
  await fileLedger(path).take('2026-01-01', 1n, 10n)
  expect(await fileLedger(path).spent('2026-01-01')).toBe(1n)
})

test('a book keeps requests for their owner alone, newest first, bodies apart', async () => {
  const path = join(await folder(), 'answers')
  const book = fileBook(path)
  const id = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
  const request = { method: 'POST', path: '/x', contentType: 'application/octet-stream', headerLength: 3, body: Uint8Array.of(1, 2, 3) }
  const payment: BundlePayment = {
    scheme: 'exact',
    asset: `0x${'22'.repeat(20)}`,
    payer: `0x${'33'.repeat(20)}`,
    nonce: id(9),
    value: 10n ** 20n,
    validAfter: 0n,
    validBefore: 2n ** 60n,
    signature: `0x${'44'.repeat(65)}`,
  }
  const entry = (n: number): AnswerEntry => ({
    requestId: id(n),
    secret: id(1000 + n),
    modelId: id(7),
    model: 'a/b',
    node: `0x${'11'.repeat(20)}`,
    requestHash: id(8),
    price: 10n ** 20n,
    at: n,
    state: 'sent',
    request,
    payment,
  })
  await mkdir(path)
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  await writeFile(asideOf(join(path, 'x.json')).replace(`-${process.pid}-`, `-${dead}-`), 'what a killed process left')
  for (const n of [1, 3, 2]) await book.put(entry(n))
  expect((await readdir(path)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  expect((await fileBook(path).list()).map(({ at }) => at)).toEqual([3, 2, 1])
  expect(await book.get(id(3))).toEqual(entry(3))
  for (const part of ['request', 'payment']) expect((await book.list())[0]).not.toHaveProperty(part)
  expect(await book.get(id(9))).toBeUndefined()
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  for (const name of await readdir(path)) expect((await stat(join(path, name))).mode & 0o777, name).toBe(0o600)
  expect(await fileBook(join(path, 'nowhere')).list()).toEqual([])
  // Nobody reads elsewhere by the name of a request.
  await writeFile(join(path, '..', 'secret.json'), '{"price":"1"}')
  expect(await book.get('0x../secret')).toBeUndefined()
})

test('an entry that something else damaged is named, never passed over in silence', async () => {
  const path = join(await folder(), 'answers')
  await mkdir(path)
  const name = `${'ab'.repeat(32)}`
  for (const damage of ['', '{"at":1', '[]', 'null', '{"price":"x"}', '{"price":"1"}', `{"price":"1","at":1,"requestId":"0x"}`]) {
    await writeFile(join(path, `${name}.json`), damage)
    for (const ask of [() => fileBook(path).list(), () => fileBook(path).get(`0x${name}`)])
      await expect(ask(), damage).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(`${name}.json is damaged`),
      })
  }
  await writeFile(join(path, `${name}.json`), `{"price":"1","at":1,"requestId":"0x${name}"}`)
  for (const part of ['request', 'bundle']) {
    await writeFile(join(path, `${name}.${part}.json`), '{')
    await expect(fileBook(path).get(`0x${name}`)).rejects.toThrow(`${name}.${part}.json is damaged`)
    await rm(join(path, `${name}.${part}.json`))
  }
  expect(await fileBook(path).list()).toHaveLength(1)
})

test('the home is the one named, else that of the environment, of the clone around, of the user', async () => {
  const clone = await folder()
  await mkdir(join(clone, '.og', 'networks'), { recursive: true })
  await mkdir(join(clone, 'a', 'b'), { recursive: true })
  expect(findHome('x', { OG_HOME: '/y' }, clone)).toBe(join(clone, 'x'))
  expect(findHome(undefined, { OG_HOME: '/y' }, clone)).toBe('/y')
  expect(findHome(undefined, {}, join(clone, 'a', 'b'))).toBe(join(clone, '.og'))
  expect(findHome(undefined, {}, '/')).toMatch(/\.opengradient$/)
})

test('a network is found by name or path, and a missing one says what to do', async () => {
  const home = await folder()
  await mkdir(join(home, 'networks'))
  const file = { name: 'local', chainId: 7, genesisHash: `0x${'11'.repeat(32)}`, anchors: [], rpcUrls: ['http://127.0.0.1:8545'] }
  await expect(readNetworkFile(home, 'local')).rejects.toThrow(refusal('NOT_RUNNING'))
  await writeFile(join(home, 'networks', 'local.json'), JSON.stringify(file))
  expect(await readNetworkFile(home, 'local')).toEqual(file)
  expect(await readNetworkFile('/nowhere', join(home, 'networks', 'local.json'))).toEqual(file)
  await expect(readNetworkFile(home, 'mainnet')).rejects.toThrow(refusal('NETWORK_UNKNOWN'))
  await expect(readNetworkFile(home, '../networks/local')).rejects.toThrow(refusal('NETWORK_UNKNOWN'))
  await writeFile(join(home, 'networks', 'bad.json'), '{}')
  await expect(readNetworkFile(home, 'bad')).rejects.toThrow(refusal('NETWORK_FILE_INVALID'))
  // A file without an end.
  await expect(readNetworkFile(home, '/dev/zero')).rejects.toThrow(refusal('JSON_TOO_LARGE'))
})

test('the development account is that of the local network on this machine, and of no other', async () => {
  const home = await folder()
  await expect(localAccount(home)).rejects.toThrow(refusal('NOT_RUNNING'))
  const write = async (rpcUrl: string) => {
    await mkdir(join(home, 'networks'), { recursive: true })
    const file = { name: 'local', chainId: 7, genesisHash: `0x${'11'.repeat(32)}`, anchors: [], rpcUrls: [rpcUrl] }
    await writeFile(join(home, 'networks', 'local.json'), JSON.stringify(file))
  }
  await write('http://127.0.0.1:8545')
  expect((await localAccount(home)).address.toLowerCase()).toBe(devAccount(7, DEV_ACCOUNTS.user).address)
  await write('https://rpc.example.com')
  await expect(localAccount(home)).rejects.toThrow(refusal('KEY_NOT_ALLOWED'))
})

test('the store of a running local network is found', async () => {
  const home = await folder()
  expect(await localStore(home)).toBeUndefined()
  await writeFile(join(home, 'running.json'), JSON.stringify({ ports: { store: 8420 }, storeToken: 't' }))
  expect(await localStore(home)).toEqual({ url: 'http://127.0.0.1:8420', token: 't' })
  expect(await readFile(join(home, 'running.json'), 'utf8')).toContain('8420')
})

test('what cannot be written is an error of the family, which names the place', async () => {
  const file = join(await folder(), 'file')
  await writeFile(file, '')
  const place = join(file, 'x')
  const request = { method: 'POST', path: '/x', contentType: 'application/json', headerLength: 3, body: Uint8Array.of(1, 2, 3) }
  const hash = `0x${'12'.repeat(32)}` as const
  const entry = {
    ...{ requestId: hash, secret: hash, modelId: hash, model: 'a/b', node: `0x${'11'.repeat(20)}` as const },
    requestHash: hash,
    request,
  }
  for (const write of [
    () => fileBook(place).put({ ...entry, price: 1n, at: 1, state: 'sent' }),
    () => fileLedger(place).take('2026-01-01', 1n, undefined),
  ])
    await expect(write()).rejects.toThrow(
      expect.objectContaining({ name: 'OgError', code: 'INTERNAL', message: expect.stringContaining(`${place}: E`) }),
    )
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  await expect(onDisk(place, () => Promise.reject(full))).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining('free some space'),
  })
})

/** A request of which no outcome is known. */
const sent = (n: number): AnswerEntry => ({
  requestId: `0x${n.toString(16).padStart(64, '0')}`,
  secret: `0x${'12'.repeat(32)}`,
  modelId: `0x${'34'.repeat(32)}`,
  model: 'a/b',
  node: `0x${'11'.repeat(20)}`,
  requestHash: `0x${'56'.repeat(32)}`,
  price: 1n,
  at: n,
  state: 'sent',
})

test('a book of many answers is listed with few files open at a time', async () => {
  const path = join(await folder(), 'answers')
  const book = fileBook(path)
  await book.put(sent(0))
  const [name = ''] = await readdir(path)
  const text = await readFile(join(path, name), 'utf8')
  for (let n = 1; n < 1000; n++) {
    const { requestId } = sent(n)
    await writeFile(join(path, `${requestId.slice(2)}.json`), text.replace(sent(0).requestId, requestId))
  }
  let isListed = false
  let most = 0
  const listing = book.list().finally(() => {
    isListed = true
  })
  while (!isListed) {
    most = Math.max(most, process.getActiveResourcesInfo().filter((resource) => resource.startsWith('FSReq')).length)
    await new Promise(setImmediate)
  }
  expect(await listing).toHaveLength(1000)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(100)
})

test('answers that an earlier version kept for all networks together are those of their network, and none is lost', async () => {
  const home = await folder()
  const answers = join(home, 'answers')
  const vector = new URL('../../../../vectors/valid/001-paid-and-settled.json', import.meta.url)
  const bundle = parseBundle(Buffer.from(JSON.stringify(JSON.parse(await readFile(vector, 'utf8')).bundle)))
  const answered: AnswerEntry = { ...sent(1), state: 'answered', bundle }
  const request = { method: 'POST', path: '/x', contentType: 'application/octet-stream', headerLength: 3, body: Uint8Array.of(1, 2, 3) }
  for (const entry of [answered, { ...sent(2), request }]) await fileBook(answers).put(entry)

  const policy = { level: 'signature', maxPrice: 1n } as const
  const network = { name: 'vectors', rpcUrls: ['http://127.0.0.1:9'], ...JSON.parse(await readFile(vector, 'utf8')).trust }
  const { chainId } = parseNetworkFile(Buffer.from(JSON.stringify(network)))
  expect(chainId).toBe(bundle.network.chainId)
  await writeFile(join(home, 'other.json'), JSON.stringify({ ...network, chainId: chainId + 1 }))
  const elsewhere = await OpenGradient.connect({ network: join(home, 'other.json'), home, keep: 'home', policy })
  expect((await elsewhere.receipts.list()).map(({ at }) => at)).toEqual([2])
  await writeFile(join(home, 'this.json'), JSON.stringify(network))
  const here = await OpenGradient.connect({ network: join(home, 'this.json'), home, keep: 'home', policy })
  expect((await here.receipts.list()).map(({ at }) => at)).toEqual([1])
  expect(await fileBook(join(answers, `${chainId}`)).get(sent(1).requestId)).toEqual(answered)
  expect(await fileBook(join(answers, `${chainId + 1}`)).get(sent(2).requestId)).toEqual({ ...sent(2), request })
})
