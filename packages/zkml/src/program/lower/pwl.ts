import type { PwlTable } from '../../ir/types.ts'
import { axis } from '../space.ts'
import type { Form, Space } from '../types.ts'
import type { Builder } from './builder.ts'
import type { Filling } from './fill.ts'
import { range } from './range.ts'
import { accumulator, int, type NodeContext, type Rule } from './rule.ts'
import { combine, whole } from './view.ts'

/** Rows of a piecewise linear table, `(i, t_i, s_i)`. */
const ROWS = 256

/**
 * Pwl: x + 32768 = 256·i + l with (i, t, s') a row of the table; Z = 256·t + s'·l, where the product is never committed: it is the
 * right side of the Hadamard. SPEC 3.5.
 */
export const pwl: Rule = (context) => {
  const x = context.tensors.first(context.node.in[0]!)
  const Z = accumulator(context, x[0])
  interpolate(context, x, int(context, 'table'), Z, (run) => run.int16(context.node.in[0]!))
}

/** Commits i, l, t, s' over the space of x and ties them to x (whose values `read` gives) and to Z. */
export function interpolate(context: NodeContext, x: Form, table: number, Z: Form, read: (run: Filling) => Int16Array | Int32Array): void {
  const { section, builder, ir } = context
  const [over] = x
  const [i, t, slope] = [builder.segment(over), builder.segment(over), builder.segment(over)]
  section.tuple(pwlTable(builder, ir.tables[table]!), [whole(i, over), whole(t, over), whole(slope, over)])
  const l = range(section, ir.limb, over, 8)
  section.lin(
    combine(
      over,
      [
        [1, x],
        [-256, whole(i, over)],
        [-1, l.form],
      ],
      32768,
    ),
  )
  const slopes = builder.base(whole(slope, over))
  const rests = builder.base(l.form)
  section.had(
    [over, [], [[slopes, 1n]]],
    [over, [], [[rests, 1n]]],
    combine(over, [
      [1, Z],
      [-256, whole(t, over)],
    ]),
  )
  builder.fillers.push((run) => {
    const values = read(run)
    const columns = {
      i: new Int32Array(values.length),
      l: new Int32Array(values.length),
      t: new Int32Array(values.length),
      s: new Int32Array(values.length),
    }
    const { rows } = ir.tables[table]!
    for (let at = 0; at < values.length; at++) {
      const u = values[at]! + 32768
      const row = rows[u >> 8]!
      columns.i[at] = u >> 8
      columns.l[at] = u & 255
      columns.t[at] = row[0]
      columns.s[at] = row[1]
    }
    run.put(i, columns.i)
    run.put(t, columns.t)
    run.put(slope, columns.s)
    l.fill(run, columns.l)
  })
}

/** The lookup table of a pwl table of the model: made once, when the first node uses it. */
function pwlTable(builder: Builder, { id, rows }: PwlTable): number {
  return builder.shared(`pwl ${id}`, () => {
    const over: Space = [axis(ROWS)]
    const column = (entry: (i: number) => number): Form => [over, [[1n, [builder.vec(ROWS, entry)]]], []]
    return builder.table(over, [column((i) => i), column((i) => rows[i]![0]), column((i) => rows[i]![1])])
  })
}
