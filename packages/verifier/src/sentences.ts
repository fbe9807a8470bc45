/**
 * Every sentence a verdict can hold. The CLI, the web page, the SDKs in other languages and the docs show these words and
 * no others; `vectors/` pins them. `{name}` stands for a value that the check found.
 */
import { type CheckId, type ErrorCode, printable } from '@opengradient/protocol'

/** Values for the `{…}` of a sentence, already as text with their unit. */
export type Values = Readonly<Record<string, string>>

/** What was found when a check passed. */
const FACTS = {
  'model.identity': 'Model {modelId} is the hash of this author and this manifest.',
  'model.unmodified': 'The operator states that it ran exactly the files of the manifest ({count}).',
  'request.bound': 'The receipt names the hash of exactly this request.',
  'request.known': 'The receipt names the request hash that you expected; the body itself is withheld.',
  'request.fresh': 'The receipt answers the request id that you chose.',
  'response.unaltered': 'The receipt names the hash of exactly these response bytes.',
  'parameters.honoured': 'The operator states that it dropped and added nothing, and used every parameter of the request ({count}).',
  'operator.registered': 'Key {key} was a receipt key of node {node} within two hours of {time}.',
  'operator.keyset': 'Key {key} was in a keyset that node {node} had registered, live within two hours of {time}.',
  'operator.bonded': 'Node {node} has {bond} OPG at risk in block {height}, slashable for at least 7 days after it asks to leave.',
  'operator.unbonding': 'Node {node} has {bond} OPG at risk in block {height}; it is leaving and slashable until {until}.',
  signature: 'The receipt is signed by key {key}.',
  'payment.price': '{price} OPG is the quoted rate times the usage stated, at the rate on chain, and not above what the payer authorised.',
  'payment.free': 'The answer was free: no payer, no payment, nothing charged.',
  'payment.settled': 'Settlement recorded the payment of {price} OPG for exactly this receipt.',
  'payment.nothing': 'The answer was free: there is nothing to settle.',
  inclusion: 'The receipt is in batch {sequence} of node {node}, recorded on chain at {time}.',
  'finality.signed': 'The record is in block {height}, signed by the validator that your trust names.',
  'finality.staked':
    'The record is in block {height}, committed by validators with more than two thirds of the stake, in a line from those that your trust names.',
  'finality.older': 'The record is in block {height}, whose hash the history of block {newer} holds, which your trust accepts.',
  'finality.pinned': 'The record is in block {height}, whose hash your trust names, or in one before it.',
  'tee.registered': 'Node {node} registered keyset {keyset} at {from}, good until {until}; nothing that it rests on was revoked.',
  'tee.hardware': 'The evidence ({platform}) is signed under a root of the hardware vendor.',
  'tee.development': 'The evidence ({platform}) is signed under a development root of the network: no hardware stands behind it.',
  'tee.checked': 'No certificate behind the evidence was revoked by the lists that the vendor had signed.',
  'tee.unchecked': 'Revocation lists of the vendor were not given, and the policy does not ask for them.',
  'tee.unpublished': 'The vendor publishes no revocation lists; the certificate of the machine is short-lived instead.',
  'tee.tcb': 'Firmware and microcode are at level {status}, which the policy allows.',
  'tee.settings': 'Debug mode, migration and other settings are as the policy asks.',
  'tee.measurement':
    'The code that runs is on the list of the policy; platform and measurements hash to {measurement}. Which engines it runs is its own word.',
  'tee.runtime':
    'The code that runs, and the engines that it says it runs, are on the list of the policy; platform and measurements hash to {measurement}.',
  'tee.anyCode': 'The policy has no list of code: whichever runs, its platform and measurements hash to {measurement}.',
  'tee.binding': 'The evidence is bound to keyset {keyset} and to its nonce.',
  'tee.keyset': 'The keyset is for this network and this node, and its {count} models include that of the receipt.',
  'tee.gpus':
    'Genuine GPUs ({count}) answered the nonce of this enclave, with drivers and VBIOS that the policy allows. That they are those that computed is not shown.',
  'tee.noGpu': 'The policy asks for no GPU, and none is shown.',
  'tee.platform': 'The machine is of a kind that the policy allows, and none that it denies; its id hashes to {platformId}.',
  'tee.receipt': 'The receipt names this keyset and is signed by its key {key}.',
  'zk.model': 'The integer model is a file of the manifest, and the one ({zkModelId}) that the manifest commits to.',
  'zk.input': 'The input of the statement is the input of this request, quantised ({count} integers).',
  'zk.output': 'The answer holds the {count} integers of the statement, and each of its {names} outputs is their decoding.',
  'zk.statement': 'The receipt names the digest of exactly this model, input, output and request.',
  'zk.proof': 'The proof shows that the integer model maps this input to this output, exactly. It is succinct, not zero-knowledge.',
  'zk.committed':
    'The proof shows that the integer model with the committed weights (their range unproven) maps this input to this output, exactly. It is succinct, not zero-knowledge.',
  'zk.registered':
    'The proof shows that the integer model with the committed weights (each proven to be in the range of its type) maps this input to this output, exactly. It is succinct, not zero-knowledge.',
} as const

