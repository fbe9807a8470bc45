import { createHash } from 'node:crypto'

/** Numbers that follow from a seed alone. */
export function random(seed) {
  let turn = 0
  /** 0 ≤ n < 1 */
  const unit = () => createHash('sha256').update(`${seed} ${turn++}`).digest().readUInt32BE() / 2 ** 32
  const between = (least, most) => least + unit() * (most - least)
  return { unit, between, chance: (share) => unit() < share, pick: (list) => list[Math.floor(unit() * list.length)] }
}
