/* Signing, recovery and public keys of libsecp256k1, and AES-256-GCM and Keccak of OpenSSL, for Node, over Node-API. The caller gives the memory
 * for what comes out. */
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "libsecp256k1/include/secp256k1_recovery.h"

#define HASH 32
#define COMPACT 64
#define POINT 65

static napi_value number(napi_env env, int32_t value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

/* Writes a public key as 0x04, x, y. */
static bool put_point(const call_t *call, const secp256k1_pubkey *key, unsigned char *output) {
  size_t length = POINT;
  return secp256k1_ec_pubkey_serialize(call->thread->curve, output, &length, key, SECP256K1_EC_UNCOMPRESSED) == 1;
}

/* randomize(seed: 32): from then on secrets are blinded while they are worked with. */
static napi_value randomize(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *seed;
  if (!begin(&call, env, info, 1) || (seed = bytes(&call, 0, HASH)) == NULL) return NULL;
  return truth(env, secp256k1_context_randomize(call.thread->curve, seed) == 1);
}

/* Writes r, s of a digest, by RFC 6979 and with low s: the recovery id; -1 where the key is none. */
static int32_t put_signature(const call_t *call, const unsigned char *digest, const unsigned char *key, unsigned char *output) {
  secp256k1_ecdsa_recoverable_signature signature;
  int recovery;
  if (!secp256k1_ecdsa_sign_recoverable(call->thread->curve, &signature, digest, key, NULL, NULL)) return -1;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(call->thread->curve, output, &recovery, &signature);
  return recovery;
}

/* sign(digest: 32, privateKey: 32, signature: 64): the recovery id; -1 where the key is none. */
static napi_value sign(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *digest, *key, *output;
  if (!begin(&call, env, info, 3) || (digest = bytes(&call, 0, HASH)) == NULL || (key = bytes(&call, 1, HASH)) == NULL ||
      (output = bytes(&call, 2, COMPACT)) == NULL)
    return NULL;
  return number(env, put_signature(&call, digest, key, output));
}

/* signTyped(domain: 32, struct, privateKey: 32, digest: 32, signature: 64): the recovery id of the EIP-712 digest; -1 where the key is none or there is
 * no Keccak. */
static napi_value sign_typed(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *domain, *members, *key, *digest, *output, typed[2 + 2 * HASH] = {0x19, 0x01};
  size_t length;
  if (!begin(&call, env, info, 5) || (domain = bytes(&call, 0, HASH)) == NULL || !view(&call, 1, &members, &length) ||
      (key = bytes(&call, 2, HASH)) == NULL || (digest = bytes(&call, 3, HASH)) == NULL || (output = bytes(&call, 4, COMPACT)) == NULL)
    return NULL;
  const openssl_t *openssl = &call.thread->openssl;
  memcpy(typed + 2, domain, HASH);
  if (!keccak256(openssl, members, length, typed + 2 + HASH) || !keccak256(openssl, typed, sizeof typed, digest)) return number(env, -1);
  return number(env, put_signature(&call, digest, key, output));
}

/* recover(digest: 32, signature: 64, recovery: 0 to 3, publicKey: 65): whether there is a key that fits. */
static napi_value recover(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *digest, *compact, *output;
  int32_t recovery;
  secp256k1_ecdsa_recoverable_signature signature;
  secp256k1_pubkey key;
  if (!begin(&call, env, info, 4) || (digest = bytes(&call, 0, HASH)) == NULL || (compact = bytes(&call, 1, COMPACT)) == NULL ||
      (output = bytes(&call, 3, POINT)) == NULL)
    return NULL;
  if (napi_get_value_int32(env, call.argv[2], &recovery) != napi_ok || recovery < 0 || recovery > 3) {
    napi_throw_type_error(env, NULL, "a recovery id is 0, 1, 2 or 3");
    return NULL;
  }
  return truth(env, secp256k1_ecdsa_recoverable_signature_parse_compact(call.thread->curve, &signature, compact, recovery) &&
                        secp256k1_ecdsa_recover(call.thread->curve, &key, &signature, digest) && put_point(&call, &key, output));
}

/* publicKey(privateKey: 32, publicKey: 65): whether the key is one. */
static napi_value public_key(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *secret, *output;
  secp256k1_pubkey key;
  if (!begin(&call, env, info, 2) || (secret = bytes(&call, 0, HASH)) == NULL || (output = bytes(&call, 1, POINT)) == NULL)
    return NULL;
  return truth(env, secp256k1_ec_pubkey_create(call.thread->curve, &key, secret) && put_point(&call, &key, output));
}

static void forget(napi_env env, void *data, void *hint) {
  thread_t *thread = data;
  (void)env;
  (void)hint;
  secp256k1_context_destroy(thread->curve);
  openssl_end(&thread->openssl);
  free(thread);
}

/* Each thread of Node has contexts of its own. */
static thread_t *new_thread(void) {
  sha256_compression sha256 = openssl_sha256();
  thread_t *thread = calloc(1, sizeof *thread);
  if (thread == NULL) return NULL;
  thread->curve = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  if (thread->curve == NULL) {
    free(thread);
    return NULL;
  }
  if (sha256 != NULL) secp256k1_context_set_sha256_compression(thread->curve, sha256);
  openssl_begin(&thread->openssl);
  return thread;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"randomize", NULL, randomize, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sign", NULL, sign, NULL, NULL, NULL, napi_enumerable, NULL},
      {"signTyped", NULL, sign_typed, NULL, NULL, NULL, napi_enumerable, NULL},
      {"recover", NULL, recover, NULL, NULL, NULL, napi_enumerable, NULL},
      {"publicKey", NULL, public_key, NULL, NULL, NULL, napi_enumerable, NULL},
      {"seal", NULL, aead_seal, NULL, NULL, NULL, napi_enumerable, NULL},
      {"open", NULL, aead_open, NULL, NULL, NULL, napi_enumerable, NULL},
      {"keccak256", NULL, keccak256_of, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  thread_t *thread = new_thread();
  if (thread == NULL || napi_set_instance_data(env, thread, forget, NULL) != napi_ok ||
      napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) != napi_ok) {
    napi_throw_error(env, NULL, "the native library cannot be set up");
    return NULL;
  }
  return exports;
}
