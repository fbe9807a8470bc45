import { eachField, type ProtobufReader } from '@opengradient/protocol'
import type { OnnxValue } from './types.ts'

/** A ValueInfoProto. A value that is no tensor (a sequence, a map) has type 0. @throws OgError `MODEL_INVALID` */
export function readValue(reader: ProtobufReader): OnnxValue {
  let name = ''
  let type = 0
  let shape: (number | string | null)[] | undefined
  const tensorType = (r: ProtobufReader): void =>
    eachField(
      r.message(),
      {
        1: (t) => {
          type = t.int31()
        },
        2: (s) => {
          const dims: (number | string | null)[] = []
          shape = dims
          eachField(s.message(), {}, { 1: (d) => void dims.push(readDimension(d.message())) })
        },
      },
      {},
    )
  const skip = (r: ProtobufReader): void => void r.span()
  eachField(
    reader,
    {
      1: (r) => {
        name = r.text()
      },
      2: (r) => eachField(r.message(), { 1: tensorType, 4: skip, 5: skip, 6: skip, 8: skip, 9: skip }, {}),
      3: skip,
    },
    { 4: skip },
  )
  return { name, type, ...(shape === undefined ? {} : { shape }) }
}

function readDimension(reader: ProtobufReader): number | string | null {
  let dim: number | string | null = null
  eachField(
    reader,
    {
      1: (r) => {
        const value = r.int64()
        if (value < -1n || value > 0x7fff_ffffn) throw r.path.invalid('DIMS', `dimension ${value} is out of range`)
        dim = value === -1n ? null : Number(value)
      },
      2: (r) => {
        dim = r.text(256) || null
      },
      3: (r) => void r.span(),
    },
    {},
  )
  return dim
}
