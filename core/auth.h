/*
 * Proofs of origin as rows, and the keys that a board trusts.
 */
#ifndef OTTER_AUTH_H
#define OTTER_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OTTER_KEY_ID_SIZE 8  /* the first bytes of the SHA-256 of the key's bytes */
#define OTTER_PROOF_MAX   64 /* bytes of the longest proof */

struct otter_auth {
    uint8_t id;         /* as the manifest names it */
    uint8_t key_size;   /* bytes */
    uint8_t proof_size; /* bytes, at most OTTER_PROOF_MAX */

    /* Whether `proof` was made for these bytes with the key, or with its private half. */
    bool (*verify)(const uint8_t *key, const void *data, size_t len, const uint8_t *proof);
};

extern const struct otter_auth otter_auth_p256; /* 1: ECDSA P-256 with SHA-256; the key is x, then y */
extern const struct otter_auth otter_auth_hmac; /* 2: HMAC-SHA-256; the key is 32 secret bytes */

enum {
    OTTER_KEY_DEVELOPMENT = 1, /* may sign packages that ask for a downgrade; never on a board that is sold */
};

struct otter_key {
    const struct otter_auth *auth; /* NULL ends a table */
    uint8_t id[OTTER_KEY_ID_SIZE];
    const uint8_t *bytes; /* auth->key_size of them */
    uint32_t flags;
};

/* At most this many keys in a board's table: the journal keeps a bit for each that was revoked. */
#define OTTER_KEYS_MAX 8

/* The place in the table of the key with that kind and id, or -1. */
int otter_key_find(const struct otter_key *table, uint8_t auth_id, const uint8_t id[OTTER_KEY_ID_SIZE]);

#endif
