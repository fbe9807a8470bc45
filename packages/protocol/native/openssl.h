/* The OpenSSL that Node is linked with: it offers its functions to addons, and they are found by name, for a Node without one of them to be no
 * fault. The declarations are those of OpenSSL 1.1.1 to 3 (evp.h, sha.h, err.h, internal/sha3.h). */
#ifndef OPENSSL_H
#define OPENSSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct evp_cipher_st evp_cipher;
typedef struct evp_cipher_ctx_st evp_context;

typedef int (*evp_init)(evp_context *, const evp_cipher *, void *engine, const unsigned char *key, const unsigned char *nonce);
typedef int (*evp_update)(evp_context *, unsigned char *out, int *out_length, const unsigned char *in, int in_length);
typedef int (*evp_final)(evp_context *, unsigned char *out, int *out_length);

/* One direction of AES-256-GCM. */
typedef struct {
  evp_context *context;
  evp_init init;
  evp_update update;
  evp_final final;
} aead_t;

/* Takes in whole blocks of `rate` bytes; how many bytes are left. */
typedef size_t (*keccak_absorb)(uint64_t state[25], const unsigned char *data, size_t length, size_t rate);

typedef struct {
  keccak_absorb absorb;
  /* Both or neither. */
  aead_t seal, open;
  int (*control)(evp_context *, int type, int arg, void *ptr);
  void (*free)(evp_context *);
  void (*forget_errors)(void);
} openssl_t;

/* Looks for what this thread needs. What is not there stays NULL. */
void openssl_begin(openssl_t *openssl);
void openssl_end(openssl_t *openssl);

/* SHA-256's compression with the processor's own instructions, where it has them; NULL if OpenSSL has none to give. */
typedef void (*sha256_compression)(uint32_t *state, const unsigned char *blocks, size_t count);
sha256_compression openssl_sha256(void);

#endif
