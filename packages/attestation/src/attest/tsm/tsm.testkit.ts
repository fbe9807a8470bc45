import { basename, dirname } from 'node:path'
import { concatBytes, hexToBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { failed } from '../errors.ts'
import type { TsmFiles } from './files.ts'

export const GUID = {
  vcek: '63da758de6644564adc5f4b93be8accd',
  vlek: 'a8074bc2a25a483eaae639c045a0b8a1',
  ask: '4ab7b379bbac4fe4a02f05aef327c782',
  ark: 'c0b406a4a803495297433fb6014cd0ae',
  crl: '92f81bc358114d3d97ffd19f88dc67ea',
} as const

/** A table as the host puts it beside a report. */
export function certificateTable(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const little = (value: number): Uint8Array => uintBytes(value, 4).reverse()
  let offset = 24 * (entries.length + 1)
  const heads = entries.map(([guid, der]) => {
    const head = concatBytes(hexToBytes(`0x${guid}`), little(offset), little(der.length))
    offset += der.length
    return head
  })
  return concatBytes(...heads, new Uint8Array(24), ...entries.map(([, der]) => der))
}

export interface KernelOptions {
  readonly provider: string
  /** The report over this input. */
  readonly report: (inblob: Uint8Array, privilegeLevel: number | undefined) => Promise<Uint8Array>
  /** Only `sev_guest` has one. */
  readonly auxblob?: Uint8Array
  /** Runs before each read of a report: whoever else writes to the entry. */
  readonly before?: (write: (bytes: Uint8Array) => void) => void
  /** Whether the module that makes reports is loaded. */
  readonly loaded?: boolean
}

const error = (code: string): Error => Object.assign(new Error(`${code}: from the kernel`), { code })

interface Entry {
  inblob: Uint8Array
  level: number | undefined
  generation: number
}

/**
 * configfs-tsm as the kernel implements it (drivers/virt/coco/tsm.c and the two guest drivers): entries that are made and removed, write-only
 * and read-only files, an input of exactly 64 bytes that is refused when the report is read, and a generation that counts the writes.
 */
export class FakeKernel implements TsmFiles {
  readonly entries = new Map<string, Entry>()
  private readonly options: KernelOptions

  constructor(options: KernelOptions) {
    this.options = options
  }

  async mkdir(path: string): Promise<void> {
    if (this.options.loaded === false) throw error('ENXIO')
    if (this.entries.has(path)) throw error('EEXIST')
    this.entries.set(path, { inblob: new Uint8Array(), level: undefined, generation: 0 })
  }

  async rmdir(path: string): Promise<void> {
    if (!this.entries.delete(path)) throw error('ENOENT')
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const entry = this.entry(path)
    const name = basename(path)
    if (name === 'inblob') {
      if (bytes.length > 64) throw error('EINVAL')
      entry.inblob = Uint8Array.from(bytes)
    } else if (name === 'privlevel' && this.options.provider === 'sev_guest') {
      const level = Number(new TextDecoder().decode(bytes))
      if (!(level >= 0 && level <= 3)) throw error('EINVAL')
      entry.level = level
    } else throw error(name === 'privlevel' ? 'ENOENT' : 'EACCES')
    entry.generation++
  }

  async read(path: string, max: number): Promise<Uint8Array> {
    const entry = this.entry(path)
    const bytes = await this.content(entry, basename(path))
    if (bytes.length > max) throw failed(`${path} holds more than ${max} bytes`)
    return bytes
  }

  private async content(entry: Entry, name: string): Promise<Uint8Array> {
    if (name === 'provider') return utf8(`${this.options.provider}\n`)
    if (name === 'generation') return utf8(`${entry.generation}\n`)
    if (name === 'outblob') {
      this.options.before?.((bytes) => {
        entry.inblob = bytes
        entry.generation++
      })
      if (entry.inblob.length !== 64) throw error('EINVAL')
      return this.options.report(entry.inblob, entry.level)
    }
    if (name === 'auxblob' && this.options.provider === 'sev_guest') return this.options.auxblob ?? new Uint8Array()
    throw error(name === 'inblob' ? 'EACCES' : 'ENOENT')
  }

  private entry(path: string): Entry {
    const entry = this.entries.get(dirname(path))
    if (!entry) throw error('ENOENT')
    return entry
  }
}