/** Why a check could not be made. */
const ABSENCES = {
  'request.withheld': 'The bundle withholds the request body, or the salt in its hash.',
  'request.unexpected': 'You did not say which request id you chose.',
  'response.withheld': 'The bundle withholds the response body, or the salt in its hash.',
  'parameters.unknown': 'This verifier does not know where requests to this endpoint hold their parameters.',
  'chain.none': 'The bundle holds no chain evidence.',
  'chain.untrusted': 'The chain evidence leads to no block that your trust accepts.',
  'trust.none': 'Your trust holds no anchor to check the chain evidence against.',
  'state.missing': 'The chain evidence does not hold the state that this check reads.',
  'price.changed': 'The price changed more than an hour after the receipt; evidence from a block nearer to it is needed.',
  'payment.withheld': 'The bundle does not hold the authorisation that the receipt consumes.',
  'payment.unsettled': 'The payment was not settled in the block of the evidence.',
  'inclusion.none': 'The bundle holds no inclusion proof.',
  'inclusion.uncommitted': 'The batch was not recorded on chain in the block of the evidence.',
  'tee.none': 'The bundle holds no evidence of an enclave.',
  'tee.unverified': 'The evidence was refused before this could be asked.',
  'zk.none': 'The bundle holds no proof.',
  'zk.request': 'The bundle withholds the request body, which the statement is about.',
  'zk.response': 'The bundle withholds the response body, which the statement is about.',
  'finality.unanchored': 'Neither a batch nor a settlement of this receipt is shown to be on chain.',
} as const

