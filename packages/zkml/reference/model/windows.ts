import type { IrNode } from '../../src/ir/types.ts'
import { badIr } from './read.ts'

const pair = (node: IrNode, key: string): readonly number[] => {
  const values = node.a[key] as readonly number[]
  return values.length === (key === 'pad' ? 4 : 2) ? values : badIr(key)
}

/** The places [OH, OW] of a window over a feature map [H, W]. SPEC 2.4, Conv, AvgPool and MaxPool. */
export function placesOf(node: IrNode, kernel: readonly number[], map: readonly number[]): number[] {
  const [stride, pad, dil] = [pair(node, 'stride'), pair(node, 'pad'), pair(node, 'dil')]
  return [0, 1].map((i) => {
    const spare = map[i]! + pad[i]! + pad[i + 2]! - (kernel[i]! - 1) * dil[i]! - 1
    if (spare < 0) badIr('a window longer than its map')
    const places = Math.floor(spare / stride[i]!) + 1
    if (places * kernel[i]! > 2 ** 26) badIr('windows')
    if (node.op === 'MaxPool') {
      const real = dil[i]! <= map[i]! && Math.ceil(pad[i]! / dil[i]!) < kernel[i]! && (places - 1) * stride[i]! - pad[i]! < map[i]!
      if (!real) badIr('a window with no real cell')
    }
    return places
  })
}
export const kernelOf = (node: IrNode): readonly number[] => pair(node, 'kernel')
