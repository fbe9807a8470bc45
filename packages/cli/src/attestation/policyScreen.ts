import type { AttestationPolicy } from '@opengradient/attestation'
import { printable, type Style, table } from '../render/style.ts'

/** A policy of the network, as the chain proves it. */
export interface NetworkPolicy {
  /** From 1. */
  readonly number: number
  readonly policy: AttestationPolicy
  /** Root certificates whose evidence counts as development. */
  readonly developmentRoots: number
}

const yes = (allowed: boolean): string => (allowed ? 'accepted' : 'refused')
const list = (items: readonly string[], none = 'none'): string => (items.length === 0 ? none : items.join(', '))
const utcDay = (seconds: number): string => new Date(Math.min(seconds, 8e12) * 1000).toISOString().slice(0, 10)

/** Every knob with what it is set to; a list of code under it. */
export function policyLines({ number, policy, developmentRoots }: NetworkPolicy, style: Style): string[] {
  const { tcb, gpu, platformIds, measurements } = policy
  const rows: [string, string][] = [
    ['policy', `number ${number}`],
    ['platforms', list(policy.platforms)],
    ['families refused', list(policy.deniedFamilies)],
    [
      'development',
      developmentRoots === 0 ? 'no roots on this network' : `${developmentRoots} roots, ${yes(policy.allowDevelopment)}; never level tee`,
    ],
    ['debug mode', yes(policy.allowDebug)],
    ['migration', yes(policy.allowMigration)],
    ['TCB', `${list(tcb.statuses)}; ${tcb.graceDays} days of grace; evaluation ${tcb.minEvaluation} at least`],
    ...Object.entries(tcb.minSvn).map(([of, parts]): [string, string] => [`least of ${of}`, versions(parts)]),
    ['code', measurements === 'any' ? 'any: not compared with a list' : `${measurements.length} listed`],
    ['revoked code', String(policy.revokedMeasurements.length)],
    [
      'machines',
      platformIds.allow ? `${platformIds.allow.length} allowed, ${platformIds.deny.length} denied` : `all but ${platformIds.deny.length}`,
    ],
    ['revocation lists', policy.revocation],
    ['revoked certificates', String(policy.revokedCertificates.length)],
    ['unlisted leaf', `at most ${policy.maxUnlistedLifetime} s`],
    ['age', policy.maxAge === undefined ? 'not judged' : `at most ${policy.maxAge} s`],
    ['clock ahead', `at most ${policy.maxAhead} s`],
    ['privilege level', `at most ${policy.maxVmpl}`],
    ['multithreading', yes(policy.allowSmt)],
    ['alias check', policy.requireAliasCheck ? 'required' : 'not required'],
    ['GPU', gpu.required ? 'required' : 'not required'],
    ['drivers', gpu.drivers ? list(gpu.drivers) : 'any'],
    ['VBIOS', gpu.vbios ? list(gpu.vbios) : 'any'],
  ]
  const listed = measurements === 'any' ? [] : measurements
  const code = listed.flatMap(({ platform, values, runtimes, notAfter, build }) => [
    `${style.bold(platform)} until ${utcDay(notAfter)}, built as ${printable(build)}`,
    ...Object.entries(values).map(([name, value]) => `  ${printable(name)} ${value}`),
    ...(runtimes === undefined ? [] : [`  runs ${list(runtimes)}`]),
  ])
  return [...table(rows.map(([name, value]) => [style.bold(name), printable(value)])), ...code]
}

const versions = (parts: Readonly<Record<string, number>>): string =>
  list(
    Object.entries(parts).map(([part, version]) => `${part} ${version}`),
    'any version',
  )
