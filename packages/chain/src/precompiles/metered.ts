import { EVMError, type ExecResult } from '@ethereumjs/evm'
import { type ErrorCode, isOgError, OgError } from '@opengradient/protocol'
import { Meter, OutOfGas } from './meter.ts'

/**
 * What a precompile answers to one call. An input in another form, and too little gas, fail and take all gas.
 *
 * @param malformed the code of the error that an input in another form is
 * @param what for the message when this machine cannot run it: `A zk proof`
 */
export async function metered(
  gasLimit: bigint,
  malformed: ErrorCode,
  what: string,
  work: (meter: Meter) => Promise<Uint8Array>,
): Promise<ExecResult> {
  const meter = new Meter(gasLimit)
  try {
    return { returnValue: await work(meter), executionGasUsed: meter.used }
  } catch (error) {
    if (error instanceof OutOfGas) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
    if (isOgError(error, malformed)) return failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, gasLimit)
    // Anything else is a fault of this machine. The node has to stop: a transaction must not be left out by one node alone.
    throw isOgError(error)
      ? error
      : new OgError('INTERNAL', `${what} could not be verified on this machine: ${(error as Error).message}.`, { cause: error })
  }
}

function failed(why: ConstructorParameters<typeof EVMError>[0], gasLimit: bigint): ExecResult {
  return { executionGasUsed: gasLimit, returnValue: new Uint8Array(), exceptionError: new EVMError(why) }
}