/** Why a check failed, by code. Codes from parsers keep their own message and are not listed. */
const FAILURES = {
  ABSENT: 'Required, but it could not be checked. {reason}',
  MODEL_ID_MISMATCH: 'The manifest and its author hash to {found}, not to the model {modelId} of the receipt.',
  MODEL_UNEXPECTED: 'The receipt is for model {modelId}, not for the model {expected} that you expected.',
  MODEL_NOT_REQUESTED: 'The request asks for model {expected}, the receipt names model {modelId}.',
  MODEL_NOT_FOUND: 'Model {modelId} is not published in block {height}.',
  MANIFEST_MALFORMED: 'The manifest hashes to its id but breaks its schema: {reason}',
  FILES_MISMATCH: 'The files that ran are not the files of the manifest: {path} differs.',
  EXECUTION_HASH_MISMATCH: 'The execution record is not the one that the receipt names.',
  EXECUTION_MALFORMED: 'The execution record is the one that the receipt names but breaks its schema: {reason}',
  EXECUTION_MODEL_MISMATCH: 'The execution record is about model {found}, the receipt about model {modelId}.',
  REQUEST_HASH_MISMATCH: 'The request is not the one that the receipt names.',
  REQUEST_UNEXPECTED: 'The receipt names another request than the one you expected.',
  REQUEST_NOT_FRESH: 'The receipt answers another request id than the one you chose: an old answer replayed.',
  INPUT_MALFORMED: 'The request is the one that the receipt names but cannot be read: {reason}',
  RESPONSE_HASH_MISMATCH: 'The response is not the one that the receipt names: it was altered.',
  RESPONSE_TYPE_MISMATCH: 'The response is shown as {found}, the operator answered {expected}.',
  SALTS_UNEXPECTED:
    'The bundle holds salts of a sealed request, and a receipt of level {level} is about a plain one: nothing vouches for them.',
  PARAMETERS_DROPPED: 'The operator did not use the parameter {name} of the request.',
  PARAMETERS_ADDED: 'The operator added {name}, which the request did not ask for.',
  PARAMETERS_CHANGED: 'The request asks for another value of {name} than the operator used.',
  LEVEL_DEVELOPMENT:
    'The receipt is of level development: no hardware stands behind it. It counts only for a policy that asks for that level by name.',
  LEVEL_UNSUPPORTED: 'The receipt claims level {level}, which this verifier cannot check for this model.',
  RECEIPT_INCONSISTENT: 'Fields of the receipt contradict each other: {reason}',
  WRONG_CHAIN: 'The bundle is of chain {found}, you trust chain {expected}.',
  WRONG_SETTLEMENT: 'The receipt was signed for contract {found}, not for Settlement.',
  SIGNER_MISMATCH: 'The receipt is signed by key {found}, not by the key {key} that the bundle names.',
  NODE_MISMATCH: 'The receipt is of node {node}, not of the node {expected} that you expected.',
  NOT_REGISTERED: 'Node {node} is not registered in block {height}.',
  KEY_NOT_LIVE: 'Key {key} was not a receipt key of node {node} at {time}.',
  RECEIPT_BACKDATED: 'The receipt is dated {issued}, its block {time}: more than an hour apart.',
  RECEIPT_STALE: 'The receipt is dated {issued}, more than an hour from now, and nothing on chain dates it.',
  STATE_STALE: 'The evidence is from {time}, more than an hour from now: it cannot show that the key is still live.',
  NOT_BONDED: 'Node {node} has {bond} OPG at risk in block {height}; 10,000 OPG are needed.',
  BOND_RELEASED: 'The bond of node {node} could be withdrawn since {until}.',
  PAYMENT_MISMATCH: 'The receipt does not consume the authorisation in the bundle.',
  PAYMENT_WRONG_TOKEN: 'The authorisation spends token {found}, not WOPG.',
  PAYMENT_SIGNATURE_INVALID: 'The authorisation is not signed by the payer, for the till of this node.',
  PRICE_ABOVE_AUTHORISED: 'The receipt charges {price} OPG, the payer authorised {authorised} OPG.',
  PRICE_UNEXPECTED: 'The receipt charges {price} OPG, your maximum is {maximum} OPG.',
  PRICE_MISMATCH: 'The receipt charges {price} OPG; the quote times the usage is {quoted} OPG.',
  USAGE_MISMATCH: 'The record counts {found} of unit {unit}; the bundle holds {expected}.',
  QUOTE_NOT_ON_CHAIN: 'The quote asks {rate} OPG per {unit}; on chain the node asked {found} OPG.',
  SETTLED_OTHER_RECEIPT: 'The payment was settled for another receipt than this one.',
  INCLUSION_INVALID: 'The inclusion proof does not lead from this receipt to the root of the batch.',
  BATCH_FOREIGN: 'The batch is of node {found}, the receipt of node {node}.',
  BATCH_NOT_ANCHORED: 'The chain holds another batch {sequence} of this node than the one in the bundle.',
  STATE_PROOF_INVALID: 'A proof about the state of the chain is wrong: {reason}',
  EVIDENCE_NOT_REGISTERED:
    'Node {node} has not registered an enclave like this with keyset {keyset}, at the level of the receipt, by block {height}.',
  EVIDENCE_REVOKED: 'The code, the machine or a certificate of this enclave is revoked in block {height}.',
  EVIDENCE_KEYSET_EXPIRED: 'The receipt is dated {issued}; the keyset counts from {from} until {until}.',
  EVIDENCE_RECEIPT_INVALID: 'The receipt (level {level}, key {key}) is not one of the enclave whose keyset {keyset} the evidence shows.',
  EVIDENCE_TRUST_MISMATCH: 'Policy or development roots in the bundle are not those that the chain holds.',
  ZK_NOT_COMMITTED:
    'The manifest commits to no integer model of a version that this verifier knows, so nothing about the model can be proved.',
  ZK_FILE_MISMATCH: 'The integer model in the bundle ({found}) is not a file of the manifest.',
  ZK_COMMITMENT_MISMATCH: 'The file is not the integer model {zkModelId} that the manifest commits to: {reason}',
  ZK_INPUT_MISMATCH: 'The request cannot be an input of the integer model: {reason}',
  ZK_OUTPUT_MISMATCH: 'The answer is not an output of the integer model: {reason}',
  ZK_STATEMENT_MISMATCH: 'The receipt names statement {expected}; model, request, answer and record give {found}.',
  ZK_PROOF_INVALID: 'The proof does not show the statement: {code}.',
  INTERNAL: 'The verifier met a fault of its own, so nothing is verified: {reason}',
} as const satisfies Partial<Record<ErrorCode, string>>

