import {
  attestationsAbi,
  heldPaymentsAbi,
  historyAbi,
  modelsAbi,
  multicall3Abi,
  nodesAbi,
  registryAbi,
  rewardsAbi,
  settlementAbi,
  stakeVotesAbi,
  stakingAbi,
  tillAbi,
  vestingAbi,
  wopgAbi,
} from '@opengradient/contracts'
import type { Address, Hex } from '@opengradient/protocol'
import {
  type Abi,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type DecodeFunctionResultReturnType,
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionResult,
  encodeFunctionData,
  type Log,
  toEventSelector,
  toFunctionSelector,
} from 'viem'
import { formatAbiItem } from 'viem/utils'
import type { Outcome, World } from './harness.ts'

/** Every error and event that any of the contracts can answer with. */
const everything: Abi = [
  attestationsAbi,
  heldPaymentsAbi,
  historyAbi,
  modelsAbi,
  multicall3Abi,
  nodesAbi,
  registryAbi,
  rewardsAbi,
  settlementAbi,
  stakeVotesAbi,
  stakingAbi,
  tillAbi,
  vestingAbi,
  wopgAbi,
].flat()

/** Errors and events by what their data and topics begin with: viem would hash the signature of each for everything that it decodes. */
const marked = new Map<string, Abi>()
for (const item of everything) {
  const marks = { event: toEventSelector, error: toFunctionSelector }
  if (item.type !== 'event' && item.type !== 'error') continue
  const mark = `${item.type} ${marks[item.type](formatAbiItem(item))}`
  if (!marked.has(mark)) marked.set(mark, [item])
}

const named = (type: 'error' | 'event', mark: string): Abi => marked.get(`${type} ${mark}`) ?? everything

type Mutability = 'nonpayable' | 'payable' | 'view' | 'pure'

/** One call of one contract, typed by its ABI. */
export interface Call<A extends Abi, N extends ContractFunctionName<A, Mutability>> {
  readonly abi: A
  readonly to: Address
  readonly name: N
  readonly args: ContractFunctionArgs<A, Mutability, N>
  readonly from?: Address
  readonly value?: bigint
  readonly gas?: bigint
  readonly gasPrice?: bigint
}

const NOBODY: Address = '0x00000000000000000000000000000000000000ee'

export function encode<const A extends Abi, N extends ContractFunctionName<A, Mutability>>({ abi, name, args }: Call<A, N>): Hex {
  return encodeFunctionData({ abi: abi as Abi, functionName: name as string, args: args as readonly unknown[] })
}

/** Sends a call and returns its outcome, whatever it is. */
export function attempt<const A extends Abi, N extends ContractFunctionName<A, Mutability>>(
  world: World,
  call: Call<A, N>,
): Promise<Outcome> {
  return world.send({
    from: call.from ?? NOBODY,
    to: call.to,
    data: encode(call),
    ...(call.value === undefined ? {} : { value: call.value }),
    ...(call.gas === undefined ? {} : { gas: call.gas }),
    ...(call.gasPrice === undefined ? {} : { gasPrice: call.gasPrice }),
  })
}

/** Sends a call that must succeed. */
export async function write<const A extends Abi, N extends ContractFunctionName<A, Mutability>>(
  world: World,
  call: Call<A, N>,
): Promise<Outcome> {
  const outcome = await attempt(world, call)
  if (!outcome.ok) throw new Error(`${call.name} failed: ${outcome.exception} ${errorText(outcome.data)}`)
  return outcome
}

/** What a call that must succeed returns, addresses in lower case; its effects are thrown away. */
export async function read<
  const A extends Abi,
  const N extends ContractFunctionName<A, Mutability>,
  const P extends ContractFunctionArgs<A, Mutability, N>,
>(world: World, call: Call<A, N> & { readonly args: P }): Promise<DecodeFunctionResultReturnType<A, N, P>> {
  const outcome = await world.undoing(() => write(world, call))
  return lower(
    decodeFunctionResult({ abi: call.abi as Abi, functionName: call.name as string, data: outcome.data }),
  ) as DecodeFunctionResultReturnType<A, N, P>
}

/** The error with which a call that must revert reverts, as `Name(arguments)`. */
export async function refusal<const A extends Abi, N extends ContractFunctionName<A, Mutability>>(
  world: World,
  call: Call<A, N>,
): Promise<string> {
  const outcome = await attempt(world, call)
  if (outcome.ok) throw new Error(`${call.name} was expected to revert`)
  return errorText(outcome.data)
}

/** ABI-encoded error data as `Name(arguments)`. */
export function errorText(data: Hex): string {
  if (data === '0x') return 'no reason'
  const { errorName, args } = decodeErrorResult({ abi: named('error', data.slice(0, 10)), data })
  return `${errorName}(${(args ?? []).map(String).join(', ')})`.toLowerCase().replace(errorName.toLowerCase(), errorName)
}

/** The events of an outcome as names and named arguments, in order; addresses in lower case. */
function eventsOf(outcome: Outcome): { name: string; args: Record<string, unknown> }[] {
  return outcome.logs.map((log) => {
    const topics = log.topics as Log['topics']
    const { eventName, args } = decodeEventLog({ abi: named('event', topics[0] ?? ''), data: log.data, topics })
    return { name: `${eventName}`, args: lower(args ?? {}) as Record<string, unknown> }
  })
}

/** The events of one name. */
export function eventsNamed(outcome: Outcome, name: string): Record<string, unknown>[] {
  return eventsOf(outcome).flatMap((event) => (event.name === name ? [event.args] : []))
}

/** Addresses in the form that the protocol uses, at any depth; viem gives them with a checksum in their case. */
function lower(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lower)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, lower(inner)]))
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value) ? value.toLowerCase() : value
}
