import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { COMETBFT_VERSION } from '../../../scripts/cometbft.mjs'
import { SOURCE } from '../src/full/binary.ts'
import { DEFAULT_PORTS } from '../src/full/settings.ts'
import { processIo } from '../src/io.ts'
import { buildProgram } from '../src/program.ts'
import { parseYaml } from './yaml.testkit.ts'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url)), 'utf8')

interface Service {
  image: string
  command: string[]
  entrypoint?: string[]
  ports: string[]
  read_only: string
  cap_drop: string[]
  security_opt: string[]
  user: string
  volumes: string[]
  environment: Record<string, string>
}

describe('the compose file', () => {
  const file = parseYaml(read('compose/compose.yaml')) as unknown as { services: Record<string, Service> }
  const { node, cometbft } = file.services as { node: Service; cometbft: Service }

  test('runs the CometBFT that the node pins, which og without a clone names, too, and no image without a version', () => {
    expect(cometbft.image).toBe(`cometbft/cometbft:${COMETBFT_VERSION}`)
    expect(SOURCE.split('@')[1]).toBe(COMETBFT_VERSION)
    for (const { image } of Object.values(file.services)) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/)
    for (const [, image] of read('compose/Dockerfile').matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+\.\d+\.\d+-/)
  })

  test('opens the ports that are the defaults, and to strangers only that for peers', () => {
    const { p2p, rpc, metrics } = DEFAULT_PORTS
    expect(node.ports).toEqual([`127.0.0.1:${rpc}:${rpc}`])
    expect(cometbft.ports).toEqual([`${p2p}:${p2p}`, `127.0.0.1:${metrics}:${metrics}`])
    const [, init] = /run --rm node (node init [\s\S]*?)\nname:/.exec(read('compose/compose.yaml'))!
    const words = init!.replaceAll(/\\\n#/g, ' ').trim().split(/\s+/)
    expect(words).toContain(`0.0.0.0:${metrics}`)
    expect(words).toContain(`http://cometbft:${DEFAULT_PORTS.engine}`)
    expect(() => parsed(words)).not.toThrow()
  })

  test('takes every right away that neither process needs', () => {
    for (const service of [node, cometbft]) {
      expect(service).toMatchObject({ read_only: 'true', cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], user: '1000:1000' })
      expect(service.volumes).toEqual(['data:/data'])
    }
  })

  test('starts both in the home that they share, with commands that exist', () => {
    expect(cometbft.command).toEqual(['start', '--home', '/data/cometbft'])
    expect(node.environment.OG_HOME).toBe('/data')
    expect(() => parsed(node.command)).not.toThrow()
  })
})

describe('the units', () => {
  const HARDENED = [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'CapabilityBoundingSet=',
    'UMask=0077',
  ]
  const units = { node: read('systemd/opengradient-node.service'), cometbft: read('systemd/opengradient-cometbft.service') }

  test.each(Object.entries(units))('%s: every line is a section, a setting or a comment, and it is hardened', (_, unit) => {
    for (const line of unit.split('\n')) expect(line).toMatch(/^$|^#|^\[(Unit|Service|Install)\]$|^[A-Z][A-Za-z]+=/)
    for (const setting of [...HARDENED, 'User=opengradient', 'Restart=always']) expect(unit.split('\n')).toContain(setting)
    const names = unit.split('\n').flatMap((line) => /^([A-Z][A-Za-z]+)=/.exec(line)?.[1] ?? [])
    expect(new Set(names).size).toBe(names.length)
  })

  test('start what exists, in the home that the environment file names', () => {
    const environment = Object.fromEntries(
      [...read('systemd/opengradient.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    )
    expect(environment.OG_HOME).toBe('/var/lib/opengradient')
    expect(units.cometbft).toContain(`--home ${environment.OG_HOME}/cometbft $COMETBFT_FLAGS`)
    expect(units.node).toContain('StateDirectory=opengradient')
    const [, command] = /og\.js (.*)$/m.exec(units.node)!
    expect(() => parsed(command!.split(' '))).not.toThrow()
  })
})

/** Finds the command and its options as `og` would, without running it. */
function parsed(args: readonly string[]): void {
  let command = buildProgram(processIo(), undefined, () => {})
  const words = [...args]
  while (words[0] && command.commands.some((one) => one.name() === words[0])) {
    const name = words.shift()
    command = command.commands.find((one) => one.name() === name)!
  }
  const { unknown, operands } = command.parseOptions(words)
  if (unknown.length + operands.length > 0 || command.commands.length > 0) throw new Error(`og ${args.join(' ')} is no command`)
}

describe('the reader of YAML', () => {
  test.each([
    'a: 1\na: 2',
    'a:\n\tb: 1',
    'a: &x 1',
    'a:\n   b: 1',
    'a: |\n  text',
    'a:\n  - b: 1',
    'a:\n  - x\n  b: y',
    "a: 'x'",
    'a: b: c',
    'a:',
  ])('refuses %j', (text) => {
    expect(() => parseYaml(text)).toThrow()
  })
})
