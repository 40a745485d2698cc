/*
 * P-256 keys in PEM, as openssl reads and writes them.
 *
 * Each kind of file is one DER encoding with only the numbers left to fill in, so there is no parser of ASN.1 that
 * could be wrong: what does not agree to the byte is not read.
 */
#ifndef CLI_PEM_H
#define CLI_PEM_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/crypto/p256.h"

enum pem_result {
    PEM_READ,
    PEM_NONE,    /* the text has no block that could be a key */
    PEM_LOCKED,  /* encrypted with a password */
    PEM_UNKNOWN, /* a key, but not P-256, or in an encoding that is not read */
};

struct pem_key {
    bool has_secret, has_public;
    uint8_t secret[P256_SECRET_SIZE];
    uint8_t public_half[OTTER_P256_KEY_SIZE]; /* x, then y; nobody has compared it with the secret */
};

/*
 * The first key of the text: SEC 1 (RFC 5915) and PKCS #8 (RFC 5958), either with or without its public half, or a
 * public key (RFC 5480, uncompressed). Other blocks, such as EC PARAMETERS, are skipped.
 */
enum pem_result pem_read(const char *text, struct pem_key *key);

#define PEM_TEXT_MAX 256 /* bytes, with the NUL */

/* As PKCS #8, if it has a secret (it then needs both halves), or as a public key. */
void pem_write(const struct pem_key *key, char text[PEM_TEXT_MAX]);

#endif
