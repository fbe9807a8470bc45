/* Signing, recovery and public keys of libsecp256k1 for Node, over Node-API. The caller gives the memory for what comes out. */
#include <stdbool.h>
#include <stddef.h>

#define NAPI_VERSION 8
#include <node_api.h>

#include "libsecp256k1/include/secp256k1.h"
#include "libsecp256k1/include/secp256k1_recovery.h"

#define HASH 32
#define COMPACT 64
#define POINT 65
#define MOST 4

/* A call: its context, and its arguments. */
typedef struct {
  napi_env env;
  secp256k1_context *curve;
  napi_value argv[MOST];
} call_t;

/* Whether the call has as many arguments as it needs; if not, an exception is pending. */
static bool begin(call_t *call, napi_env env, napi_callback_info info, size_t needed) {
  size_t argc = MOST;
  call->env = env;
  if (napi_get_cb_info(env, info, &argc, call->argv, NULL, NULL) == napi_ok && argc >= needed &&
      napi_get_instance_data(env, (void **)&call->curve) == napi_ok && call->curve != NULL)
    return true;
  napi_throw_type_error(env, NULL, "secp256k1: too few arguments");
  return false;
}

/* The memory of an argument that has to be a Uint8Array of this length; NULL with an exception pending if it is not. */
static unsigned char *bytes(const call_t *call, size_t index, size_t length) {
  napi_typedarray_type type;
  size_t found;
  void *data;
  if (napi_get_typedarray_info(call->env, call->argv[index], &type, &found, &data, NULL, NULL) == napi_ok &&
      type == napi_uint8_array && found == length)
    return data;
  napi_throw_type_error(call->env, NULL, "secp256k1: an argument is no Uint8Array of the right length");
  return NULL;
}

static napi_value number(napi_env env, int32_t value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

static napi_value truth(napi_env env, bool value) {
  napi_value result;
  return napi_get_boolean(env, value, &result) == napi_ok ? result : NULL;
}

/* Writes a public key as 0x04, x, y. */
static bool put_point(const call_t *call, const secp256k1_pubkey *key, unsigned char *output) {
  size_t length = POINT;
  return secp256k1_ec_pubkey_serialize(call->curve, output, &length, key, SECP256K1_EC_UNCOMPRESSED) == 1;
}

/* randomize(seed: 32): from then on secrets are blinded while they are worked with. */
static napi_value randomize(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *seed;
  if (!begin(&call, env, info, 1) || (seed = bytes(&call, 0, HASH)) == NULL) return NULL;
  return truth(env, secp256k1_context_randomize(call.curve, seed) == 1);
}

/* sign(digest: 32, privateKey: 32, signature: 64): the recovery id; -1 where the key is none. RFC 6979, low s. */
static napi_value sign(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *digest, *key, *output;
  secp256k1_ecdsa_recoverable_signature signature;
  int recovery;
  if (!begin(&call, env, info, 3) || (digest = bytes(&call, 0, HASH)) == NULL || (key = bytes(&call, 1, HASH)) == NULL ||
      (output = bytes(&call, 2, COMPACT)) == NULL)
    return NULL;
  if (!secp256k1_ecdsa_sign_recoverable(call.curve, &signature, digest, key, NULL, NULL)) return number(env, -1);
  secp256k1_ecdsa_recoverable_signature_serialize_compact(call.curve, output, &recovery, &signature);
  return number(env, recovery);
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
    napi_throw_type_error(env, NULL, "secp256k1: a recovery id is 0, 1, 2 or 3");
    return NULL;
  }
  return truth(env, secp256k1_ecdsa_recoverable_signature_parse_compact(call.curve, &signature, compact, recovery) &&
                        secp256k1_ecdsa_recover(call.curve, &key, &signature, digest) && put_point(&call, &key, output));
}

/* publicKey(privateKey: 32, publicKey: 65): whether the key is one. */
static napi_value public_key(napi_env env, napi_callback_info info) {
  call_t call;
  unsigned char *secret, *output;
  secp256k1_pubkey key;
  if (!begin(&call, env, info, 2) || (secret = bytes(&call, 0, HASH)) == NULL || (output = bytes(&call, 1, POINT)) == NULL)
    return NULL;
  return truth(env, secp256k1_ec_pubkey_create(call.curve, &key, secret) && put_point(&call, &key, output));
}

static void forget(napi_env env, void *curve, void *hint) {
  (void)env;
  (void)hint;
  secp256k1_context_destroy(curve);
}

/* Each thread of Node has a context of its own. */
NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"randomize", NULL, randomize, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sign", NULL, sign, NULL, NULL, NULL, napi_enumerable, NULL},
      {"recover", NULL, recover, NULL, NULL, NULL, napi_enumerable, NULL},
      {"publicKey", NULL, public_key, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  secp256k1_context *curve = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  if (curve == NULL || napi_set_instance_data(env, curve, forget, NULL) != napi_ok ||
      napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) != napi_ok) {
    napi_throw_error(env, NULL, "secp256k1: the binding cannot be set up");
    return NULL;
  }
  return exports;
}
