/**
 * Whether an IP address (as `URL.hostname` or DNS gives it) is one of the public internet.
 *
 * Private, loopback, link-local, shared, documentation, benchmark, multicast and reserved ranges are not (IANA special-purpose registries,
 * RFC 6890); IPv6 addresses that carry an IPv4 one count as that one; of IPv6 only global unicast (2000::/3) is public.
 *
 * @returns undefined when `text` is no IP address at all
 */
export function isPublicAddress(text: string): boolean | undefined {
  const v4 = parseIpv4(text)
  if (v4) return isPublicIpv4(v4)
  const v6 = parseIpv6(text.replace(/^\[(.*)\]$/, '$1'))
  return v6 ? isPublicIpv6(v6) : undefined
}

/** First bytes and prefix length of every range that is not public. */
const SPECIAL_IPV4: [number, number, number, number][] = [
  [0, 0, 0, 8],
  [10, 0, 0, 8],
  [100, 64, 0, 10],
  [127, 0, 0, 8],
  [169, 254, 0, 16],
  [172, 16, 0, 12],
  [192, 0, 0, 24],
  [192, 0, 2, 24],
  [192, 88, 99, 24],
  [192, 168, 0, 16],
  [198, 18, 0, 15],
  [198, 51, 100, 24],
  [203, 0, 113, 24],
  [224, 0, 0, 3],
]

function isPublicIpv4(bytes: number[]): boolean {
  const value = toUint32(bytes)
  return !SPECIAL_IPV4.some(([a, b, c, length]) => (value ^ toUint32([a, b, c, 0])) >>> (32 - length) === 0)
}

const toUint32 = (bytes: number[]): number => bytes.reduce((value, byte) => value * 256 + byte, 0)

function isPublicIpv6(groups: number[]): boolean {
  const [a, b, c, d, e, f, g, h] = groups as [number, number, number, number, number, number, number, number]
  const tail = [g >> 8, g & 255, h >> 8, h & 255]
  if (a === 0 && b === 0 && c === 0 && d === 0 && (e === 0 || e === 0xffff) && (f === 0xffff || f === 0)) {
    const mapped = e === 0 && f === 0xffff
    return mapped && isPublicIpv4(tail)
  }
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return isPublicIpv4(tail)
  if (a === 0x2002) return isPublicIpv4([b >> 8, b & 255, c >> 8, c & 255])
  if (a >> 13 !== 1) return false
  const special = a === 0x2001 && (b < 0x200 || b === 0xdb8)
  return !special && !(a === 0x3fff && b < 0x1000)
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined
  return parts.map(Number)
}

function parseIpv6(text: string): number[] | undefined {
  const [address] = text.split('%') as [string]
  const halves = address.split('::')
  if (halves.length > 2 || !address.includes(':')) return undefined
  const groups = halves.map(parseGroups)
  if (groups.some((half) => half === undefined)) return undefined
  const [head, tail] = groups as [number[], number[] | undefined]
  if (!tail) return head.length === 8 ? head : undefined
  const missing = 8 - head.length - tail.length
  return missing > 0 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : undefined
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 ? parseIpv4(part) : undefined
    if (v4) groups.push(((v4[0] as number) << 8) | (v4[1] as number), ((v4[2] as number) << 8) | (v4[3] as number))
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}
