/* What the functions that Node calls share: how arguments are read, and what each thread of Node has of its own. */
#ifndef BINDING_H
#define BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAPI_VERSION 8
#include <node_api.h>

#include "libsecp256k1/include/secp256k1.h"
#include "openssl.h"

#define MOST 5

/* Of one thread of Node. */
typedef struct {
  secp256k1_context *curve;
  openssl_t openssl;
} thread_t;

/* A call: its thread, and its arguments. */
typedef struct {
  napi_env env;
  thread_t *thread;
  napi_value argv[MOST];
} call_t;

/* Whether the call has as many arguments as it needs; if not, an exception is pending. */
static inline bool begin(call_t *call, napi_env env, napi_callback_info info, size_t needed) {
  size_t argc = MOST;
  call->env = env;
  if (napi_get_cb_info(env, info, &argc, call->argv, NULL, NULL) == napi_ok && argc >= needed &&
      napi_get_instance_data(env, (void **)&call->thread) == napi_ok && call->thread != NULL)
    return true;
  napi_throw_type_error(env, NULL, "too few arguments");
  return false;
}

/* Whether an argument is a Uint8Array, and its memory; if not, an exception is pending. */
static inline bool view(const call_t *call, size_t index, unsigned char **data, size_t *length) {
  napi_typedarray_type type;
  if (napi_get_typedarray_info(call->env, call->argv[index], &type, length, (void **)data, NULL, NULL) == napi_ok &&
      type == napi_uint8_array && (*data != NULL || *length == 0))
    return true;
  napi_throw_type_error(call->env, NULL, "an argument is no Uint8Array");
  return false;
}

/* The memory of an argument that has to be a Uint8Array of this length, which is not 0; NULL with an exception pending if it is not. */
static inline unsigned char *bytes(const call_t *call, size_t index, size_t length) {
  unsigned char *data;
  size_t found;
  if (!view(call, index, &data, &found)) return NULL;
  if (found == length) return data;
  napi_throw_type_error(call->env, NULL, "an argument is no Uint8Array of the right length");
  return NULL;
}

static inline napi_value truth(napi_env env, bool value) {
  napi_value result;
  return napi_get_boolean(env, value, &result) == napi_ok ? result : NULL;
}

/* seal(key: 32, nonce: 12, additional, plain, sealed: plain + 16): whether OpenSSL did it. */
napi_value aead_seal(napi_env env, napi_callback_info info);
/* open(key: 32, nonce: 12, additional, sealed, plain: sealed - 16): whether it is what was sealed; if not, `plain` is zeros. */
napi_value aead_open(napi_env env, napi_callback_info info);
/* keccak256(data, digest: 32): whether OpenSSL has what it takes. */
napi_value keccak256_of(napi_env env, napi_callback_info info);
/* The same for what is in C: whether OpenSSL has what it takes. `digest` has 32 bytes. */
bool keccak256(const openssl_t *openssl, const unsigned char *data, size_t length, unsigned char *digest);

#endif
