import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { levelStore } from './levelStore.ts'
import { byteKey, type Database, keyBytes, memoryStore, type Store } from './store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-view-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const put = (key: string, value: string) => ({ key: keyBytes(key), value: keyBytes(value) })
const remove = (key: string) => ({ key: keyBytes(key), value: undefined })

async function entries(store: Pick<Store, 'scan'>, prefix = ''): Promise<string> {
  const found: string[] = []
  for await (const [key, value] of store.scan(keyBytes(prefix))) found.push(`${byteKey(key)}=${byteKey(value)}`)
  return found.join(' ')
}

const databases: readonly (readonly [name: string, open: () => Promise<Database>])[] = [
  ['memory', async () => memoryStore()],
  ['LevelDB', () => levelStore(join(folder, 'level'))],
]

describe.each(databases)('a view of a database in %s', (_, open) => {
  it('stays as the database was, through changes, deletions and new keys', async () => {
    const store = await open()
    await store.write([put('a1', 'x'), put('a2', 'y'), put('b', 'z')])
    const view = store.view()
    const scan = view.scan(keyBytes('a'))[Symbol.asyncIterator]()
    await scan.next()
    await store.write([put('a1', 'changed'), remove('a2'), put('a3', 'new')])
    const later = store.view()
    expect(byteKey(view.get(keyBytes('a1'))!)).toBe('x')
    expect(view.get(keyBytes('a3'))).toBeUndefined()
    expect(await entries(view)).toBe('a1=x a2=y b=z')
    expect(byteKey((await scan.next()).value![0])).toBe('a2')
    expect((await scan.next()).done).toBe(true)
    expect(await entries(later, 'a')).toBe('a1=changed a3=new')
    expect(await entries(store, 'a')).toBe('a1=changed a3=new')
    await view.close()
    await later.close()
    await store.close()
  })
})

describe('a scan', () => {
  it('gives every entry once and in order, however many there are, and may be left early', async () => {
    const store = await levelStore(join(folder, 'many'))
    const keys = Array.from({ length: 3_000 }, (_, i) => `k${String(i).padStart(5, '0')}`)
    await store.write([...keys].reverse().map((key) => put(key, 'v'.repeat(1 + (key.charCodeAt(4) % 7) * 40))))
    const found: string[] = []
    for await (const [key] of store.scan(keyBytes('k'))) found.push(byteKey(key))
    expect(found).toEqual(keys)
    for await (const [key] of store.scan(keyBytes('k'))) if (byteKey(key) === 'k00700') break
    // An iterator that was left open would keep this waiting.
    await store.close()
  })
})
