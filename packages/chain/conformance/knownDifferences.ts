const NO_BLOBS = 'this chain has no blob transactions'
const BUILDER = 'a method for test networks alone: it hands out unsigned blocks, which here only consensus makes'

/** Cases that this node answers differently, and why. One that begins to pass must leave this list. */
export const KNOWN_DIFFERENCES: Readonly<Record<string, string>> = {
  'eth_config/get-config': "not answered: it tells a node's schedule of forks and blobs, and this chain has one fork and no blobs",
  'eth_estimateGas/estimate-with-eip4844': NO_BLOBS,
  'eth_getTransactionByHash/get-blob-tx': NO_BLOBS,
  'eth_getTransactionReceipt/get-blob-tx': NO_BLOBS,
  'eth_sendRawTransaction/send-blob-tx': NO_BLOBS,
  'eth_simulateV1/ethSimulate-blobs': NO_BLOBS,
  'eth_simulateV1/ethSimulate-empty-with-block-num-set-firstblock':
    "begins at a block of Ethereum's first fork and expects headers without base fee; every simulated block here has the rules of prague",
  'testing_buildBlockV1/build-block-empty-transactions': BUILDER,
  'testing_buildBlockV1/build-block-from-mempool': BUILDER,
  'testing_buildBlockV1/build-block-invalid-transaction': BUILDER,
  'testing_buildBlockV1/build-block-with-transactions': BUILDER,
}
