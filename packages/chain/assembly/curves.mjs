// Writes constants.ts of each curve.
import { ISOGENY_1, ISOGENY_2 } from './bls12/isogenies.mjs'
import { data, shapeOf } from './field.mjs'
import { complex, invert, nonAdjacent, power, root } from './numbers.mjs'

const BN_X = 4965661367192848881n

/** How a curve's field is laid out, and what its folder is called. */
export const CURVES = {
  bn254: { p: 36n * BN_X ** 4n + 36n * BN_X ** 3n + 24n * BN_X ** 2n + 6n * BN_X + 1n, limbs: 9, bits: 29, bytes: 32 },
  bls12: {
    p: 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn,
    limbs: 14,
    bits: 28,
    bytes: 48,
  },
}

/** Writes constants: elements of the base field, or complex ones, or lists of either. */
function writer(shape) {
  const flat = (value) => (Array.isArray(value) ? value.flatMap(flat) : shape.montgomery(value))
  return (name, value) => data(name, flat(value))
}

/** ξ^(k(p - 1)/6) for k = 1 to 5. */
function frobenius(p, xi) {
  const field = complex(p)
  const first = field.power(xi, (p - 1n) / 6n)
  return [1n, 2n, 3n, 4n, 5n].map((k) => field.power(first, k))
}

export function constantsOf(name) {
  const shape = shapeOf(CURVES[name])
  return (name === 'bn254' ? bn254 : bls12)(shape.p, writer(shape)).join('\n')
}

function bn254(p, write) {
  const field = complex(p)
  const xi = [9n, 1n]
  const gamma = frobenius(p, xi)
  const loop = nonAdjacent(6n * BN_X + 2n)
  return [
    write('B1', 3n),
    write('B2', field.mul([3n, 0n], field.invert(xi))),
    write('FROBENIUS', gamma),
    write('PSI_X', gamma[1]),
    write('PSI_Y', gamma[2]),
    write('BETA', 0x59e26bcea0d48bacd4f263f1acdb5c4f5763473177fffffen),
    data('LOOP', loop, 'i8'),
    `export const LOOP_COUNT: i32 = ${loop.length}`,
  ]
}

function bls12(p, write) {
  const field = complex(p)
  const gamma = frobenius(p, [1n, 1n])
  const [a1, b1] = [
    0x144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1dn,
    0x12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0n,
  ]
  const z1 = 11n
  const [a2, b2, z2] = [[0n, 240n], [1012n, 1012n], field.negate([2n, 1n])]
  const words = (value) => [0n, 1n, 2n, 3n, 4n, 5n].map((i) => (value >> (64n * i)) & 0xffffffffffffffffn)
  const polynomials = (of, name) =>
    Object.entries(of).flatMap(([part, values]) => [
      write(`${name}_${part.toUpperCase()}`, values.toReversed()),
      `export const ${name}_${part.toUpperCase()}_COUNT: i32 = ${values.length}`,
    ])
  return [
    write('B1', 4n),
    write('B2', [4n, 4n]),
    write('FROBENIUS', gamma),
    write('PSI_X', field.invert(gamma[1])),
    write('PSI_Y', field.invert(gamma[2])),
    write('BETA', 0x5f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688de17d813620a00022e01fffffffefffen),
    write('HALF', invert(2n, p)),
    data('P_MINUS_3_OVER_4', words((p - 3n) / 4n), 'u64'),
    write('ISO1_A', a1),
    write('ISO1_B', b1),
    write('ISO1_Z', z1),
    write('ISO1_C', -b1 * invert(a1, p)),
    write('ISO1_EXCEPTION', b1 * invert(z1 * a1, p)),
    write('ISO1_ROOT', root(power(-z1, 3n, p), p)),
    ...polynomials(ISOGENY_1, 'ISO1'),
    write('ISO2_A', a2),
    write('ISO2_B', b2),
    write('ISO2_Z', z2),
    write('ISO2_C', field.negate(field.mul(b2, field.invert(a2)))),
    write('ISO2_EXCEPTION', field.mul(b2, field.invert(field.mul(z2, a2)))),
    ...polynomials(ISOGENY_2, 'ISO2'),
  ]
}
