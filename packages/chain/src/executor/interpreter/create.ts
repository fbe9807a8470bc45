import { EVMError, Message } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import { concatBytes } from '@opengradient/protocol'
import type { Frame } from './frame.ts'
import type { Machine, RunState } from './runState.ts'
import { send } from './send.ts'
import { readNumber, wordBytes } from './words.ts'

const CREATE = 0xf0
const CREATE2 = 0xf5
/** EIP-3860. */
const MAX_INIT_CODE = 49_152n
const MAX_DEPTH = 1024
/** No account may get to a higher nonce (EIP-2681). */
const LAST_NONCE = 2n ** 64n - 1n

/**
 * Lets the EVM create contracts as prague does, in traces as well. EthereumJS's own opcodes answer zero at once for code that begins as
 * the containers of EOF would have (0xef00), an EIP that never came: here it runs, and fails with all its gas as 0xef is no opcode.
 * And they hash the code of CREATE2 three times in JavaScript, which at its price is ten times too slow.
 */
export function createAsPrague(machine: Machine): void {
  for (const code of [CREATE, CREATE2]) {
    machine._opcodeMap[code] = { ...machine._opcodeMap[code]!, opHandler: async (state) => create(state, code === CREATE2) }
  }
  const generate = machine._generateAddress.bind(machine)
  const { keccak256 } = machine.common.customCrypto
  machine._generateAddress = async (message) => {
    const { salt, caller, code } = message
    if (!salt) return generate(message)
    return new Address(keccak256!(concatBytes(Uint8Array.of(0xff), caller.bytes, salt, keccak256!(code as Uint8Array))).slice(12))
  }
}

/** What is paid and what follows from the stack; the gas that goes along is in `messageGasLimit`. */
async function create(state: RunState, salted: boolean): Promise<void> {
  const { stack, memory, env, interpreter } = state
  const top = stack._len - 1
  if (top < (salted ? 3 : 2)) throw new EVMError(EVMError.errorMessages.STACK_UNDERFLOW)
  if (env.isStatic) throw new EVMError(EVMError.errorMessages.STATIC_STATE_CHANGE)
  const [value, offset, length] = [stack._store[top]!, stack._store[top - 1]!, stack._store[top - 2]!]
  if (length > MAX_INIT_CODE) throw new EVMError(EVMError.errorMessages.INITCODE_SIZE_VIOLATION)
  const salt = salted ? wordBytes(stack._store[top - 3]!) : undefined
  stack._len -= salted ? 4 : 3
  const data = length === 0n ? new Uint8Array() : memory.read(Number(offset), Number(length), true)
  const gasLimit = state.messageGasLimit!
  state.messageGasLimit = undefined
  stack._store[stack._len++] = await createContract(interpreter, { value, data, gasLimit, ...(salt && { salt }) })
}

/** The address of the new contract as a word, or zero. */
async function createContract(
  frame: Frame,
  wanted: { readonly value: bigint; readonly data: Uint8Array; readonly gasLimit: bigint; readonly salt?: Uint8Array },
): Promise<bigint> {
  const { _env: env, _runState: state } = frame
  state.returnBytes = new Uint8Array()
  const { contract } = env
  if (env.depth >= MAX_DEPTH || contract.balance < wanted.value || contract.nonce >= LAST_NONCE) return 0n
  contract.nonce += 1n
  await frame.journal.putAccount(env.address, contract)
  const message = new Message({ ...wanted, caller: env.address, depth: env.depth + 1, blobVersionedHashes: [] })
  const { execResult, createdAddress } = await send(frame, message)
  return execResult.exceptionError ? 0n : readNumber(createdAddress!.bytes, 0, 20)
}
