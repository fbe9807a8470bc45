import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, FRAME_HEADER, scanFrames } from './frame.ts'

const records = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 })

/** Frames one after the other, each knowing that everything before it is on disk if `synced`. */
function segmentOf(groups: Uint8Array[][], synced: boolean): { bytes: Buffer; starts: number[] } {
  const parts: Buffer[] = []
  const starts: number[] = []
  let at = 0
  for (const group of groups) {
    const { bytes } = encodeFrame(
      group.map((r) => [r]),
      at,
      synced ? at : 0,
    )
    parts.push(bytes)
    starts.push(at)
    at += bytes.length
  }
  return { bytes: Buffer.concat(parts), starts }
}

test('what was framed is read back, record by record, at the offsets that were told', () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 6 }), (groups) => {
      const { bytes } = segmentOf(groups, true)
      const scan = scanFrames(bytes)
      expect(scan.stopped).toBeUndefined()
      expect(scan.end).toBe(bytes.length)
      expect(scan.frames.map((f) => f.records.map((r) => [...r.payload]))).toEqual(groups.map((g) => g.map((r) => [...r])))
      for (const frame of scan.frames) {
        for (const record of frame.records) {
          expect([...bytes.subarray(record.offset, record.offset + record.payload.length)]).toEqual([...record.payload])
        }
      }
    }),
  )
})

test('the parts of one record lie one after the other', () => {
  const { bytes, offsets } = encodeFrame([[Uint8Array.of(1), Uint8Array.of(2, 3)], [Uint8Array.of(4)]], 1000, 0)
  expect(offsets).toEqual([1000 + FRAME_HEADER + 4, 1000 + FRAME_HEADER + 4 + 3 + 4])
  expect([...bytes.subarray(FRAME_HEADER + 4, FRAME_HEADER + 7)]).toEqual([1, 2, 3])
})

test('a text is a byte for each of its characters, whatever they are', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const asText = encodeFrame([[all.toString('latin1'), all], [all.toString('latin1')]], 0, 0)
  expect(asText).toEqual(encodeFrame([[all, all], [all]], 0, 0))
  expect(asText).toEqual(encodeFrame([[all, all.toString('latin1')], [all]], 0, 0, Buffer.alloc(4096)))
})

test('a segment cut anywhere gives the whole frames before the cut, and calls the rest torn', () => {
  fc.assert(
    fc.property(fc.array(records, { minLength: 1, maxLength: 4 }), fc.double({ min: 0, max: 1, noNaN: true }), (groups, share) => {
      const { bytes, starts } = segmentOf(groups, true)
      const cut = Math.floor(bytes.length * share)
      const scan = scanFrames(bytes.subarray(0, cut))
      const whole = [...starts, bytes.length].filter((at) => at <= cut).length - 1
      expect(scan.frames.length).toBe(Math.max(0, whole))
      expect(scan.stopped).toBe(scan.end === cut ? undefined : 'torn')
    }),
  )
})

test('damage that a later frame proves to have been on disk is corrupt, not torn', () => {
  const { bytes, starts } = segmentOf([[Uint8Array.of(1, 2, 3)], [Uint8Array.of(4, 5, 6)], [Uint8Array.of(7)]], true)
  for (const at of [starts[0]!, starts[0]! + FRAME_HEADER + 5, starts[1]! + 6]) {
    const damaged = Buffer.from(bytes)
    damaged[at] = damaged[at]! ^ 0xff
    expect(scanFrames(damaged).stopped).toBe('corrupt')
  }
})

test('damage behind which nothing was acknowledged is torn', () => {
  const { bytes, starts } = segmentOf([[Uint8Array.of(1, 2, 3)], [Uint8Array.of(4, 5, 6)], [Uint8Array.of(7)]], false)
  const damaged = Buffer.from(bytes)
  damaged[starts[1]! + FRAME_HEADER + 5]! ^= 1
  const scan = scanFrames(damaged)
  expect(scan.stopped).toBe('torn')
  expect(scan.frames.length).toBe(1)
})

test('zeros behind the last frame are unused space, not damage', () => {
  const { bytes } = segmentOf([[Uint8Array.of(1)], [Uint8Array.of(2)]], true)
  const scan = scanFrames(Buffer.concat([bytes, Buffer.alloc(5000)]))
  expect(scan).toMatchObject({ end: bytes.length })
  expect(scan.stopped).toBeUndefined()
  expect(scan.frames.length).toBe(2)
  const torn = scanFrames(Buffer.concat([bytes, bytes.subarray(0, 10), Buffer.alloc(5000)]))
  expect(torn).toMatchObject({ end: bytes.length, stopped: 'torn' })
})

test('random bytes are never a frame', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), (bytes) => {
      fc.pre(bytes.some((byte) => byte !== 0))
      const scan = scanFrames(Buffer.from(bytes))
      expect(scan.frames).toEqual([])
      expect(scan.stopped).toBe('torn')
    }),
  )
})
