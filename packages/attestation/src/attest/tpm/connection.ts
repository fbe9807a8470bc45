import { type FileHandle, open } from 'node:fs/promises'
import { bytesToUint } from '@opengradient/protocol'
import { failed, reasonOf, systemCode, unavailable } from '../errors.ts'
import { within } from '../io/deadline.ts'
import { exchange } from '../io/exchange.ts'

/** Bytes of the longest answer of a TPM that is read. */
const MAX_RESPONSE = 4_096
const HEADER = 10

/** A TPM that takes one command at a time. */
export interface TpmConnection {
  /** The answer to one command, both with their headers. */
  send(command: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** Where a TPM is: Linux's resource manager (`/dev/tpmrm0`), or the command port of a software TPM. */
export type TpmPlace = { readonly device: string } | { readonly host: string; readonly port: number }

/** ATTESTER_UNAVAILABLE when there is none. `timeout`: milliseconds for one command. */
export async function connectTpm(place: TpmPlace, timeout: number): Promise<TpmConnection> {
  return 'device' in place ? connectDevice(place.device, timeout) : connectPort(place, timeout)
}

/** A connection for each command: software TPMs keep their state between them. */
function connectPort({ host, port }: { host: string; port: number }, timeout: number): TpmConnection {
  const what = `The TPM at ${host}:${port}`
  return {
    send: (request) => exchange({ to: { host, port }, what, request, timeout, lengthOf: responseLength }),
    close: async () => {},
  }
}

/** One open file: the resource manager gives each its own objects, and flushes them when it is closed. */
async function connectDevice(device: string, timeout: number): Promise<TpmConnection> {
  const file = await open(device, 'r+').catch((error: unknown) => {
    throw unavailable(`There is no TPM at ${device} (${systemCode(error) ?? reasonOf(error)})`, error)
  })
  return {
    send: (command) => within(timeout, `The TPM at ${device}`, sendTo(file, device, command)),
    close: () => file.close(),
  }
}

async function sendTo(file: FileHandle, device: string, command: Uint8Array): Promise<Uint8Array> {
  try {
    await file.write(command, 0, command.length, null)
    const { bytesRead, buffer } = await file.read(new Uint8Array(MAX_RESPONSE), 0, MAX_RESPONSE, null)
    const response = buffer.subarray(0, bytesRead)
    if (responseLength(response) !== response.length) throw failed('the answer is not as long as its header says')
    return response
  } catch (error) {
    throw failed(`The TPM at ${device}: ${reasonOf(error)}`, error)
  }
}

function responseLength(received: Uint8Array): number | undefined {
  if (received.length < 6) return undefined
  const length = Number(bytesToUint(received.subarray(2, 6)))
  if (length < HEADER || length > MAX_RESPONSE) throw failed(`an answer of ${length} bytes`)
  return length
}