/** What a passed check proves to a third party, shown only when nothing failed. */
const PROVES = {
  'signature.answer': 'Bonded node {node} gave this answer to this request and cannot deny it.',
  'signature.key': 'Whoever holds key {key} signed this receipt.',
  'model.identity': 'The answer is attributed to model {modelId} and to no other.',
  'request.fresh': 'The answer was made for your request, not replayed from an older one.',
  'payment.price': 'The price is the published rate times the usage stated.',
  'payment.free': 'Nothing was charged.',
  'payment.settled': 'The payment was settled for this receipt and for nothing else.',
  inclusion: 'The receipt was on chain by {time} and cannot be changed since.',
  'tee.answer':
    'The answer came from the measured code {measurement} in a genuine enclave ({platform}) that had this model loaded, and only that code saw request and answer.',
  'tee.measured':
    'The answer came from a machine that started the measured code {measurement}, as its TPM says, and that had this model loaded.',
  'tee.development': 'Whoever holds the key of a development enclave signed this receipt: measured code, but no hardware behind it.',
  'zk.answer': 'Integer model {zkModelId} maps this input to this output, exactly, whoever ran it (succinct, not zero-knowledge).',
  'zk.statement': 'Integer model {zkModelId} maps the input in the file to the output in the file, exactly (succinct, not zero-knowledge).',
} as const

/** What the level reached still takes on trust. */
const ASSUMES = {
  'operator.ran': 'The operator ran the model, files and parameters that it states.',
  'tee.vendor': 'The vendor of the hardware ({platform}) is honest, and its keys, firmware and microcode are not broken.',
  'tee.physical': 'Nobody attacked the machine physically: whoever can touch its memory bus has extracted keys from such hardware.',
  'tee.paravisor':
    'What runs beneath the measured code in the protected machine (the paravisor) is honest: it holds the key of the virtual TPM that signs for all of it.',
  'tee.memory': 'Whoever runs the machine leaves its memory alone: a TPM says which code was started, and keeps nothing from its host.',
  'tee.code': 'The measured code does what its published build says: it runs the model that it names, and lets nothing else out.',
  'tee.anyCode':
    'The measured code is one that you know yourself: the policy lists none, and whoever runs the machine may have written it to pass on what it sees.',
  'tee.levels': 'The policy asks for the right firmware levels and machines.',
  'tee.network': 'The policy of the network lists the right code, firmware levels and machines.',
  'tee.own': 'Your own policy lists the right code, firmware levels and machines.',
  'tee.unpublished': 'The vendor has not withdrawn its trust in this machine: it publishes no revocation lists that would show it.',
  'tee.unlisted':
    'The vendor has not withdrawn its trust in this machine or what is shown with it: the policy does not ask for its revocation lists, and one was not given.',
  'operator.usage': 'The usage that the operator states is what it used.',
  'validator.honest': 'The validators that your trust names signed only one history.',
  'stake.honest':
    'Of the validators that your trust names, and of those after them, less than a third by stake is dishonest within the trusting period: a third or more could sign a false history (a light-client attack).',
  'pin.right': 'The block hash in your trust is of the right network.',
  'clock.right': 'Your clock is right to the hour.',
  'zk.system': 'The proof system is sound with BLAKE3 as a random oracle; neither it nor this implementation has been audited.',
  'zk.fidelity':
    'The integer model stands for the float model: its publisher states a largest difference of {maxAbs} on {samples} samples.',
  'zk.trusted': 'The integer model is the one that you mean: you named it yourself.',
  cryptography: 'SHA-256, Keccak-256 and secp256k1 signatures are not broken.',
  'cryptography.stake': 'SHA-256, Keccak-256, secp256k1 and Ed25519 signatures are not broken.',
} as const

