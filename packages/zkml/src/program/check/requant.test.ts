import { describe, expect, it } from 'vitest'
import { type Case, caseOf, ModelBuilder } from '../model.testkit.ts'
import { Forgery } from './forgery.testkit.ts'

/** Segments of a Clip with s = 4, lo = −100, hi = 50, limb 8, in creation order. */
const [Y, REST, M0, M1, U, R] = [0, 1, 2, 3, 4, 5]
const OUT = 1

/** x = 480 (q = 30), 488 (q = 31: half rounds up), 2000 (q = 125 > hi), −3000 (q = −187 < lo). */
function clip(lo = -100): Case {
  const model = new ModelBuilder(8)
  const y = model.node('Clip', [model.input([4])], [], [4], { s: 4, lo, hi: 50 })
  return caseOf(model, [y], { inputs: [Int16Array.of(480, 488, 2000, -3000)] })
}

/** Sets y of cell `i`, what remains to hi, and the public output. */
function claimed(forgery: Forgery, i: number, y: number, lo = -100): Forgery {
  return forgery
    .set(Y, i, y - lo)
    .set(REST, i, 50 - y)
    .claim(OUT, i, y)
}

describe('a false rounding is found', () => {
  it('the honest one is not', () => {
    expect(new Forgery(clip()).found()).toBeUndefined()
  })

  it('y + 1 with r − 2^s, and y − 1 with r = r + 2^s', () => {
    claimed(new Forgery(clip()), 0, 31).add(R, 0, -16).isFoundBy('look')
    claimed(new Forgery(clip()), 0, 29).add(R, 0, 16).isFoundBy('look')
  })

  it('r = 2^s exactly: the half rounded down', () => {
    const forgery = claimed(new Forgery(clip()), 1, 30)
    expect(forgery.get(R, 1)).toBe(0n)
    forgery.set(R, 1, 16).isFoundBy('look')
  })

  it('another y alone', () => {
    claimed(new Forgery(clip()), 0, 31).isFoundBy('lin')
    new Forgery(clip()).claim(OUT, 3, -99).isFoundBy('lin')
  })

  it('an overshoot where y is between the bounds', () => {
    claimed(new Forgery(clip()), 0, 20).set(M0, 0, 10).isFoundBy('had')
    claimed(new Forgery(clip()), 0, 40).set(M0, 0, 10).set(U, 0, 10).isFoundBy('had')
  })

  it('an arbitrary u with m = 0, also as a field element', () => {
    claimed(new Forgery(clip()), 0, 36).set(U, 0, 3).isFoundBy('had')
    claimed(new Forgery(clip()), 0, 20).set(U, 0, -5).isFoundBy('had')
  })

  it('saturation skipped above and below', () => {
    claimed(new Forgery(clip()), 2, 125).set(M0, 2, 0).isFoundBy('look')
    claimed(new Forgery(clip()), 3, -187).set(M0, 3, 0).set(U, 3, 0).isFoundBy('look')
    claimed(new Forgery(clip()), 2, 51).add(M0, 2, -1).isFoundBy('had')
  })

  it('saturation at the wrong end', () => {
    const forgery = claimed(new Forgery(clip()), 2, -100)
    forgery.set(M0, 2, 225).set(U, 2, 0).isFoundBy('had')
  })

  it('a ReLU that lets a negative value through', () => {
    const forgery = claimed(new Forgery(clip(0)), 3, -187, 0)
    forgery.set(2, 3, 0).set(3, 3, 0).set(4, 3, 0).isFoundBy('look')
  })

  it('limbs that carry: 2^8 in a low limb, one more than its width in the top limb, an alias of the value mod p', () => {
    const forgery = new Forgery(clip())
    forgery.add(M0, 2, 256).add(M1, 2, -1).isFoundBy('look')
    new Forgery(clip())
      .add(M0, 2, -16 * 256)
      .add(M1, 2, 16)
      .isFoundBy('look')
    const alias = new Forgery(clip())
    alias
      .set(M0, 2, alias.get(M0, 2) - 256n * 15n)
      .set(M1, 2, 15)
      .isFoundBy('look')
  })

  it('multiplicities one too high, one too low, or of a lookup left out', () => {
    const program = clip().lowered.program
    const mult = program.tables[1]![5]
    for (const by of [1, -1]) {
      const forgery = new Forgery(clip()).add(mult, 3, by)
      expect(forgery.verdict()?.kind).toBe('mult')
    }
  })
})
