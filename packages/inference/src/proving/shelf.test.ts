import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { silentLog } from '../log.ts'
import { folderFiles } from './files.ts'
import { decodeJob, encodeJob } from './job.ts'
import { faultyFiles, jobOf, temporaryFolder } from './proving.testkit.ts'
import { ProofShelf } from './shelf.ts'

const maxBytes = 1_000_000
const open = async (dir: string) => ProofShelf.open({ files: await folderFiles(dir), maxBytes, log: silentLog })
const fileOf = (dir: string, requestId: string, kind: string) => join(dir, `${requestId.slice(2)}.${kind}`)

describe('the shelf of proofs', () => {
  test('finds jobs and proofs again', async () => {
    const dir = temporaryFolder()
    const { shelf } = await open(dir)
    const [a, b] = [jobOf('a'), jobOf('b')]
    await shelf.keep(a)
    await shelf.keep(b)
    await shelf.finish(b.requestId, utf8('proof'))
    const again = await open(dir)
    expect(again.found.sort((one, two) => Number(one.proved) - Number(two.proved))).toEqual([
      { job: a, proved: false },
      { job: b, proved: true },
    ])
    expect(again.shelf.bytes).toBe(shelf.bytes)
    expect(await again.shelf.proof(b.requestId)).toEqual(Buffer.from('proof'))
  })

  test('drops a write that was cut short, of a job and of a proof', async () => {
    const dir = temporaryFolder()
    const { shelf } = await open(dir)
    const a = jobOf('a')
    await shelf.keep(a)
    writeFileSync(`${fileOf(dir, a.requestId, 'proof')}.tmp`, 'half a pro')
    writeFileSync(`${fileOf(dir, jobOf('b').requestId, 'job')}.tmp`, '{"v":1')
    const { found } = await open(dir)
    expect(found).toEqual([{ job: a, proved: false }])
    expect(readdirSync(dir)).toEqual([`${a.requestId.slice(2)}.job`])
  })

  test('drops a proof without a job: it belongs to an answer that was never released, or to one that was forgotten', async () => {
    const dir = temporaryFolder()
    writeFileSync(fileOf(dir, jobOf('a').requestId, 'proof'), 'proof')
    const { found, shelf } = await open(dir)
    expect([found, shelf.bytes, readdirSync(dir)]).toEqual([[], 0, []])
  })

  test.each<[string, (text: string) => string]>([
    ['cut', (text) => text.slice(0, -20)],
    ['with another input', (text) => text.replace(/"x":"[^"]*"/, '"x":"AAAA"')],
    ['with another output', (text) => text.replace(/"y":"[^"]*"/, '"y":"AAAA"')],
    ['with another context', (text) => text.replace(/"ctx":"./, (part) => (part.endsWith('B') ? '"ctx":"C' : '"ctx":"B'))],
    ['with a key too many', (text) => text.replace('{', '{"more":1,')],
    ['empty', () => ''],
  ])('puts a job file aside that is %s, and goes on with the others', async (_, damage) => {
    const dir = temporaryFolder()
    const { shelf } = await open(dir)
    const [a, b] = [jobOf('a'), jobOf('b')]
    await shelf.keep(a)
    await shelf.keep(b)
    const path = fileOf(dir, a.requestId, 'job')
    writeFileSync(path, damage(readFileSync(path, 'utf8')))
    const { found } = await open(dir)
    expect(found).toEqual([{ job: b, proved: false }])
    expect(existsSync(`${path}.bad`)).toBe(true)
  })

  test('puts a job aside that lies under the name of another request', async () => {
    const dir = temporaryFolder()
    writeFileSync(fileOf(dir, jobOf('b').requestId, 'job'), encodeJob(jobOf('a')))
    expect((await open(dir)).found).toEqual([])
  })

  test('says that the disk is full, keeps nothing of the file, and has room for the same file later', async () => {
    const dir = temporaryFolder()
    const files = faultyFiles(await folderFiles(dir))
    const { shelf } = await ProofShelf.open({ files, maxBytes, log: silentLog })
    files.full = /./
    const a = jobOf('a')
    await expect(shelf.keep(a)).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect([readdirSync(dir), shelf.bytes, await shelf.job(a.requestId)]).toEqual([[], 0, undefined])
    files.full = undefined
    await shelf.keep(a)
    expect(await shelf.job(a.requestId)).toEqual(a)
  })

  test('counts bytes, and has no room when it holds as many as it may', async () => {
    const files = await folderFiles(temporaryFolder())
    const { shelf } = await ProofShelf.open({ files, maxBytes: 1000, log: silentLog })
    const a = jobOf('a')
    await shelf.keep(a)
    expect([shelf.hasRoom, shelf.bytes]).toEqual([true, encodeJob(a).length])
    await shelf.finish(a.requestId, new Uint8Array(1000))
    expect(shelf.hasRoom).toBe(false)
    await shelf.remove(a.requestId)
    expect([shelf.hasRoom, shelf.bytes]).toEqual([true, 0])
  })
})

test('a job is read back as it was written', () => {
  const job = jobOf('a', { x: new Uint8Array(5000).fill(7), y: new Uint8Array() })
  expect(decodeJob(encodeJob(job))).toEqual(job)
})
