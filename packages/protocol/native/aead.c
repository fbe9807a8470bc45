/* AES-256-GCM (NIST SP 800-38D) with nonces of 12 bytes and tags of 16, in one call. */
#include <limits.h>
#include <string.h>

#include "binding.h"

#define KEY 32
#define NONCE 12
#define TAG 16
/* EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG. */
#define GET_TAG 0x10
#define SET_TAG 0x11

/* The arguments of both. */
typedef struct {
  unsigned char *key, *nonce, *additional, *in, *out;
  size_t additional_length, in_length, out_length;
} text_t;

static const unsigned char no_key[KEY];

static bool arguments(call_t *call, napi_env env, napi_callback_info info, text_t *text) {
  if (!begin(call, env, info, 5) || (text->key = bytes(call, 0, KEY)) == NULL || (text->nonce = bytes(call, 1, NONCE)) == NULL ||
      !view(call, 2, &text->additional, &text->additional_length) || !view(call, 3, &text->in, &text->in_length) ||
      !view(call, 4, &text->out, &text->out_length))
    return false;
  if (text->additional_length <= INT_MAX && text->in_length <= INT_MAX && text->out_length <= INT_MAX) return true;
  napi_throw_type_error(env, NULL, "an argument is longer than 2 GiB");
  return false;
}

static bool fits(napi_env env, size_t plain, size_t sealed) {
  if (sealed >= TAG && plain == sealed - TAG) return true;
  napi_throw_type_error(env, NULL, "what is sealed is 16 bytes longer than what is not");
  return false;
}

/* Everything but the tag. Where there are no bytes OpenSSL is not asked: without input it would take a call for the last one. */
static bool pass(const aead_t *aead, const text_t *text, size_t length) {
  int written = 0;
  return aead->init(aead->context, NULL, NULL, text->key, text->nonce) == 1 &&
         (text->additional_length == 0 || aead->update(aead->context, NULL, &written, text->additional, (int)text->additional_length) == 1) &&
         (length == 0 || (aead->update(aead->context, text->out, &written, text->in, (int)length) == 1 && written == (int)length));
}

/* Overwrites the key in OpenSSL's memory, and what OpenSSL has to say of a failure. */
static bool end(const openssl_t *openssl, const aead_t *aead, bool done) {
  bool wiped = aead->init(aead->context, NULL, NULL, no_key, no_key) == 1;
  if (!done || !wiped) openssl->forget_errors();
  return done && wiped;
}

/* What both say: whether it was done. What was not leaves zeros. */
static napi_value outcome(const call_t *call, const aead_t *aead, const text_t *text, bool done) {
  bool good = end(&call->thread->openssl, aead, done);
  if (!good && text->out_length > 0) memset(text->out, 0, text->out_length);
  return truth(call->env, good);
}

napi_value aead_seal(napi_env env, napi_callback_info info) {
  call_t call;
  text_t text;
  unsigned char none[TAG];
  int written = 0;
  if (!arguments(&call, env, info, &text) || !fits(env, text.in_length, text.out_length)) return NULL;
  const openssl_t *openssl = &call.thread->openssl;
  const aead_t *aead = &openssl->seal;
  if (aead->context == NULL) return truth(env, false);
  return outcome(&call, aead, &text,
                 pass(aead, &text, text.in_length) && aead->final(aead->context, none, &written) == 1 && written == 0 &&
                     openssl->control(aead->context, GET_TAG, TAG, text.out + text.in_length) == 1);
}

napi_value aead_open(napi_env env, napi_callback_info info) {
  call_t call;
  text_t text;
  unsigned char none[TAG];
  int written = 0;
  if (!arguments(&call, env, info, &text) || !fits(env, text.out_length, text.in_length)) return NULL;
  const openssl_t *openssl = &call.thread->openssl;
  const aead_t *aead = &openssl->open;
  if (aead->context == NULL) return truth(env, false);
  return outcome(&call, aead, &text,
                 pass(aead, &text, text.out_length) &&
                     openssl->control(aead->context, SET_TAG, TAG, text.in + text.out_length) == 1 &&
                     aead->final(aead->context, none, &written) == 1 && written == 0);
}
