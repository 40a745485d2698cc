/*
 * The keys of Otter's packages: those that sign, and the one that wraps content keys. Secrets are never printed, and
 * are wiped when they are no longer needed.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/crypto/p256.h"
#include "core/auth.h"

enum key_kind { KEY_P256, KEY_HMAC, KEY_PRODUCT };

struct key {
    enum key_kind kind;
    bool has_secret;                          /* a public half alone can only verify */
    uint8_t id[OTTER_KEY_ID_SIZE];            /* of the bytes that boards hold */
    uint8_t secret[32];                       /* the private half, or the key that is shared */
    uint8_t public_half[OTTER_P256_KEY_SIZE]; /* of KEY_P256 */
};

/* What --type calls the kinds, by their number; ends with NULL. And what people call them. */
extern const char *const key_type_names[];
const char *key_kind_words(enum key_kind kind);

/* An id as people see it. */
struct key_id_text {
    char digits[2 * OTTER_KEY_ID_SIZE + 1];
};

struct key_id_text key_id_text(const uint8_t id[OTTER_KEY_ID_SIZE]);

/* From 32 bytes: false if they are no private half. */
bool key_from_secret(struct key *key, enum key_kind kind, const uint8_t secret[32]);
bool key_from_public(struct key *key, const uint8_t public_half[OTTER_P256_KEY_SIZE]);

/* A new one: false after an error. */
bool key_generate(struct key *key, enum key_kind kind);

void key_wipe(struct key *key);

/* The bytes that boards hold, and how many. */
const uint8_t *key_bytes(const struct key *key, size_t *size);

/* How packages are proven with it; NULL for a product key. */
const struct otter_auth *key_auth(const struct key *key);

/* The proof for these bytes, auth->proof_size of them, with a key that has its secret: false if that fails. */
bool key_prove(const struct key *key, const void *data, size_t len, uint8_t *proof);

/*
 * Reads a key of any kind from a file: P-256 in PEM; the others from one line, `hmac-key = hex:...` or
 * `product-key = hex:...`. EXIT_OK, or EXIT_FAIL after an error.
 */
int key_load(struct key *key, const char *path);

/* The same for what an option was given: a key of another kind is refused. One without its secret is not. */
int key_take(struct key *key, const char *option, const char *path, enum key_kind wanted);

/* Writes a new file that only its owner can read, and FILE.pub beside a P-256 key: false after an error. */
bool key_save(const struct key *key, const char *path);

#endif
