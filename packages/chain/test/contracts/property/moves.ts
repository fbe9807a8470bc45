import type { Move } from './game.ts'
import {
  accuse,
  addBond,
  changeFee,
  commit,
  publish,
  register,
  release,
  rotate,
  sendNative,
  unbond,
  wait,
  withdrawBond,
} from './operators.ts'
import { cancel, give, robTill, settleOne, settleSome, spendOutside, unwrap, withdrawCredit, wrap } from './payments.ts'

/** All moves with their weights. */
const WEIGHTED: readonly (readonly [Move, number])[] = [
  [settleOne, 30],
  [settleSome, 15],
  [spendOutside, 5],
  [cancel, 3],
  [wrap, 12],
  [unwrap, 4],
  [give, 3],
  [robTill, 2],
  [withdrawCredit, 6],
  [register, 5],
  [addBond, 2],
  [rotate, 2],
  [unbond, 1],
  [withdrawBond, 2],
  [publish, 5],
  [commit, 2],
  [accuse, 1],
  [changeFee, 1],
  [release, 1],
  [sendNative, 2],
  [wait, 6],
]

/** Every move as often as its weight says. */
export const MOVES: readonly Move[] = WEIGHTED.flatMap(([made, weight]) => Array.from({ length: weight }, () => made))
