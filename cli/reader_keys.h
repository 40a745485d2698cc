/*
 * What the commands that read packages take from their command lines to check and decode them with.
 */
#ifndef CLI_READER_KEYS_H
#define CLI_READER_KEYS_H

#include "cli/keys.h"
#include "cli/options.h"
#include "cli/rbl_key.h"

struct reader_keys {
    struct key proof; /* the public half, or the shared key, of who signed Otter packages */
    struct key product;
    struct rbl_key rbl;
    bool has_proof, has_product, has_rbl;
};

/* Rows for the end of a command's own table, for those that decode and those that only judge; what help says of them.
 */
/* clang-format off */
#define READER_PROOF_ROWS(first) \
    [(first)] = { "--pubkey", "FILE", "check the signature with this P-256 key (FILE.pub)" }, \
    [(first) + 1] = { "--hmac-key", "FILE", "or with this key, which the boards share" }

#define READER_KEYS_ROWS(first) \
    READER_PROOF_ROWS(first), \
    [(first) + 2] = { "--product-key", "FILE", "decrypt with this key" }, \
    [(first) + 3] = { "--key", "K", "of RBL: AES-256 key, 32 characters, or hex: and 64 digits" }, \
    [(first) + 4] = { "--iv", "V", "of RBL: initialization vector, 16 characters or hex" }, \
    [(first) + 5] = { "--key-file", "FILE", "of RBL: both from a file, which other users cannot see" }
/* clang-format on */

#define READER_KEYS_NOTES "'otter keygen' makes the keys of Otter packages.\n\nOf RBL: " RBL_KEY_NOTES

/* `first` is the first of those rows: EXIT_OK, EXIT_FAIL or EXIT_USAGE after an error. To be wiped. */
int reader_keys_take(struct reader_keys *keys, const struct arguments *args, int first);

/* The files among them, for who must not overwrite one: adds them to a list that ends with NULL. */
#define READER_KEYS_FILES 4
void reader_keys_files(const struct arguments *args, int first, const char *list[READER_KEYS_FILES + 1]);

void reader_keys_wipe(struct reader_keys *keys);

#endif
