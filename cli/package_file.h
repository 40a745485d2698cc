/*
 * A package in memory, read by core's own reader: what the host says of it is what a device would say. Only the board
 * is made up: it has every codec, and one huge partition of the name that the package asks for.
 */
#ifndef CLI_PACKAGE_FILE_H
#define CLI_PACKAGE_FILE_H

#include <stdio.h>

#include "cli/buffer.h"
#include "cli/keys.h"
#include "core/package.h"

/* What the official packager writes into every header's serial number. */
#define PACKAGE_DEFAULT_SN "00010203040506070809"

/* Points into itself: neither move nor copy it. */
struct package_file {
    const char *name; /* for messages; the caller's */
    struct buffer bytes;
    struct cipher_key key;
    bool has_key;
    struct otter_rbl header; /* as far as it can be read, whether or not it is right */
    uint32_t header_crc;     /* what the header says */
    uint32_t header_sum;     /* what its bytes add up to */

    struct otter_flash store, nowhere;
    struct otter_part src, dest[2];
    struct otter_config config;
    struct otter_package package;
};

/* What is wrong, for people: one line each. */
struct problems {
    int count;
    char line[8][200];
};

/* Reads a file: EXIT_OK, or EXIT_FAIL after an error, which a file without room for a header is, too. */
int package_file_load(struct package_file *f, const char *path);

/* As if `bytes`, which it keeps, had been read from a file: at least a header, and at most 32 bits' worth. */
void package_file_wrap(struct package_file *f, const char *name, struct buffer bytes);

void package_file_free(struct package_file *f);

/* Whether it begins like one; if not, its header says nothing. */
bool package_file_is_rbl(const struct package_file *f);

/* Judges everything that needs no decoding. Decode only what has no problems. */
void package_file_check(struct package_file *f, struct problems *problems);

/*
 * Decodes the whole image, to `out` unless that is NULL, and compares it with the header: EXIT_OK, or EXIT_FAIL after
 * an error. What was written before an error is worthless.
 */
int package_file_decode(struct package_file *f, FILE *out);

/* What the header's numbers stand for: "none", "aes256", "fnv1a" ... or NULL. */
const char *package_cipher_name(const struct otter_rbl *h);
const char *package_compression_name(const struct otter_rbl *h);
const char *package_hash_name(const struct otter_rbl *h);

#endif
