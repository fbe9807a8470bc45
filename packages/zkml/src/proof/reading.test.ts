import { expect, test } from 'vitest'
import type { AxisMap, Space, Window } from '../program/types.ts'
import { Desk } from './desk.ts'
import { indexTable, NOTHING, readingsOf, tapCell } from './reading.ts'
import { kernels } from './session.testkit.ts'

const desk = new Desk(kernels)
const axes = [2, 4].map((n) => ({ n, length: n }))

test('a shift by more than there is reads nothing, however far', () => {
  for (const far of [2, 2 ** 29, 2 ** 30, 2 ** 31 - 1, -4, -(2 ** 30)]) {
    const [reading] = readingsOf(
      desk,
      [],
      [[2, 1]],
      [
        ['shift', 0, far],
        ['fix', 0],
      ],
      axes,
    )
    expect([...indexTable([[2, 1]], reading!)], `${far}`).toEqual([NOTHING, NOTHING])
  }
  const [reading] = readingsOf(
    desk,
    [],
    [[2, 1]],
    [
      ['shift', 0, 1],
      ['fix', 3],
    ],
    axes,
  )
  expect([...indexTable([[2, 1]], reading!)]).toEqual([NOTHING, 3])
})

test('cells with the same weight are read together, and those with none not at all', () => {
  const read = (vec: bigint[]) =>
    readingsOf(
      desk,
      [vec],
      [[4, 2]],
      [
        ['fix', 1],
        ['wt', 0, 0],
      ],
      axes,
    ).map((one) => [...indexTable([[4, 2]], one)])
  expect(read([0n, 3n, 0n, 3n])).toEqual([[NOTHING, 5, NOTHING, 7]])
  expect(read([0n, 0n, 0n, 0n])).toEqual([])
})

test('where nothing varies, one cell is read', () => {
  const [reading] = readingsOf(
    desk,
    [],
    [],
    [
      ['fix', 1],
      ['fix', 2],
    ],
    axes,
  )
  expect([...indexTable([], reading!)]).toEqual([6])
})

/** Maps of 4 × 5 cells, read with strides, padding and dilation that differ down and across. */
const windows: readonly Window[] = [
  [4, 5, 3, 2, 3, 5, 2, 1, 1, 2, 1, 3],
  [4, 5, 2, 3, 4, 2, 1, 3, 2, 1, 3, 1],
  [4, 5, 1, 1, 4, 5, 1, 1, 0, 0, 1, 1],
  [4, 5, 4, 5, 1, 1, 1, 1, 0, 0, 1, 1],
]

/** Cell by tap and output, read from a copy of the map with a wide margin of nothing. */
function readBy([H, W, KH, KW, OH, OW, sy, sx, py, px, dy, dx]: Window): number[][] {
  const margin = 12
  const wide = Array.from({ length: H + 2 * margin }, () => new Array<number>(W + 2 * margin).fill(-1))
  for (let cell = 0; cell < H * W; cell++) wide[margin + Math.floor(cell / W)]![margin + (cell % W)] = cell
  const taps: number[][] = []
  for (let ky = 0; ky < KH; ky++)
    for (let kx = 0; kx < KW; kx++) {
      const outputs: number[] = []
      for (let oy = 0; oy < OH; oy++)
        for (let ox = 0; ox < OW; ox++) outputs.push(wide[margin - py + oy * sy + ky * dy]![margin - px + ox * sx + kx * dx]!)
      taps.push(outputs)
    }
  return taps
}

test.each(windows.map((window) => [window] as const))(
  'window %#: each tap reads its cell for each output, and nothing outside of the map',
  (window) => {
    const expected = readBy(window)
    expect(expected.map((outputs, k) => outputs.map((_, o) => tapCell(window, k, o)))).toEqual(expected)
  },
)

test.each(windows.map((window) => [window] as const))(
  'window %#: in an index table, with its taps before its outputs, behind them, and as a sum',
  (window) => {
    const expected = readBy(window).map((outputs) => outputs.map((cell) => (cell < 0 ? NOTHING : 4 * cell + 3)))
    const [taps, outputs] = [expected.length, expected[0]!.length]
    const axis = (n: number): Space[number] => [n, Math.ceil(Math.log2(n))]
    const source = [{ n: 20, length: 20 }, axes[1]!]
    const tables = (space: Space, map: AxisMap) =>
      readingsOf(desk, [], space, [map, ['fix', 3]], source).map((reading) => {
        const table = indexTable(space, reading)
        const bits = space.at(-1)![1]
        return Array.from({ length: space.length === 2 ? space[0]![0] : 1 }, (_, i) => [
          ...table.subarray(i << bits, (i << bits) + space.at(-1)![0]),
        ])
      })
    expect(tables([axis(taps), axis(outputs)], ['gather', 0, 1, window])).toEqual([expected])
    const turned = expected[0]!.map((_, o) => expected.map((row) => row[o]!))
    expect(tables([axis(outputs), axis(taps)], ['gather', 1, 0, window])).toEqual([turned])
    expect(tables([axis(outputs)], ['gather', -1, 0, window])).toEqual(expected.map((row) => [row]))
  },
)
