import { ADDRESSES, heldPaymentsAbi } from '@opengradient/contracts'
import { creditSlot } from '@opengradient/contracts/slots'
import {
  type Address,
  bytesToHex,
  concatBytes,
  encodeZkProofInput,
  type ZkPaidFor,
  type ZkProofInput,
  zkContext,
  zkStatementHash,
} from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { BLOCK_GAS_LIMIT } from '../../src/executor/rules.ts'
import { changed, longer, mlp } from '../../src/precompiles/zkProof/model.testkit.ts'
import { attempt, errorText, eventsNamed, read, refusal, write } from './calls.ts'
import {
  accepting,
  boundEntry,
  CHALLENGE_BLOCKS,
  challenging,
  createHeldScene,
  depositNow,
  failing,
  heldOf,
  PROOF_BLOCKS,
  type Proven,
  penaltiesOf,
  provenEntry,
  proving,
  releasing,
} from './heldScene.ts'
import { hashOf, makeEntry, OPG, type Scene, settling, settlingMany } from './scenario.ts'

const PRICE = OPG / 10n
const GWEI = 10n ** 9n
const model = mlp([6, 5, 3])
const other = mlp([6, 5, 3], { seed: 9 })
const X = Int16Array.of(1, -2, 300, 4, -5, 6000)
const SHARED = [88n, 8n, 2n, 1n, 1n, 0n].map((percent) => (PRICE * percent) / 100n)

let scene: Scene
let proven: Proven
beforeEach(async () => {
  scene = await createHeldScene({ zkModelId: bytesToHex(model.id) })
  proven = provenEntry(scene, model, X, { nonce: hashOf('the nonce'), price: PRICE })
  await write(scene.world, settling(proven.entry))
})

const credit = (account: Address) => scene.world.storage(ADDRESSES.settlement, creditSlot(account))
const credits = () =>
  Promise.all(
    [
      scene.node.address,
      scene.author.address,
      scene.parentAuthor.address,
      ADDRESSES.rewards,
      ADDRESSES.treasury,
      ADDRESSES.heldPayments,
    ].map(credit),
  )
const refused = (input: ZkProofInput) => refusal(scene.world, proving(proven.entry.receipt, input))

/** A statement that the receipt would name if the node had signed it so. */
async function settledWith(change: (input: ZkProofInput) => ZkProofInput, nonce: string): Promise<Proven> {
  const honest = provenEntry(scene, model, X, { nonce: hashOf(nonce), price: PRICE })
  const input = change(honest.input)
  const { x, y, ctx, zkModelId } = input
  const proofRef = zkStatementHash({ modelId: scene.modelId, zkModelId: bytesToHex(zkModelId), x, y, ctx })
  const lying = provenEntry(scene, model, X, { nonce: hashOf(nonce), price: PRICE, receipt: { proofRef } })
  await write(scene.world, settling(lying.entry))
  return { entry: lying.entry, input }
}

