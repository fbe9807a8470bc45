import { decodeString, stringSlots } from '@opengradient/contracts/slots'
import { type Address, type Hex, OgError } from '@opengradient/protocol'
import type { StateView } from '../state/view.ts'

/** Longest text that the contracts store (endpoints 255, names 136 bytes); a length beyond it is no text of theirs. */
const MAX_TEXT = 512n

/**
 * A string in storage: short ones lie in their slot, long ones behind it. Two words of a long one are asked for in advance, which
 * covers most, so that it costs one question.
 */
export async function storedText(state: StateView, address: Address, slot: Hex): Promise<string> {
  const ahead = stringSlots(BigInt(slot), 129n)
  const [head] = (await state.words(address, [slot, ...ahead])) as [bigint]
  if ((head & 1n) === 1n && head / 2n > MAX_TEXT)
    throw new OgError('INTERNAL', `the contract ${address} holds a text of ${head / 2n} bytes in ${slot}`)
  return decodeString(head, await state.words(address, stringSlots(BigInt(slot), head)))
}