/** What nothing in this verdict shows. */
const UNPROVEN = {
  everything: 'A check failed: rely on nothing in this bundle.',
  right: 'That the answer is right.',
  private: 'That nobody but you and the operator saw the request.',
  'tee.private': 'That nothing about request or answer shows in sizes and times on the way.',
  'tee.hardware': 'That any hardware stands behind the answer: the evidence is of development.',
  'model.identity': 'Which model the answer is from.',
  'model.unmodified': 'That the model is unmodified.',
  'request.bound': 'What the model was asked.',
  'request.fresh': 'That the answer is not an old one replayed.',
  'response.unaltered': 'What the model answered.',
  'parameters.honoured': 'That the parameters of the request were used.',
  'operator.registered': 'Whose key signed.',
  'operator.bonded': 'That anybody loses money for having signed two answers.',
  signature: 'That anybody signed this.',
  'payment.price': 'That the price is the published one.',
  'payment.settled': 'That the payment was settled.',
  inclusion: 'That the receipt is part of a batch on chain.',
  finality: 'When the receipt was recorded.',
  'evidence.registered': 'That the node registered the enclave on chain.',
  'evidence.genuine': 'That any hardware stands behind the answer.',
  'evidence.revocation': 'That the vendor has not revoked the hardware.',
  'evidence.tcb': 'That firmware and microcode of the machine are up to date.',
  'evidence.settings': 'That the host cannot read or move the enclave.',
  'evidence.measurement': 'Which code ran.',
  'evidence.binding': 'That the keys belong to the enclave.',
  'evidence.keyset': 'That the keys were for this network, node and model.',
  'evidence.gpu': 'That a GPU was in confidential mode.',
  'evidence.platform': 'Which machine ran the code.',
  'evidence.receipt': 'That the enclave signed the receipt.',
  'zk.model': 'Which integer model stands for the model.',
  'zk.input': 'That the integer model was given this request.',
  'zk.output': 'That the answer is an output of the integer model.',
  'zk.statement': 'That the receipt states what is proved.',
  'zk.proof': 'That the integer model gave this answer.',
  'zk.float': 'What the float model would answer: proved is the integer model.',
  'zk.range': 'That the committed weights are in the range of their type.',
  'zk.hidden': 'That inputs, outputs or weights are hidden from whoever has the proof.',
} as const satisfies Record<CheckId, string> & Record<string, string>

export type FactKey = keyof typeof FACTS
export type AbsenceKey = keyof typeof ABSENCES
/** The codes with which checks fail; parsers add their own `ErrorCode`s. */
export type CheckCode = keyof typeof FAILURES
export type ProvesKey = keyof typeof PROVES
export type AssumesKey = keyof typeof ASSUMES
export type UnprovenKey = keyof typeof UNPROVEN

/** Every code that a check can fail with. */
export const CHECK_CODES = Object.keys(FAILURES) as CheckCode[]
export const fact = (key: FactKey, values: Values): string => fill(FACTS[key], values)
export const absence = (key: AbsenceKey): string => ABSENCES[key]
export const failure = (code: CheckCode, values: Values): string => fill(FAILURES[code], values)
export const proves = (key: ProvesKey, values: Values = {}): string => fill(PROVES[key], values)
export const assumes = (key: AssumesKey, values: Values = {}): string => fill(ASSUMES[key], values)
export const unproven = (key: UnprovenKey): string => UNPROVEN[key]

/**
 * What a proof alone says, without receipt and chain: for tools that check statements of an integer model that the caller names.
 * `zkModelId` in hex; `unranged`: only a commitment to the weights is known, and no registration proof of it.
 */
export function proofWords({ zkModelId, unranged }: { zkModelId: string; unranged: boolean }): {
  proves: string[]
  assumes: string[]
  unproven: string[]
} {
  return {
    proves: [proves('zk.statement', { zkModelId })],
    assumes: [assumes('zk.system'), assumes('zk.trusted')],
    unproven: [unproven('right'), unproven('zk.float'), unproven('zk.hidden'), ...(unranged ? [unproven('zk.range')] : [])],
  }
}

/**
 * What accepted evidence leaves on trust beside its vendor and the machine's surroundings: lists of revoked certificates that were not read, and what a
 * TPM does not protect. `tpm`: whether one signs the evidence, and where it lives.
 */
export function evidenceAssumes({
  tpm,
  revocation,
}: {
  readonly tpm: 'bare' | 'protected' | undefined
  readonly revocation: readonly ('checked' | 'unchecked' | 'unpublished')[]
}): string[] {
  return [
    ...(revocation.includes('unpublished') ? [assumes('tee.unpublished')] : []),
    ...(revocation.includes('unchecked') ? [assumes('tee.unlisted')] : []),
    ...(tpm === undefined ? [] : [assumes(tpm === 'bare' ? 'tee.memory' : 'tee.paravisor')]),
  ]
}

/** What a verdict says of bytes that are no bundle. */
export const unreadable = (reason: string): string => `The bundle cannot be read. ${printable(reason)}`

/** Puts values where the braces are. Values may come from a stranger: control characters are shown as `·`, long ones are cut. */
function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => printable(values[name] ?? whole))
}