describe('a proof does not count', () => {
  test('about another statement than the receipt’s', async () => {
    const { input } = proven
    expect(await refused(changed(input, 'x', 0))).toBe('WrongStatement()')
    expect(await refused(changed(input, 'y', 0))).toBe('WrongStatement()')
    expect(await refused(longer(input, 'y'))).toBe('WrongStatement()')
    expect(await refused(changed(input, 'ctx', 95))).toBe('WrongStatement()')
    const again = model.prove([Int16Array.of(1, 2, 3, 4, 5, 6)], input.ctx)
    expect(await refused(again)).toBe('WrongStatement()')
  })

  test('for another request, on another chain, or for none', async () => {
    const { input } = proven
    const salt = hashOf('salt of the other')
    const requestId = proven.entry.receipt.requestId
    const { chainId } = scene.world
    for (const ctx of [
      zkContext({ chainId: chainId + 1n, requestId, salt }),
      zkContext({ chainId, requestId: hashOf('another request'), salt }),
      new Uint8Array(),
      concatBytes(input.ctx, new Uint8Array(32)),
      input.ctx.subarray(0, 64),
    ]) {
      expect(await refused({ ...input, ctx })).toBe('WrongContext()')
    }
  })

  test('about another integer model than the author’s', async () => {
    const theirs = other.prove([X], proven.input.ctx)
    expect(await refused(theirs)).toBe('WrongModel()')
    expect(await refused({ ...proven.input, zkModelId: other.id })).toBe('WrongModel()')
    // With the right name and the wrong files it is the precompile that says no.
    expect(await refused({ ...theirs, zkModelId: model.id, x: proven.input.x, y: proven.input.y })).toBe('InvalidProof(5)')
  })

  test('that does not verify, with the code of why', async () => {
    const { input } = proven
    expect(await refused(changed(input, 'proof', 4))).toBe('InvalidProof(3)')
    expect(await refused(changed(input, 'proof', 6))).toBe('InvalidProof(4)')
    expect(await refused(longer(input, 'proof'))).toBe('InvalidProof(1)')
    expect(await refused(changed(input, 'proof', input.proof.length - 1))).toBe('InvalidProof(19)')
  })

  test('of an answer that the model does not give, even if the node signed it', async () => {
    const lie = await settledWith((input) => changed(input, 'y', 0), 'a lie')
    expect(await refusal(scene.world, proving(lie.entry.receipt, lie.input))).toMatch(/^InvalidProof\(\d+\)$/)
    await write(scene.world, challenging(lie.entry.receipt, await depositNow(scene.world)))
    expect(await refusal(scene.world, proving(lie.entry.receipt, lie.input))).toMatch(/^InvalidProof\(\d+\)$/)
    scene.world.mine(PROOF_BLOCKS + 1n)
    await write(scene.world, failing(lie.entry.receipt))
    expect(await credit(scene.payer.address)).toBeGreaterThan(10n * PRICE)
  })

  test('in another encoding, or a part of one', async () => {
    const bytes = encodeZkProofInput(proven.input)
    const call = { abi: heldPaymentsAbi, to: ADDRESSES.heldPayments, name: 'prove' } as const
    const withBytes = async (data: Uint8Array) => {
      const outcome = await attempt(scene.world, { ...call, args: [proven.entry.receipt, bytesToHex(data)] })
      expect(outcome.ok).toBe(false)
      return errorText(outcome.data)
    }
    expect(await withBytes(concatBytes(bytes, new Uint8Array(32)))).toBe('ProofNotChecked()')
    expect(await withBytes(bytes.subarray(0, -32))).toBe('ProofNotChecked()')
    for (const length of [0, 31, 32, 255, 256, 300]) expect(await withBytes(bytes.subarray(0, length))).not.toBe('')
    // Offsets that point elsewhere, as far as they can.
    for (const word of [4, 5, 6]) {
      const wild = bytes.slice()
      wild.fill(0xff, 32 * word, 32 * word + 32)
      expect(await withBytes(wild)).not.toBe('')
    }
  })

  test('with too little gas, and then can be brought again', async () => {
    const call = proving(proven.entry.receipt, proven.input)
    for (const gas of [100_000n, 200_000n, 400_000n]) expect((await attempt(scene.world, { ...call, gas })).ok).toBe(false)
    expect((await attempt(scene.world, call)).ok).toBe(true)
  })

  test('for a receipt that is not this payment’s, or whose payment is gone', async () => {
    const { receipt } = proven.entry
    expect(await refusal(scene.world, proving({ ...receipt, node: scene.stranger.address }, proven.input))).toBe('NotSettled()')
    expect(await refusal(scene.world, proving({ ...receipt, proofRef: hashOf('x') }, proven.input))).toBe('NotSettled()')
    await write(scene.world, accepting(receipt))
    expect(await refusal(scene.world, proving(receipt, proven.input))).toBe('NotHeld()')
  })

  test('later than 21,600 blocks after the challenge', async () => {
    const { receipt } = proven.entry
    await write(scene.world, challenging(receipt, await depositNow(scene.world)))
    const until = scene.world.height() + PROOF_BLOCKS
    scene.world.mine(PROOF_BLOCKS + 1n)
    expect(await refusal(scene.world, proving(receipt, proven.input))).toBe(`TooLate(${until})`)
    await write(scene.world, failing(receipt))
  })
})

