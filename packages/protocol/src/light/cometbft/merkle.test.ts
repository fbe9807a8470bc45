import { expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../bytes/hex.ts'
import { rfc6962Root } from './merkle.ts'

/** The vectors of Certificate Transparency's reference implementation: the root over the first n leaves. */
const LEAVES = ['0x', '0x00', '0x10', '0x2021', '0x3031', '0x40414243', '0x5051525354555657', '0x606162636465666768696a6b6c6d6e6f'] as const
const ROOTS = [
  '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  '0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  '0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  '0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '0x4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  '0xddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

it.each(ROOTS.map((root, n) => [n, root] as const))('the root over %i leaves is %s', (n, root) => {
  expect(bytesToHex(rfc6962Root(LEAVES.slice(0, n).map((leaf) => hexToBytes(leaf))))).toBe(root)
})
