import type { IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Space, Window } from '../../src/program/types.ts'
import { axesOf, type Lowering } from './rules.ts'
import type { Place } from './tensors.ts'

/** The window of a node over feature maps [C, H, W], and its output places. */
export function windowOf(at: Lowering, node: IrNode, [KH, KW]: readonly number[]): Window {
  const [, H, W] = axesOf(at, node) as [number, number, number]
  const [, OH, OW] = at.ir.tensors[node.out]!.axes as [number, number, number]
  const [stride, pad, dil] = [node.a.stride, node.a.pad, node.a.dil] as [number[], number[], number[]]
  return [H, W, KH!, KW!, OH, OW, stride[0]!, stride[1]!, pad[0]!, pad[1]!, dil[0]!, dil[1]!]
}

/** What the input of a window is asked for: channels, as one axis or as they are, and one axis of places. */
export const mapGroups = (at: Lowering, node: IrNode, single = false) => {
  const [C, H, W] = axesOf(at, node) as [number, number, number]
  return [
    { n: C, single },
    { n: H * W, single: true },
  ]
}

/** Maps of the batch, the channels and the places, the first two as they are. */
export const windowed =
  (batch: number, space: (channels: readonly number[]) => { target: Space; channels: number; places: AxisMap }): Place =>
  ({ parts, lengths }) => {
    const own = parts[0]!.map((ax) => lengths[ax]!)
    const { target, channels, places } = space(own)
    return [[['id', batch], ...own.map((_, i): AxisMap => ['id', channels + i]), places], target]
  }
