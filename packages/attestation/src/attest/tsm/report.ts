import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { failed, reasonOf, systemCode, unavailable } from '../errors.ts'
import type { TsmFiles } from './files.ts'

/** Where Linux (6.7 and later) shows its interface to the security module. */
export const TSM_FOLDER = '/sys/kernel/config/tsm/report'
/** Bytes of the longest blob that the kernel gives (TSM_REPORT_OUTBLOB_MAX). */
const MAX_BLOB = 32_768
/** Times that a report is asked for again after somebody else wrote to the same entry. */
const ATTEMPTS = 3

/** One report as the kernel gives it. */
export interface TsmReport {
  /** The kernel module that made it: `tdx_guest`, `sev_guest` … */
  readonly provider: string
  readonly outblob: Uint8Array
  /** Certificates, with SNP; empty where there are none. */
  readonly auxblob: Uint8Array
}

export interface TsmRequest {
  readonly files: TsmFiles
  readonly folder: string
  /** 64 bytes. */
  readonly inblob: Uint8Array
  /** Privilege level (SNP); the kernel's default if absent. */
  readonly privilegeLevel?: number
}

/**
 * Asks for a report in an entry of its own (Documentation/ABI/testing/configfs-tsm-report). `generation` counts the writes to an entry: when
 * it is not what our own writes make it, somebody else wrote between, and the report is asked for again. ATTESTER_UNAVAILABLE,
 * ATTESTER_FAILED.
 */
export async function readTsmReport(request: TsmRequest): Promise<TsmReport> {
  const { files, folder } = request
  const entry = join(folder, `opengradient-${randomUUID()}`)
  await files.mkdir(entry).catch((error: unknown) => {
    throw unavailable(`Linux gives no reports in ${folder} (${systemCode(error) ?? reasonOf(error)})`, error)
  })
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const report = await attemptReport(request, entry)
      if (report) return report
    }
    throw failed(`Somebody else writes to ${entry}: no report could be read between two writes`)
  } catch (error) {
    throw systemCode(error)?.startsWith('E') ? failed(`Linux did not give a report: ${reasonOf(error)}`, error) : error
  } finally {
    await files.rmdir(entry).catch(() => {})
  }
}

/** The report, or undefined when the entry was written to by others meanwhile. */
async function attemptReport({ files, inblob, privilegeLevel }: TsmRequest, entry: string): Promise<TsmReport | undefined> {
  const at = (name: string): string => join(entry, name)
  const before = await generation(files, at('generation'))
  if (privilegeLevel !== undefined) await files.write(at('privlevel'), new TextEncoder().encode(String(privilegeLevel)))
  await files.write(at('inblob'), inblob)
  const provider = text(await files.read(at('provider'), 256))
  const outblob = await files.read(at('outblob'), MAX_BLOB)
  const auxblob = await files.read(at('auxblob'), MAX_BLOB).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return new Uint8Array()
    throw error
  })
  const writes = privilegeLevel === undefined ? 1 : 2
  return (await generation(files, at('generation'))) === before + writes ? { provider, outblob, auxblob } : undefined
}

async function generation(files: TsmFiles, path: string): Promise<number> {
  const digits = text(await files.read(path, 64))
  if (!/^\d{1,15}$/.test(digits)) throw failed(`${path} does not hold a number`)
  return Number(digits)
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim()
