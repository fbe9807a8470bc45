import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Chain } from '../src/chain.ts'
import { createChain } from '../src/create.ts'
import { encodeGenesis, type Genesis } from '../src/genesis/genesis.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import { inspectChain } from '../src/inspect.ts'
import { GENESIS_TIME, include, OPG, signer, stoppedClock, testGenesis, validator } from './chain.testkit.ts'
import { bundle, run } from './process.testkit.ts'

let folder: string
let genesis: Genesis
let filled: string

const open = (dataDir: string, as: Genesis = genesis): Promise<Chain> =>
  createChain({ dataDir, genesis: as, validatorKey: validator.privateKey, clock: stoppedClock })

/** A copy of a database with some history, to be damaged. */
async function copy(): Promise<string> {
  const target = await mkdtemp(join(folder, 'copy-'))
  await cp(filled, target, { recursive: true })
  return target
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-disk-'))
  genesis = await testGenesis()
  filled = join(folder, 'filled')
  const chain = await open(filled)
  for (let nonce = 0; nonce < 5; nonce++) await include(chain, await signer(0).sign({ nonce, to: signer(1).address, value: OPG }))
  await chain.close()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a database', () => {
  it('is opened again where it was left, with everything in it', async () => {
    const chain = await open(filled)
    expect(chain.head().height).toBe(5n)
    expect(chain.receipts(3n)).toHaveLength(1)
    const { transactionHash } = chain.receipts(2n)![0]!
    expect(chain.locate(transactionHash)).toEqual({ height: 2n, index: 0 })
    expect(chain.blockByHash(chain.head().hash)?.height).toBe(5n)
    expect(chain.blockByNumber(1n)!.block.transactions[0]!.getSenderAddress().toString()).toBe(signer(0).address)
    expect((await chain.state(2n).account(signer(0).address))?.nonce).toBe(2n)
    expect(chain.historyPath(0n, 5n)).toBeDefined()
    await include(chain, await signer(0).sign({ nonce: 5, to: signer(1).address, value: OPG }))
    expect(chain.head().height).toBe(6n)
    await chain.close()
  })

  it('can be looked at as a start would, and stays as it is', async () => {
    const at = await copy()
    const head = await inspectChain(at, genesis)
    expect(head!.height).toBeGreaterThanOrEqual(5n)
    expect(head!.time).toBeGreaterThanOrEqual(genesis.time + head!.height)
    expect(await inspectChain(at, genesis)).toEqual(head)
    await edit(at, (db) => db.put(Buffer.from('!version'), Buffer.from('2')))
    await expect(inspectChain(at, genesis)).rejects.toMatchObject({ code: 'CHAIN_DATA_VERSION' })
    const empty = await mkdtemp(join(folder, 'empty-'))
    expect(await inspectChain(join(empty, 'none'), genesis)).toBeUndefined()
    expect(await inspectChain(empty, genesis)).toBeUndefined()
    await edit(empty, async (db) => expect(await db.keys().all()).toEqual([]))
    const chain = await open(filled)
    await expect(inspectChain(filled, genesis)).rejects.toMatchObject({ code: 'CHAIN_DATA_LOCKED' })
    await chain.close()
  })

  it('of another genesis is refused', async () => {
    const other = await makeGenesis({ ...genesis, time: GENESIS_TIME + 1n })
    await expect(open(await copy(), other)).rejects.toMatchObject({
      code: 'CHAIN_DATA_FOREIGN',
      message: expect.stringContaining(other.hash),
    })
  })

  it('is refused with a genesis file whose parameters are not those of its hash', async () => {
    for (const change of [{ time: GENESIS_TIME + 1n }, { faucets: [] }, { chainId: genesis.chainId + 1n }])
      await expect(open(await copy(), { ...genesis, ...change })).rejects.toMatchObject({ code: 'CHAIN_GENESIS_INVALID' })
  })

  it('of another format is refused', async () => {
    const at = await copy()
    await edit(at, (db) => db.put(Buffer.from('!version'), Buffer.from('2')))
    await expect(open(at)).rejects.toMatchObject({ code: 'CHAIN_DATA_VERSION', message: expect.stringMatching(/format 2.*reads format 1/) })
  })

  it('that is no chain is refused, and left as it is', async () => {
    const at = await mkdtemp(join(folder, 'foreign-'))
    await edit(at, (db) => db.put(Buffer.from('somebody'), Buffer.from('else')))
    await expect(open(at)).rejects.toMatchObject({ code: 'CHAIN_DATA_FOREIGN' })
    await edit(at, async (db) => expect(await db.keys().all()).toHaveLength(1))
  })

  it('that another process has open is refused, saying so', async () => {
    const chain = await open(filled)
    await expect(open(filled)).rejects.toMatchObject({
      code: 'CHAIN_DATA_LOCKED',
      message: expect.stringMatching(/Another process .* open/),
    })
    await chain.close()
  })

  it('is refused when a file of it is missing', async () => {
    for (const name of await readdir(filled)) {
      if (/^(LOCK|LOG)/.test(name)) continue
      const at = await copy()
      await rm(join(at, name))
      const opened = open(at)
      // Without its log LevelDB still has a consistent, older database, or none: never a mixture.
      if (name.endsWith('.log'))
        await opened.then(
          (chain) => chain.close(),
          () => {},
        )
      else await expect(opened, name).rejects.toMatchObject({ code: 'CHAIN_DATA_CORRUPT' })
    }
  })

  it('is refused when its CURRENT names no file of it', async () => {
    for (const name of ['MANIFEST-999999', 'x']) {
      const at = await copy()
      await writeFile(join(at, 'CURRENT'), `${name}\n`)
      await expect(open(at), name).rejects.toMatchObject({ code: 'CHAIN_DATA_CORRUPT' })
    }
  })

  it('is refused when an entry of it was changed behind its back', async () => {
    const changes: [string, (db: Database) => Promise<void>][] = [
      ['an account', (db) => change(db, 'a')],
      ['a storage slot', (db) => change(db, 's')],
      ['the head', (db) => db.put(Buffer.from('!head'), Buffer.alloc(40))],
      ['a header', (db) => change(db, 'b', true)],
      ['a commit', (db) => change(db, 'v', true)],
      ['an account that is gone', async (db) => db.del((await entries(db, 'a'))[0]![0])],
    ]
    for (const [what, damage] of changes) {
      const at = await copy()
      await edit(at, damage)
      await expect(open(at), what).rejects.toMatchObject({ code: 'CHAIN_DATA_CORRUPT' })
    }
  })

  it('never believes damaged trie nodes or code', async () => {
    for (const kind of ['n', 'c']) {
      const at = await copy()
      await edit(at, async (db) => {
        for (const [key, value] of await entries(db, kind)) await db.put(key, flipped(value))
      })
      const attempt = open(at).then(async (chain) => {
        try {
          await chain.state(0n).account(signer(0).address)
          await chain.state(5n).code('0x4f47000000000000000000000000000000000006')
        } finally {
          await chain.close()
        }
      })
      await expect(attempt, kind).rejects.toMatchObject({ code: 'CHAIN_DATA_CORRUPT' })
    }
  })

  it('is begun anew when LevelDB was killed before its first CURRENT, and refused when it lost one', async () => {
    const begun = join(folder, 'begun')
    await mkdir(begun)
    for (const name of ['LOCK', 'LOG', 'MANIFEST-000001', '000001.dbtmp']) await writeFile(join(begun, name), name)
    const chain = await open(begun)
    expect(chain.head().height).toBe(0n)
    await chain.close()

    const young = join(folder, 'young')
    await (await open(young)).close()
    for (const at of [young, await copy()]) {
      await rm(join(at, 'CURRENT'))
      const left = await readdir(at)
      await expect(open(at)).rejects.toMatchObject({ code: 'CHAIN_DATA_CORRUPT' })
      expect(await readdir(at)).toEqual(left)
    }
  })

  it('is refused when a table of it was cut short', async () => {
    for (const name of (await readdir(filled)).filter((file) => file.endsWith('.ldb'))) {
      const at = await copy()
      await truncate(join(at, name), 100)
      await expect(open(at), name).rejects.toMatchObject({ code: 'CHAIN_DATA_CORRUPT' })
    }
  })

  it('is not believed, or loses nothing, when bytes of its files are flipped', async () => {
    const [table] = (await readdir(filled)).filter((name) => name.endsWith('.ldb'))
    const length = (await readFile(join(filled, table!))).length
    const expected = (await open(await copy()).then(async (chain) => [chain.head().hash, await chain.close()] as const))[0]
    let refused = 0
    for (let i = 0; i < 12; i++) {
      const at = await copy()
      const bytes = await readFile(join(at, table!))
      for (let j = 0; j < 16; j++) bytes[Math.floor(((i * 16 + j + 0.5) / 192) * length)]! ^= 0x55
      await writeFile(join(at, table!), bytes)
      const outcome = await open(at).then(
        async (chain) => {
          const { hash } = chain.head()
          await chain.close()
          return hash
        },
        (error: { code: string }) => error.code,
      )
      if (outcome === 'CHAIN_DATA_CORRUPT') refused++
      else expect(outcome).toBe(expected)
    }
    expect(refused).toBeGreaterThan(0)
  })

  it('is only for the validator of its genesis', async () => {
    const wrong = createChain({ dataDir: filled, genesis, validatorKey: new Uint8Array(32).fill(1), clock: stoppedClock })
    await expect(wrong).rejects.toMatchObject({ code: 'KEY_NOT_ALLOWED' })
  })

  it('is not begun with a genesis whose hash is wrong', async () => {
    const at = join(folder, 'wrong')
    await expect(open(at, { ...genesis, hash: `0x${'12'.repeat(32)}` })).rejects.toMatchObject({ code: 'CHAIN_GENESIS_INVALID' })
    const chain = await open(at)
    expect(chain.head().height).toBe(0n)
    await chain.close()
  })
})