describe('a payment that says what it is for', () => {
  const bound = (name: string, options: Omit<Parameters<typeof boundEntry>[3], 'name'> = {}, x = X) =>
    boundEntry(scene, model, x, { name, price: PRICE, ...options })

  test('is taken for no answer of another level: it is held or not taken at all', async () => {
    const { entry } = bound('a level')
    const { nonce } = entry.payment
    const plain = makeEntry(scene, { nonce, price: PRICE, receipt: { requestId: entry.receipt.requestId } })
    expect(await refusal(scene.world, settling(plain))).toBe('PaidForLevelZk()')
    for (const level of [1, 129] as const)
      expect(await refusal(scene.world, settling(makeEntry(scene, { nonce, receipt: { level, proofRef: hashOf('keyset') } })))).toBe(
        'PaidForLevelZk()',
      )
    const { logs } = await write(scene.world, settlingMany([plain]))
    expect(logs).toHaveLength(1)
    await write(scene.world, settling(entry))
    expect(await heldOf(scene.world, entry.receipt)).toMatchObject({ status: 'held', bound: true })
    expect((await heldOf(scene.world, proven.entry.receipt)).bound).toBe(false)
  })

  test('is for the proof of an answer to that input, challenged or not', async () => {
    for (const [name, challenged] of [
      ['one', false],
      ['two', true],
    ] as const) {
      const { entry, input } = bound(name)
      await write(scene.world, settling(entry))
      if (challenged) await write(scene.world, challenging(entry.receipt, await depositNow(scene.world)))
      await write(scene.world, proving(entry.receipt, input))
      expect((await heldOf(scene.world, entry.receipt)).status).toBe('released')
    }
  })

  test.each<[string, Partial<ZkPaidFor>]>([
    ['another input', { x: Uint8Array.of(1, 2, 3) }],
    ['another request', { requestId: hashOf('another request') }],
    ['another model', { modelId: hashOf('another model') }],
    ['another salt', { salt: hashOf('another salt') }],
  ])('for %s comes back with the penalty, though the answer that the node signed is proved', async (what, paidFor) => {
    const { entry, input } = bound(what, { paidFor })
    await write(scene.world, settling(entry))
    expect(await refusal(scene.world, proving(entry.receipt, input))).toBe('WrongInput()')
    await write(scene.world, challenging(entry.receipt, await depositNow(scene.world)))
    expect(await refusal(scene.world, proving(entry.receipt, input))).toBe('WrongInput()')
    scene.world.mine(PROOF_BLOCKS + 1n)
    await write(scene.world, failing(entry.receipt))
    expect(await credit(scene.payer.address)).toBeGreaterThan(10n * PRICE)
  })

  test('is let go like any other', async () => {
    const [accepted, released] = [bound('accepted').entry, bound('released').entry]
    for (const entry of [accepted, released]) await write(scene.world, settling(entry))
    await write(scene.world, accepting(accepted.receipt))
    scene.world.mine(CHALLENGE_BLOCKS + 1n)
    await write(scene.world, releasing(released.receipt))
    expect((await heldOf(scene.world, released.receipt)).status).toBe('released')
  })
})

