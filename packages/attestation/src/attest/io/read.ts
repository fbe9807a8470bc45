import { type FileHandle, open } from 'node:fs/promises'
import { concatBytes } from '@opengradient/protocol'
import { failed } from '../errors.ts'

/** All bytes of a file that does not know its own length (sysfs, configfs); ATTESTER_FAILED when there are more than `max`. */
export async function readBounded(path: string, max: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    return await readAll(file, path, max)
  } finally {
    await file.close()
  }
}

async function readAll(file: FileHandle, path: string, max: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(max - size + 1), 0, max - size + 1, null)
    if (bytesRead === 0) return concatBytes(...parts)
    size += bytesRead
    if (size > max) throw failed(`${path} holds more than ${max} bytes`)
    parts.push(buffer.subarray(0, bytesRead))
  }
}
