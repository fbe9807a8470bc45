import { ModelBuilder } from '../../src/program/model.testkit.ts'

/** A model and its outputs. */
export interface Drawn {
  readonly model: ModelBuilder
  readonly outputs: number[]
}

/** A random chain of layers, sums and clips. */
export function randomLayers(random: () => bigint): Drawn {
  const below = (n: number) => Number(random() % BigInt(n))
  const model = new ModelBuilder(below(2) === 0 ? 8 : 16, below(2 ** 30))
  const lead = below(3) === 0 ? [1 + below(3)] : []
  let axes = [...lead, 1 + below(5)]
  const made = [{ id: model.input(axes), axes }]
  const rounding = () => {
    const [lo, hi] = [
      [-32768, 32767],
      [0, 32767],
      [0, 100 + below(1000)],
      [-below(200) - 1, below(300)],
    ][below(4)] as [number, number]
    return { s: below(12), lo, hi }
  }
  const constant = (n: number, most: number) =>
    below(2) === 0 ? below(2 * most) - most : Array.from({ length: n }, () => below(3) - 1 || below(most))
  const raw: number[] = []
  for (let i = 0; i < 1 + below(4); i++) {
    const { id, axes: own } = made[below(made.length)]!
    const how = below(8) === 0 ? { raw: 1 } : rounding()
    axes = own
    let out: number
    const op = below(3)
    if (op === 0) {
      const O = 1 + below(4)
      axes = [...own.slice(0, -1), O]
      const w = [model.noise([O, own.at(-1)!], 'i16', 300), ...(below(2) === 0 ? [model.noise([O], 'i64', 5000)] : [])]
      const d = below(2) === 0 ? Array<number>(O).fill(below(3)) : Array.from({ length: O }, () => below(5))
      out = model.node('Gemm', [id], w, axes, { d, ...how })
    } else if (op === 1) {
      const ax = below(own.length)
      const other = made.filter((one) => one.axes.join() === own.join())[0]!
      const two = below(2) === 0
      const c = (most: number) => constant(own[ax]!, most)
      out = model.node('Affine', two ? [id, other.id] : [id], [], own, { ax, c1: c(50), ...(two ? { c2: c(50) } : {}), c0: c(500), ...how })
    } else out = model.node('Clip', [id], [], own, how)
    if ('raw' in how) raw.push(out)
    else made.push({ id: out, axes })
  }
  const rounded = made.slice(1).map(({ id }) => id)
  return { model, outputs: raw.length > 0 ? raw : [rounded.at(-1)!] }
}

/** A random chain of index maps over a rounded tensor and the public input, ending in what reads them. */
export function randomViews(random: () => bigint): Drawn {
  const below = (n: number) => Number(random() % BigInt(n))
  const model = new ModelBuilder(below(2) === 0 ? 8 : 16, below(2 ** 30))
  const first = [1 + below(4), 2 + below(3)]
  const x = model.input(first)
  const made = [
    { id: x, axes: first },
    { id: model.node('Clip', [x], [], first, { s: 1, lo: -500, hi: 700 }), axes: first },
  ]
  for (let i = 0; i < 1 + below(5); i++) {
    const { id, axes: own } = made[below(made.length)]!
    const ax = below(own.length)
    const n = own[ax]!
    const along = (length: number) => own.map((old, j) => (j === ax ? length : old))
    const op = below(6)
    if (op === 0) made.push({ id: model.node('Transpose', [id], [], [own[1]!, own[0]!], { perm: [1, 0] }), axes: [own[1]!, own[0]!] })
    else if (op === 1) {
      const start = below(n)
      const len = 1 + below(n - start)
      made.push({ id: model.node('Slice', [id], [], along(len), { ax, start, len }), axes: along(len) })
    } else if (op === 2) {
      const idx = Array.from({ length: 1 + below(4) }, () => below(n))
      made.push({ id: model.node('Gather', [id], [], along(idx.length), { ax, idx }), axes: along(idx.length) })
    } else if (op === 3) {
      const [before, after, value] = [below(3), below(3), [0, 5, -900][below(3)]!]
      made.push({
        id: model.node('Pad', [id], [], along(before + n + after), { ax, before, after, value }),
        axes: along(before + n + after),
      })
    } else if (op === 4) {
      const others = made.filter(({ axes }) => axes[1 - ax] === own[1 - ax])
      const chosen = [{ id, axes: own }, ...Array.from({ length: 1 + below(2) }, () => others[below(others.length)]!)]
      const axes = along(chosen.reduce((sum, one) => sum + one.axes[ax]!, 0))
      made.push({
        id: model.node(
          'Concat',
          chosen.map((one) => one.id),
          [],
          axes,
          { ax },
        ),
        axes,
      })
    } else if (own[0]! * own[1]! > 1)
      made.push({ id: model.node('Reshape', [id], [], [own[0]! * own[1]!, 1], {}), axes: [own[0]! * own[1]!, 1] })
  }
  const { id, axes } = made.at(-1)!
  return { model, outputs: [model.node('Clip', [id], [], axes, { s: 2, lo: -300, hi: 300 }), ...(made.length > 2 ? [id] : [])] }
}
