import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, type Hex, sha256, utf8, zkContext, zkStatementHash } from '@opengradient/protocol'
import { onTestFinished } from 'vitest'
import type { Files } from './files.ts'
import type { ProofJob } from './job.ts'

export const id = (label: string): Hex => bytesToHex(sha256(utf8(label)))

/** A job about bytes that say its label. */
export function jobOf(label: string, over: Partial<ProofJob> = {}): ProofJob {
  const requestId = id(`request ${label}`)
  const job = {
    requestId,
    modelId: id('model'),
    zkModelId: id('zk model'),
    x: utf8(`x of ${label}`),
    y: utf8(`y of ${label}`),
    ctx: zkContext({ chainId: 7n, requestId, salt: id(`salt ${label}`) }),
    deadline: 1_000_000,
    ...over,
  }
  return { ...job, proofRef: zkStatementHash(job) }
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'og-proofs-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A disk that can be full, for names that match. */
export function faultyFiles(files: Files): Files & { full: RegExp | undefined } {
  const faulty = {
    ...files,
    full: undefined as RegExp | undefined,
    write: async (name: string, bytes: Uint8Array) => {
      if (faulty.full?.test(name)) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return files.write(name, bytes)
    },
  }
  return faulty
}

export async function eventually(ready: () => boolean | Promise<boolean>, what: string, timeoutMs = 120_000): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs
  while (!(await ready())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
