/** Arrays of F: affine combinations, conversions of signed integers, canonical check. */
import { P, add, fromSigned, mul } from './f'
import { arg, run } from './fork'
import { F_AXPY, at as argument } from './passes'

export function fAxpy(out: usize, x: usize, coef: usize, n: u32): void {
  arg(0, out)
  arg(1, x)
  arg(2, coef)
  run(F_AXPY, n, 16384)
}
/** Arguments: out, x, coef. */
export function fAxpyPart(args: usize, from: u32, to: u32): void {
  const c = load<u64>(argument(args, 2)), k = <usize>from << 3
  let out = argument(args, 0) + k, x = argument(args, 1) + k
  for (const end = out + (<usize>(to - from) << 3); out < end; out += 8, x += 8) store<u64>(out, add(load<u64>(out), mul(c, load<u64>(x))))
}
export function fAddConst(out: usize, value: usize, n: u32): void {
  const c = load<u64>(value)
  for (const end = out + (<usize>n << 3); out < end; out += 8) store<u64>(out, add(load<u64>(out), c))
}
export function fGatherAxpy(out: usize, src: usize, idx: usize, coef: usize, n: u32): void {
  const c = load<u64>(coef)
  for (const end = out + (<usize>n << 3); out < end; out += 8, idx += 4) {
    const i = load<u32>(idx)
    if (i != 0xffffffff) store<u64>(out, add(load<u64>(out), mul(c, load<u64>(src + (<usize>i << 3)))))
  }
}
export function fIota(out: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) store<u64>(out + (<usize>i << 3), <u64>i)
}
export function fFromI64(out: usize, input: usize, n: u32): void {
  for (const end = out + (<usize>n << 3); out < end; out += 8, input += 8) store<u64>(out, fromSigned(load<i64>(input)))
}
export function fFromI32(out: usize, input: usize, n: u32): void {
  for (const end = out + (<usize>n << 3); out < end; out += 8, input += 4) store<u64>(out, fromSigned(<i64>load<i32>(input)))
}
export function fFromI16(out: usize, input: usize, n: u32): void {
  for (const end = out + (<usize>n << 3); out < end; out += 8, input += 2) store<u64>(out, fromSigned(<i64>load<i16>(input)))
}
export function fCanonical(ptr: usize, n: u32): i32 {
  let bad: u32 = 0
  for (const end = ptr + (<usize>n << 3); ptr < end; ptr += 8) bad |= u32(load<u64>(ptr) >= P)
  return i32(bad == 0)
}