describe('a full disk', () => {
  it('halts the chain with its reason, reads go on, and nothing committed is lost', async () => {
    const program = await bundle('full.program.ts')
    const genesisFile = join(folder, 'genesis.json')
    await writeFile(genesisFile, encodeGenesis(genesis))
    const at = join(folder, 'full')
    // Files of at most 2 MiB; with the signal ignored, writing beyond fails as on a full disk.
    const full = run(program, [at, genesisFile, '200'], "trap '' XFSZ; ulimit -f 2048;")
    expect(await full.ended, full.errors()).toBe(0)
    const said = (word: string) => full.lines.filter((line) => line.startsWith(`${word} `))
    const last = said('height').at(-1)!.split(' ')
    expect(said('halted')[0]).toMatch(/^halted DISK_FULL .*Nothing that was committed is lost/)
    expect(said('logged')).toEqual(['logged the chain has halted; no block can be made'])
    expect(said('reads')[0]).toBe(`reads ${last[2]} ${last[1]}`)
    expect(said('submit')).toEqual(['submit DISK_FULL'])
    expect(full.lines.at(-1)).toBe('closed')

    const again = run(program, [at, genesisFile, '3'])
    expect(await again.ended, again.errors()).toBe(0)
    expect(again.lines[0]).toBe(`open ${last[1]} ${last[2]}`)
    expect(again.lines.filter((line) => line.startsWith('height'))).toHaveLength(3)
    expect(again.lines.some((line) => line.startsWith('halted'))).toBe(false)
    await rm(dirname(program), { recursive: true, force: true })
  })
})

type Database = ClassicLevel<Uint8Array, Uint8Array>

async function edit(at: string, work: (db: Database) => Promise<void>): Promise<void> {
  const db: Database = new ClassicLevel(at, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  await work(db)
  await db.close()
}

function entries(db: Database, kind: string): Promise<[Uint8Array, Uint8Array][]> {
  return db.iterator({ gte: Buffer.from(kind), lt: Buffer.from([kind.charCodeAt(0) + 1]) }).all()
}

/** Flips a bit in the first, or last, entry of a kind. */
async function change(db: Database, kind: string, last = false): Promise<void> {
  const [key, value] = (await entries(db, kind)).at(last ? -1 : 0)!
  await db.put(key, flipped(value))
}

function flipped(value: Uint8Array): Uint8Array {
  const out = value.slice()
  out[Math.floor(out.length / 2)]! ^= 1
  return out
}
