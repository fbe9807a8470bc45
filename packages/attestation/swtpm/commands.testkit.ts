import { concatBytes } from '@opengradient/protocol'
import { runCommand, u8, u16, u32 } from '../src/attest/tpm/command.ts'
import { connectTpm, type TpmConnection, type TpmPlace } from '../src/attest/tpm/connection.ts'
import { createPrimary, flush } from '../src/attest/tpm/operations.ts'
import { tpm2b } from '../src/tpm/quote.ts'

const OWNER = 0x4000_0001
const SHA256 = 0x000b
/** TPMA_NV: read and written with the password of owner or index; read with that of the owner alone. */
export const OPEN = 0x0006_0006
export const OWNER_READS = 0x0002_0006
const CHUNK = 512

/** Commands that only those who set a machine up give. */
const CC = { evictControl: 0x120, nvDefineSpace: 0x12a, nvWrite: 0x137, startup: 0x144, pcrExtend: 0x182 } as const

const run = async <T>(place: TpmPlace, use: (tpm: TpmConnection) => Promise<T>): Promise<T> => use(await connectTpm(place, 60_000))

/** Measures something into a register. */
export const extend = (place: TpmPlace, register: number, digest: Uint8Array): Promise<unknown> =>
  run(place, (tpm) =>
    runCommand(tpm, {
      name: 'TPM2_PCR_Extend',
      code: CC.pcrExtend,
      handles: [register],
      authorised: true,
      parameters: concatBytes(u32(1), u16(SHA256), digest),
    }),
  )

export const startUp = (place: TpmPlace): Promise<unknown> =>
  run(place, (tpm) => runCommand(tpm, { name: 'TPM2_Startup', code: CC.startup, parameters: u16(0) }))

/** Stores bytes under an index, as clouds do with keys' templates and certificates. */
export const store = (place: TpmPlace, index: number, bytes: Uint8Array, attributes = OPEN): Promise<void> =>
  run(place, async (tpm) => {
    const area = concatBytes(u32(index), u16(SHA256), u32(attributes), u16(0), u16(bytes.length))
    const define = concatBytes(tpm2b(new Uint8Array()), tpm2b(area))
    await runCommand(tpm, { name: 'TPM2_NV_DefineSpace', code: CC.nvDefineSpace, handles: [OWNER], authorised: true, parameters: define })
    for (let offset = 0; offset < bytes.length; offset += CHUNK) {
      const parameters = concatBytes(tpm2b(bytes.subarray(offset, offset + CHUNK)), u16(offset))
      await runCommand(tpm, { name: 'TPM2_NV_Write', code: CC.nvWrite, handles: [index, index], authorised: true, parameters })
    }
  })

/** Keeps the key of a template under a persistent handle, as a cloud's firmware does; its public area. */
export const persist = (place: TpmPlace, handle: number, template: Uint8Array): Promise<Uint8Array> =>
  run(place, async (tpm) => {
    const key = await createPrimary(tpm, template)
    const parameters = u32(handle)
    const handles = [OWNER, key.handle]
    await runCommand(tpm, { name: 'TPM2_EvictControl', code: CC.evictControl, handles, authorised: true, parameters })
    await flush(tpm, key.handle)
    return key.publicArea
  })

/** TPMT_PUBLIC of a restricted key that signs by RSASSA with SHA-256. */
export const RSA_TEMPLATE = concatBytes(
  u16(1),
  u16(SHA256),
  u32(0x0005_0072),
  u16(0),
  u16(0x10),
  u16(0x14),
  u16(SHA256),
  u16(2048),
  u32(0),
  u16(0),
)

/** One byte, as a digest of 32. */
export const filled = (byte: number): Uint8Array => concatBytes(...Array.from({ length: 32 }, () => u8(byte)))
