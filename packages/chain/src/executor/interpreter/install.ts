import { createEVM, type EVMInterface } from '@ethereumjs/evm'
import type { FixedCommon } from '../common.ts'
import { JumpCache } from './jumpCache.ts'
import { runCode } from './loop.ts'
import type { Interpreter } from './runState.ts'

/** The EVMs whose code runs in our loop, with what they remember of it. */
const QUICK = new WeakMap<object, JumpCache>()

let installed: Promise<void> | undefined

/**
 * Lets the code that an EVM runs go through `runCode`. EthereumJS has no setting for its loop, so the method of its interpreter is
 * replaced, for the EVMs that ask for it. Whoever listens to steps gets EthereumJS's own loop.
 */
export async function makeQuick(evm: EVMInterface, common: FixedCommon): Promise<void> {
  installed ??= install(common)
  await installed
  QUICK.set(evm, new JumpCache())
}

async function install(common: FixedCommon): Promise<void> {
  const prototype = await interpreterPrototype(common)
  const original = prototype.run
  prototype.run = function (this: Interpreter, code, options) {
    const cache = QUICK.get(this._evm)
    const plain = cache && options?.pc === undefined && this._evm.events.listenerCount('step') === 0
    return plain && this._runState.gasLeft <= Number.MAX_SAFE_INTEGER ? runCode(this, code, cache) : original.call(this, code, options)
  }
}

/** The interpreter's class is not exported; an opcode of our own meets an instance of it. */
async function interpreterPrototype(common: FixedCommon): Promise<Interpreter> {
  return new Promise((resolve, reject) => {
    const opcode = {
      opcode: 0x21,
      opcodeName: 'CAPTURE',
      baseFee: 0,
      logicFunction: (runState: { interpreter: object }) => resolve(Object.getPrototypeOf(runState.interpreter) as Interpreter),
    }
    createEVM({ common: common.detached(), customOpcodes: [opcode] })
      .then((evm) => evm.runCode({ code: Uint8Array.of(opcode.opcode), gasLimit: 100n }))
      .then(() => reject(new Error('EthereumJS runs no opcodes of ours')), reject)
  })
}
