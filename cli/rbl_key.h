/*
 * The key of encrypted RBL packages, from the command line or a file. Never printed.
 */
#ifndef CLI_RBL_KEY_H
#define CLI_RBL_KEY_H

#include <stdbool.h>

#include "core/codec.h"

struct rbl_key {
    uint8_t key[OTTER_AES256_KEY_SIZE];
    uint8_t iv[OTTER_AES_BLOCK_SIZE];
};

/* Rows of an option table, for a command's own KEY, IV and KEY_FILE; and what its help says of them. */
/* clang-format off */
#define RBL_KEY_OPTION_ROWS \
    [KEY] = { "--key", "K", "AES-256 key: 32 characters, or hex: and 64 digits" }, \
    [IV] = { "--iv", "V", "initialization vector: 16 characters, or hex: and 32 digits" }, \
    [KEY_FILE] = { "--key-file", "FILE", "both from a file, which other users cannot see" }
/* clang-format on */

#define RBL_KEY_NOTES                                                                                                  \
    "A key file has two lines; empty ones and those that start with # are skipped:\n"                                  \
    "  key = 0123456789ABCDEF0123456789ABCDEF    or  key = hex:3031...\n"                                              \
    "  iv = 0123456789ABCDEF                     or  iv = hex:3031...\n"                                               \
    "(This one is the official packager's default, which everybody knows: it protects\n"                               \
    "nothing.)\n"

/*
 * Takes what the three options were given, each NULL if not: EXIT_OK, EXIT_FAIL or EXIT_USAGE after an error. *given
 * says whether there was a key.
 */
int rbl_key_take(const char *key, const char *iv, const char *file, struct rbl_key *out, bool *given);

#endif
