import { bytesToHex, equalBytes, type Hex, hexToBytes } from '@opengradient/protocol'
import { demand } from '../result/rejection.ts'
import type { TdBody } from './body.ts'
import { IntelJson } from './json.ts'
import { firstReached, type Level, mergeReached, type Reached, readLevel } from './level.ts'
import type { PckPlatform } from './pck.ts'

interface PlatformLevel extends Level {
  readonly sgx: readonly number[]
  /** Empty for SGX. */
  readonly tdx: readonly number[]
  readonly pceSvn: number
}

/** Which TDX modules a level is about. */
interface Module {
  /** `TDX_01` …, or undefined for the module of the first generation. */
  readonly id: string | undefined
  readonly mrSigner: Hex
  readonly attributes: Hex
  readonly mask: Hex
  readonly levels: readonly (Level & { readonly svn: number })[]
}

/** Intel's TCB info, version 3: which versions of a platform are of which security level (PCS API v4, /tcb). */
export interface TcbInfo {
  readonly id: 'SGX' | 'TDX'
  readonly issueDate: number
  readonly nextUpdate: number
  readonly fmspc: Hex
  readonly pceId: Hex
  readonly evaluation: number
  readonly levels: readonly PlatformLevel[]
  readonly modules: readonly Module[]
}

/** Reads the exact bytes that Intel signed. MALFORMED. */
export function readTcbInfo(body: Uint8Array, id: TcbInfo['id']): TcbInfo {
  const info = IntelJson.parse(body, 'TCB info')
  demand(info.text('id') === id && info.number('version', 3) === 3, 'MALFORMED', `The TCB info is not of version 3 for ${id}.`)
  demand(info.number('tcbType', 0) === 0, 'MALFORMED', 'The TCB info is of an unknown type.')
  return {
    id,
    issueDate: info.time('issueDate'),
    nextUpdate: info.time('nextUpdate'),
    fmspc: info.hex('fmspc', 6),
    pceId: info.hex('pceId', 2),
    evaluation: info.number('tcbEvaluationDataNumber', 1e9),
    levels: info.objects('tcbLevels').map((level) => readPlatformLevel(level, id)),
    modules: id === 'SGX' ? [] : readModules(info),
  }
}

function readPlatformLevel(level: IntelJson, id: TcbInfo['id']): PlatformLevel {
  const tcb = level.object('tcb')
  const sixteen = (name: string): number[] => {
    const parts = tcb.objects(name).map((part) => part.number('svn', 255))
    demand(parts.length === 16, 'MALFORMED', `TCB info: ${name} does not have sixteen parts.`)
    return parts
  }
  return {
    ...readLevel(level),
    sgx: sixteen('sgxtcbcomponents'),
    tdx: id === 'TDX' ? sixteen('tdxtcbcomponents') : [],
    pceSvn: tcb.number('pcesvn', 65_535),
  }
}

function readModules(info: IntelJson): Module[] {
  const read = (module: IntelJson): Omit<Module, 'id' | 'levels'> => ({
    mrSigner: module.hex('mrsigner', 48),
    attributes: module.hex('attributes', 8),
    mask: module.hex('attributesMask', 8),
  })
  const later = info.has('tdxModuleIdentities') ? info.objects('tdxModuleIdentities') : []
  return [
    { id: undefined, ...read(info.object('tdxModule')), levels: [] },
    ...later.map((module) => ({
      id: module.text('id'),
      ...read(module),
      levels: module.objects('tcbLevels').map((level) => ({ ...readLevel(level), svn: level.object('tcb').number('isvsvn', 65_535) })),
    })),
  ]
}

const atLeast = (have: readonly number[], need: readonly number[], from = 0): boolean => need.every((svn, i) => i < from || have[i]! >= svn)

/** The level of an SGX platform. */
export function sgxLevel({ levels }: TcbInfo, { components, pceSvn }: PckPlatform): Reached {
  return firstReached(levels, (level) => atLeast(components, level.sgx) && pceSvn >= level.pceSvn)
}

/**
 * The level of a TDX platform and its module. From module generation 1 on, the first two version numbers name the module, which has levels of
 * its own. `Unsupported` when Intel does not know the module.
 */
export function tdxLevel({ levels, modules }: TcbInfo, { components, pceSvn }: PckPlatform, body: TdBody): Reached {
  const versions = [...body.teeTcbSvn]
  const [svn, generation] = versions as [number, number]
  const from = generation === 0 ? 0 : 2
  const platform = firstReached(
    levels,
    (level) => atLeast(components, level.sgx) && pceSvn >= level.pceSvn && atLeast(versions, level.tdx, from),
  )
  const id = generation === 0 ? undefined : `TDX_${bytesToHex(Uint8Array.of(generation)).slice(2).toUpperCase()}`
  const module = modules.find((candidate) => candidate.id?.toUpperCase() === id)
  const genuine =
    module !== undefined && bytesToHex(body.mrSignerSeam) === module.mrSigner && masked(body.seamAttributes, module.mask, module.attributes)
  if (!genuine) return { status: 'Unsupported', behindSince: undefined, advisories: [] }
  return generation === 0
    ? platform
    : mergeReached(
        platform,
        firstReached(module.levels, (level) => svn >= level.svn),
      )
}

/** Whether `bytes` under the mask are the expected ones. */
export function masked(bytes: Uint8Array, mask: Hex, expected: Hex): boolean {
  const bits = hexToBytes(mask)
  return equalBytes(
    bytes.map((byte, i) => byte & bits[i]!),
    hexToBytes(expected),
  )
}
