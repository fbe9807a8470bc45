import type { AxisMap, Form, Space } from '../../src/program/types.ts'
import type { Builder, NodeParts } from './builder.ts'
import { axisOf, over, plus, spaceOf, times } from './form.ts'
import { mapGroups, windowed, windowOf } from './maps.ts'
import { accumulatorOf } from './rounded.ts'
import { longer, type Rule } from './rules.ts'

export const averagePool: Rule = (at, node, parts) => {
  const window = windowOf(at, node, node.a.kernel as readonly number[])
  const [B, P] = [axisOf(at.batch), axisOf(window[4] * window[5])]
  const place = windowed(0, (own) => ({
    target: [B, ...spaceOf(...own), P],
    channels: 1,
    places: ['gather', -1, 1 + own.length, window],
  }))
  const read = at.tensors.read(node.in[0]!, mapGroups(at, node), place)
  const space = [B, ...spaceOf(...longer(read[0].slice(1).map(([n]) => n)))]
  const acc = accumulatorOf(at, node, space, parts)
  const to = read[0].flatMap(([n], ax) => (ax === 0 || n > 1 ? [ax] : []))
  parts.linear.push(['lin', plus(over(acc, read[0], to), read, -BigInt(node.a.c as number))])
}

/** A source over `space` summed over its axis k, with these factors. */
export function summed(form: Form, k: number, vec = -1): Form {
  const rest = form[0].filter((_, ax) => ax !== k)
  const maps = form[0].map(([n], ax): AxisMap => (ax === k ? ['sum', vec, n] : ['id', ax < k ? ax : ax - 1]))
  return [rest, [], form[2].map(([coef, source]) => [coef, source, maps] as const)]
}

/**
 * Commits the maximum of x over its axis k, the distances to it and the choice of a cell that has it: gives the first two. `missing`: 1 where a
 * cell is not there, which counts as −32768. SPEC 3.5.
 */
export function maximum(build: Builder, x: Form, k: number, missing: Form | undefined, parts: NodeParts): { Y: Form; D: Form } {
  const space = x[0]
  const rest: Space = space.filter((_, ax) => ax !== k)
  const Y = build.commit(rest)
  const D = build.range(space, 16, parts)
  const sel = build.commit(space)
  const to = space.flatMap((_, ax) => (ax === k ? [] : [ax]))
  const distance = plus(plus(D, over(Y, space, to), -1n), x)
  parts.linear.push(['lin', missing ? plus(distance, missing, -32768n) : distance])
  parts.linear.push(['lin', plus(summed(sel, k), build.constant(rest, 1n), -1n)])
  parts.products.push(['had', build.factor(space, 0n, [sel, 1n]), build.factor(space, 0n, [D, 1n]), [space, [], []]])
  return { Y, D }
}

export const maximumPool: Rule = (at, node, parts) => {
  const { build, batch, tensors } = at
  const window = windowOf(at, node, node.a.kernel as readonly number[])
  const [T, P] = [axisOf(window[2] * window[3]), axisOf(window[4] * window[5])]
  const place = windowed(0, (own) => ({
    target: [axisOf(batch), ...spaceOf(...own), T, P],
    channels: 1,
    places: ['gather', 1 + own.length, 2 + own.length, window],
  }))
  const x = tensors.read(node.in[0]!, mapGroups(at, node), place)
  const k = x[0].length - 2
  const seen: Form = [x[0], [], [[1n, ['ones', [axisOf(window[0] * window[1])]], [['gather', k, k + 1, window]]]]]
  const padded = (node.a.pad as readonly number[]).some((cells) => cells > 0)
  const missing = padded ? plus(build.constant(x[0], 1n), times(seen, -1n)) : undefined
  tensors.define(node.out, maximum(build, x, k, missing, parts).Y)
}
