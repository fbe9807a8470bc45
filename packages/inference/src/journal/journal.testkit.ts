import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Address,
  bytesToHex,
  encodeReceiptHeader,
  type Hex,
  type Receipt,
  sha256,
  utf8,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'
import { onTestFinished } from 'vitest'
import type { Answer, JournalIdentity, Reservation } from './entry.ts'
import type { SegmentFile, SegmentIo } from './io.ts'

export const IDENTITY: JournalIdentity = {
  chainId: 123456789n,
  settlement: `0x${'4f'.repeat(20)}`,
  node: `0x${'aa'.repeat(20)}`,
}

/** Different bytes for each label. */
export function id(label: string): Hex {
  return bytesToHex(sha256(utf8(label)))
}

export function account(label: string): Address {
  return id(label).slice(0, 42) as Address
}

export function reservation(label: string, over: Partial<Reservation> = {}): Reservation {
  return {
    requestId: id(`request ${label}`),
    requestHash: id(`hash ${label}`),
    modelId: id('model'),
    paymentId: id(`payment ${label}`),
    payer: account('payer'),
    value: 1000n,
    nonce: id(`nonce ${label}`),
    validAfter: 0n,
    validBefore: 2_000_000_000n,
    signature: `0x${'11'.repeat(65)}`,
    ...over,
  }
}

/** An answer with a consistent receipt; signatures here are bytes, not signatures. */
export function answerFor(label: string, paid?: Reservation, body: Uint8Array = utf8(`body ${label}`)): Answer {
  const execution = utf8(`execution ${label}`)
  const receipt: Receipt = {
    requestId: id(`request ${label}`),
    paymentId: paid?.paymentId ?? ZERO_HASH,
    modelId: id('model'),
    requestHash: id(`hash ${label}`),
    responseHash: bytesToHex(sha256(body)),
    executionHash: bytesToHex(sha256(execution)),
    proofRef: ZERO_HASH,
    level: 0,
    node: IDENTITY.node,
    payer: paid?.payer ?? ZERO_ADDRESS,
    price: paid?.value ?? 0n,
    issuedAt: 1_800_000_000n,
  }
  const signature: Hex = `0x${'22'.repeat(64)}1b`
  const header = encodeReceiptHeader(receipt, signature)
  return { receipt, receiptHash: id(`receipt ${label}`), signature, header, contentType: 'application/json', headers: {}, execution, body }
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'og-journal-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A disk that can be full, or fail: wraps a real one. `room` counts down with every byte written. */
export function faultyDisk(io: SegmentIo): SegmentIo & { room: number; syncFails: boolean } {
  const disk = {
    ...io,
    room: Number.POSITIVE_INFINITY,
    syncFails: false,
    freeBytes: () => Math.min(disk.room, io.freeBytes()),
    open: (segment: number, size: number): SegmentFile => {
      const file = io.open(segment, size)
      return {
        ...file,
        write: (bytes, position) => {
          const fits = Math.max(0, Math.min(bytes.length, disk.room))
          file.write(bytes.subarray(0, fits), position)
          disk.room -= fits
          if (fits < bytes.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        },
        sync: () => (disk.syncFails ? Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' })) : file.sync()),
      }
    },
  }
  return disk
}

/** A disk of which it is known what would be left of its segments if power went now. */
export function poweredDisk(io: SegmentIo): SegmentIo & { left(segment: number): Buffer } {
  const synced = new Map<number, number>()
  return {
    ...io,
    left: (segment) => io.read(segment).subarray(0, synced.get(segment)),
    open: (segment, size) => {
      const file = io.open(segment, size)
      let end = size
      synced.set(segment, size)
      return {
        ...file,
        write: (bytes, position) => {
          file.write(bytes, position)
          end = position + bytes.length
        },
        sync: async () => {
          const upTo = end
          await file.sync()
          synced.set(segment, Math.max(upTo, synced.get(segment)!))
        },
        syncNow: () => {
          file.syncNow()
          synced.set(segment, end)
        },
      }
    },
  }
}