describe('a proof', () => {
  test('shares the price out, whoever brings it', async () => {
    const { receipt } = proven.entry
    const outcome = await write(scene.world, proving(receipt, proven.input, scene.stranger.address))
    expect(await credits()).toEqual(SHARED)
    expect(await credit(scene.stranger.address)).toBe(0n)
    expect(await penaltiesOf(scene.world, scene.node.address)).toBe(0n)
    expect(eventsNamed(outcome, 'Proved')).toEqual([
      { paymentId: receipt.paymentId, proofRef: receipt.proofRef, prover: scene.stranger.address },
    ])
    expect((await heldOf(scene.world, receipt)).status).toBe('released')
    console.log(`prove: ${outcome.gas} gas for ${encodeZkProofInput(proven.input).length} bytes`)
  })

  test('counts long after the settlement, as long as nobody has released it', async () => {
    scene.world.mine(CHALLENGE_BLOCKS * 10n)
    await write(scene.world, proving(proven.entry.receipt, proven.input))
    expect(await refusal(scene.world, releasing(proven.entry.receipt))).toBe('NotHeld()')
  })

  test('answers a challenge up to its last block: its gas from the deposit to the node, the rest to the payer', async () => {
    const { receipt } = proven.entry
    await write(scene.world, challenging(receipt, await depositNow(scene.world)))
    const { deposit } = await heldOf(scene.world, receipt)
    scene.world.mine(PROOF_BLOCKS)
    const outcome = await write(scene.world, { ...proving(receipt, proven.input), gasPrice: GWEI / 2n })
    const [node, ...rest] = await credits()
    expect(rest).toEqual(SHARED.slice(1))
    const paid = node! - SHARED[0]!
    expect(await credit(receipt.payer)).toBe(deposit - paid)
    const bytes = BigInt(encodeZkProofInput(proven.input).length)
    const used = outcome.gas + 21_000n + 16n * bytes
    const floor = 21_000n + 40n * bytes
    const most = used > floor ? used : floor
    expect(paid * 2n).toBeGreaterThanOrEqual(most * GWEI)
    expect(paid * 2n).toBeLessThan((most + 15_000n) * GWEI)
  })

  test('that costs no more than its bytes, as that of a model with many public weights, is paid for by the floor of EIP-7623', async () => {
    const wide = mlp([400, 100, 3])
    const other = await createHeldScene({ zkModelId: bytesToHex(wide.id) })
    const { entry, input } = provenEntry(other, wide, new Int16Array(400).fill(7), { nonce: hashOf('the nonce'), price: PRICE })
    await write(other.world, settling(entry))
    await write(other.world, challenging(entry.receipt, await depositNow(other.world)))
    const { gas } = await write(other.world, { ...proving(entry.receipt, input), gasPrice: GWEI })
    const bytes = BigInt(encodeZkProofInput(input).length)
    const floor = 21_000n + 40n * bytes
    expect(floor).toBeGreaterThan(21_000n + 16n * bytes + gas)
    const paid = (await other.world.storage(ADDRESSES.settlement, creditSlot(other.node.address))) - SHARED[0]!
    expect(paid).toBeGreaterThanOrEqual(floor * GWEI)
    expect(paid).toBeLessThan((floor + 60_000n) * GWEI)
  })

  test('is paid for by the deposit whatever it takes: as much gas as a block has, of which nodes let it take seven tenths', async () => {
    // The base fee is 0 here: the tip alone.
    expect(await depositNow(scene.world)).toBe(BLOCK_GAS_LIMIT * GWEI)
    // A transaction of 512 KiB alone, by the floor of EIP-7623.
    expect(BLOCK_GAS_LIMIT).toBeGreaterThan(21_000n + 40n * 512n * 1024n)
  })

  test('never takes more than the deposit, nor a dearer gas than the challenge paid for', async () => {
    const { receipt } = proven.entry
    await write(scene.world, challenging(receipt, await depositNow(scene.world)))
    const { deposit } = await heldOf(scene.world, receipt)
    const dear = await scene.world.undoing(async () => {
      await write(scene.world, { ...proving(receipt, proven.input), gasPrice: 1_000n * GWEI })
      return credit(scene.node.address)
    })
    const fair = await scene.world.undoing(async () => {
      await write(scene.world, { ...proving(receipt, proven.input), gasPrice: GWEI })
      return credit(scene.node.address)
    })
    expect(dear).toBe(fair)
    expect(dear - SHARED[0]!).toBeLessThan(deposit)
    // A proof is not to fail because gas has become dearer since than the deposit can pay.
    scene.world.setBaseFee(1_000n * GWEI)
    await write(scene.world, { ...proving(receipt, proven.input), gasPrice: 1_000n * GWEI })
    expect(await credit(scene.node.address)).toBe(SHARED[0]! + deposit)
    expect(await credit(receipt.payer)).toBe(0n)
  })

  test('is seen alike by the contract and the protocol package', async () => {
    const { x, y, ctx, zkModelId } = proven.input
    const args = [scene.modelId, bytesToHex(zkModelId), bytesToHex(x), bytesToHex(y), bytesToHex(ctx)] as const
    const held = { abi: heldPaymentsAbi, to: ADDRESSES.heldPayments } as const
    expect(await read(scene.world, { ...held, name: 'statementHash', args })).toBe(proven.entry.receipt.proofRef)
  })
})
