import type { Ir } from '../../src/ir/types.ts'
import type { Form } from '../../src/program/types.ts'
import { Reject } from '../bytes.ts'
import type { Builder } from './builder.ts'
import { spaceOf } from './form.ts'

/**
 * Reads weights over axes of given lengths. Committed ones have a segment each, in order, laid out as the first node reads them (over their own axes
 * if none does); a second layout is `UNSUPPORTED_OP`. SPEC 3.6.
 */
export function weightsOf(ir: Ir, build: Builder, committed: boolean): (id: number, lengths: readonly number[]) => Form {
  if (!committed) return (id, lengths) => build.whole(['pubw', id, spaceOf(...lengths)], spaceOf(...lengths))
  for (const { axes } of ir.weights) build.commit(spaceOf(...axes), 1)
  const layouts = new Map<number, string>()
  return (id, lengths) => {
    if ((layouts.get(id) ?? lengths.join()) !== lengths.join()) throw new Reject('UNSUPPORTED_OP', `weight ${id}`)
    layouts.set(id, lengths.join())
    build.segments[id] = [1, spaceOf(...lengths)]
    return build.whole(id, spaceOf(...lengths))
  }
}
