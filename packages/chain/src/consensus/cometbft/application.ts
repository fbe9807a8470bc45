import type { Request, RequestOf, ResponseOf } from './envelope.ts'
import type { Method } from './methods.ts'

/** The methods that the server answers itself. */
type Plumbing = 'echo' | 'flush'

/**
 * What CometBFT drives: one function a method of ABCI 2.0. CometBFT opens four connections (consensus, mempool, query, snapshots). The
 * calls of one connection come one after the other, in order; those of different connections may overlap where a function awaits.
 * Bytes of a request are views of its message. A function that throws ends the connection, and with it CometBFT.
 */
export type AbciApplication = {
  readonly [M in Exclude<Method, Plumbing>]: (request: RequestOf<M>) => ResponseOf<M> | Promise<ResponseOf<M>>
}

/** A request for the application. */
export type ApplicationRequest = Exclude<Request, { readonly method: Plumbing }>
