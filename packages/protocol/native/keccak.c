/* Keccak-256 as Ethereum hashes: the sponge of FIPS 202 with the padding of the submission. OpenSSL has the permutation, not this padding. */
#include <string.h>

#include "binding.h"

#define RATE 136
#define DIGEST 32
#define LANES 25

bool keccak256(const openssl_t *openssl, const unsigned char *data, size_t length, unsigned char *digest) {
  uint64_t state[LANES] = {0};
  unsigned char last[RATE] = {0};
  if (openssl->absorb == NULL) return false;
  size_t rest = openssl->absorb(state, data, length, RATE);
  if (rest > 0) memcpy(last, data + length - rest, rest);
  last[rest] = 0x01;
  last[RATE - 1] |= 0x80;
  openssl->absorb(state, last, RATE, RATE);
  for (size_t i = 0; i < DIGEST; i++) digest[i] = (unsigned char)(state[i / 8] >> (8 * (i % 8)));
  return true;
}

napi_value keccak256_of(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *data, *digest;
  size_t length;
  if (!begin(&call, env, info, 2) || !view(&call, 0, &data, &length) || (digest = bytes(&call, 1, DIGEST)) == NULL) return NULL;
  return truth(env, keccak256(&call.thread->openssl, data, length, digest));
}
