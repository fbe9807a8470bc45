import type { Tensor } from '@opengradient/sdk'
import { printable } from './style.ts'

const SHOWN = 12

/** Named tensors, a line each: name, datatype, shape, the first values. */
export function outputLines(outputs: Readonly<Record<string, Tensor>>): string[] {
  return Object.entries(outputs).map(
    ([name, tensor]) => `${printable(name)}  ${tensor.datatype} [${tensor.shape.join(', ')}]  ${valuesText(tensor)}`,
  )
}

/** The first values of a tensor as a person reads them; FP32 with the digits that a float holds. */
export function valuesText({ datatype, data }: Tensor, shown = SHOWN): string {
  const values = Array.from(data as ArrayLike<number | bigint | Uint8Array>).slice(0, shown)
  const text = values.map((value) => {
    if (value instanceof Uint8Array) return printable(JSON.stringify(new TextDecoder().decode(value)))
    if (typeof value === 'bigint') return value.toString()
    return datatype === 'FP32' ? shortFloat(value) : String(value)
  })
  return `${text.join(' ')}${data.length > shown ? ` … (${data.length})` : ''}`
}

/** The shortest decimal that gives this float32 again. */
function shortFloat(value: number): string {
  for (let digits = 6; digits <= 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(value)
}
