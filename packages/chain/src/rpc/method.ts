import type { MemoryHolder } from '@opengradient/protocol'
import { decodeParams, type ParamSpec } from './codec/params.ts'

/** One client as the methods see it: an HTTP request or a WebSocket connection. */
export interface Client {
  /** Who owns the filters this client makes: the connection, or `http` for every HTTP client together. */
  readonly owner: string
  /** Counts what is kept for it; absent where nothing is. */
  readonly memory?: KeptMemory
  /** Sends a subscription's event; absent over HTTP, which cannot push. */
  readonly push?: (subscription: string, result: unknown) => void
  /** Ends the connection, where there is one to push to. */
  readonly end?: () => void
}

/** What is kept for a client between its requests, in bytes. */
export type KeptMemory = Pick<MemoryHolder, 'hold' | 'free'>

/** An answer that is JSON already. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** One JSON-RPC method: reads its parameters strictly, then answers a JSON value. */
export type Method<Context> = (context: Context, params: unknown, client: Client) => unknown

/** The names a node answers to. A name absent here is `-32601`. */
export type MethodTable<Context> = Readonly<Record<string, Method<Context>>>

/** Ties a handler to the specification of its positional parameters. */
export const method =
  <Context, T extends readonly unknown[]>(
    spec: ParamSpec<T>,
    handle: (context: Context, params: T, client: Client) => unknown,
  ): Method<Context> =>
  (context, params, client) =>
    handle(context, decodeParams(params, spec), client)
