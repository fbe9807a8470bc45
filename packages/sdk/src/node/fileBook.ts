import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sweepAsides } from '@opengradient/client/aside'
import { type BundlePayment, type BundleRequest, encodeBundle, type Hex, OgError, parseBundle } from '@opengradient/protocol'
import { folder as place } from '@opengradient/protocol/take'
import type { AnswerBook, AnswerEntry } from '../answers/book.ts'
import { namesIn, onDisk, readIfThere, replace } from './disk.ts'

/** Entries read at the same time: a process may have a thousand files open, or fewer. */
const READ_AT_ONCE = 32

/**
 * A book in a folder that only its owner may read: `<requestId>.json` with the entry, `<requestId>.request.json` with the request until
 * `<requestId>.bundle.json` holds it together with the answer.
 */
export function fileBook(folder: string): AnswerBook {
  place(folder, 'folder')
  const entryPath = (requestId: Hex) => join(folder, `${requestId.slice(2)}.json`)
  const requestPath = (requestId: Hex) => join(folder, `${requestId.slice(2)}.request.json`)
  const bundlePath = (requestId: Hex) => join(folder, `${requestId.slice(2)}.bundle.json`)
  let isSwept = false
  return {
    put: ({ request, payment, bundle, ...entry }) =>
      onDisk(folder, async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await chmod(folder, 0o700)
        if (!isSwept) sweepAsides(folder)
        isSwept = true
        if (request)
          await replace(requestPath(entry.requestId), JSON.stringify({ ...request, body: Buffer.from(request.body).toString('base64') }))
        if (bundle) await replace(bundlePath(entry.requestId), encodeBundle(bundle))
        if (bundle) await rm(requestPath(entry.requestId), { force: true })
        await replace(entryPath(entry.requestId), entryText(payment && !bundle ? { ...entry, payment } : entry))
      }),
    async get(requestId) {
      // It may come from somebody else, and is part of a path.
      if (!/^0x[0-9a-f]{64}$/.test(requestId)) return undefined
      const entry = await readEntry(entryPath(requestId))
      if (!entry) return undefined
      const [request, bundle] = [await readIfThere(requestPath(requestId)), await readIfThere(bundlePath(requestId))]
      return {
        ...entry,
        ...(request ? { request: whole(requestPath(requestId), () => readRequest(request)) } : {}),
        ...(bundle ? { bundle: whole(bundlePath(requestId), () => parseBundle(bundle)) } : {}),
      }
    },
    async list() {
      const names = await onDisk(folder, () => namesIn(folder))
      const paths = names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name)).map((name) => join(folder, name))
      const entries: Awaited<ReturnType<typeof readEntry>>[] = []
      for (let i = 0; i < paths.length; i += READ_AT_ONCE)
        entries.push(...(await onDisk(folder, () => Promise.all(paths.slice(i, i + READ_AT_ONCE).map(readEntry)))))
      return entries
        .filter((entry) => entry !== undefined)
        .map(({ seal: _seal, payment: _payment, ...entry }) => entry)
        .sort((a, b) => b.at - a.at)
    },
  }
}

/** An entry as its file has it: amounts and times of the chain are decimal texts. */
type WrittenEntry = Omit<AnswerEntry, 'price' | 'payment' | 'request' | 'bundle'> & { price: string; payment?: WrittenPayment }
type WrittenPayment = Omit<BundlePayment, 'value' | 'validAfter' | 'validBefore'> & Record<'value' | 'validAfter' | 'validBefore', string>

const entryText = (entry: Omit<AnswerEntry, 'request' | 'bundle'>): string =>
  `${JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`

const readPayment = ({ value, validAfter, validBefore, ...rest }: WrittenPayment): BundlePayment => ({
  ...rest,
  value: BigInt(value),
  validAfter: BigInt(validAfter),
  validBefore: BigInt(validBefore),
})

async function readEntry(path: string): Promise<Omit<AnswerEntry, 'request' | 'bundle'> | undefined> {
  const bytes = await readIfThere(path)
  if (!bytes) return undefined
  return whole(path, () => {
    const { price, payment, ...entry } = JSON.parse(bytes.toString()) as WrittenEntry
    if (!/^0x[0-9a-f]{64}$/.test(entry.requestId) || !Number.isFinite(entry.at)) throw new Error('it is no entry of a request')
    return { ...entry, price: BigInt(price), ...(payment ? { payment: readPayment(payment) } : {}) }
  })
}

function readRequest(bytes: Buffer): BundleRequest {
  const { body, ...head } = JSON.parse(bytes.toString()) as Omit<BundleRequest, 'body'> & { body: string }
  return { ...head, body: new Uint8Array(Buffer.from(body, 'base64')) }
}

/** What is read from a file that this book wrote. @throws OgError `CONFIG_INVALID` when something else damaged it: never passed over in silence */
function whole<Value>(path: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw new OgError(
      'CONFIG_INVALID',
      `${path} is damaged (${(cause as Error).message}); put it back from a copy, or move it away: the other answers are whole`,
      { cause },
    )
  }
}
