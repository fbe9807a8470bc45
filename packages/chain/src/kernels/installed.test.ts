import type { NobleBLS, NobleBN254, PrecompileFunc } from '@ethereumjs/evm'
import { expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { vmOn } from '../executor/execute.ts'
import { chainCommon } from '../executor/rules.ts'
import { blake2f } from '../precompiles/ethereum/blake2f.ts'
import { modexp } from '../precompiles/ethereum/modexp.ts'
import { FlatBase } from '../state/base.ts'
import { HashedStore } from '../state/nodes.ts'
import { Overlay } from '../state/overlay.ts'
import { memoryStore } from '../state/store.ts'
import { Bls } from './bls.ts'
import { Bn254 } from './bn254.ts'

it('blocks run on the kernels, not on the curves of EthereumJS', async () => {
  const crypto = await loadCrypto()
  const store = memoryStore()
  const state = new Overlay(new FlatBase(store, new HashedStore(store, crypto.keccak)), crypto.keccak)
  const { evm } = await vmOn(state, chainCommon({ chainId: 5n }, crypto), () => undefined)
  const { _bls, _bn254 } = evm as unknown as { readonly _bls: NobleBLS; readonly _bn254: NobleBN254 }
  expect(_bls).toBeInstanceOf(Bls)
  expect(_bn254).toBeInstanceOf(Bn254)
  const at = (address: string): PrecompileFunc | undefined => evm.precompiles.get(address.padStart(40, '0'))
  expect(at('5')).toBe(modexp)
  expect(at('9')).toBe(blake2f)
})
