#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

#include "openssl.h"

#define BLOCK 64

/* Function pointers and what dlsym gives have the same size where there is dlsym (POSIX). */
#define FIND(pointer, name) (*(void **)&(pointer) = dlsym(RTLD_DEFAULT, name))

/* One direction. The cipher is named once: each call brings a key and a nonce of its own. */
static bool direction(aead_t *aead, const evp_cipher *cipher, evp_context *(*make)(void), const char *init, const char *update,
                      const char *final) {
  FIND(aead->init, init);
  FIND(aead->update, update);
  FIND(aead->final, final);
  if (!aead->init || !aead->update || !aead->final) return false;
  aead->context = make();
  return aead->context != NULL && aead->init(aead->context, cipher, NULL, NULL, NULL) == 1;
}

static void aead_end(openssl_t *openssl) {
  openssl->free(openssl->seal.context);
  openssl->free(openssl->open.context);
  openssl->seal.context = openssl->open.context = NULL;
}

void openssl_begin(openssl_t *openssl) {
  const evp_cipher *(*aes)(void);
  evp_context *(*make)(void);
  memset(openssl, 0, sizeof *openssl);
  FIND(openssl->absorb, "SHA3_absorb");
  FIND(aes, "EVP_aes_256_gcm");
  FIND(make, "EVP_CIPHER_CTX_new");
  FIND(openssl->control, "EVP_CIPHER_CTX_ctrl");
  FIND(openssl->free, "EVP_CIPHER_CTX_free");
  FIND(openssl->forget_errors, "ERR_clear_error");
  if (!aes || !make || !openssl->control || !openssl->free || !openssl->forget_errors) return;
  if (direction(&openssl->seal, aes(), make, "EVP_EncryptInit_ex", "EVP_EncryptUpdate", "EVP_EncryptFinal_ex") &&
      direction(&openssl->open, aes(), make, "EVP_DecryptInit_ex", "EVP_DecryptUpdate", "EVP_DecryptFinal_ex"))
    return;
  openssl->forget_errors();
  aead_end(openssl);
}

void openssl_end(openssl_t *openssl) {
  if (openssl->free) aead_end(openssl);
}

/* SHA256_CTX begins with the state; what follows it is 80 bytes, and not used. */
typedef struct {
  uint32_t state[8];
  uint32_t rest[24];
} sha256_context;

static void (*transform)(sha256_context *, const unsigned char *block);

static void compress(uint32_t *state, const unsigned char *blocks, size_t count) {
  sha256_context context;
  memcpy(context.state, state, sizeof context.state);
  for (; count > 0; count--, blocks += BLOCK) transform(&context, blocks);
  memcpy(state, context.state, sizeof context.state);
  explicit_bzero(&context, sizeof context);
}

sha256_compression openssl_sha256(void) {
  /* Threads that look at once write the same. */
  FIND(transform, "SHA256_Transform");
  return transform == NULL ? NULL : compress;
}
