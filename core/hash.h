/*
 * Hashes as rows, weak and strong ones alike, and a stage that hashes what passes through it.
 */
#ifndef OTTER_HASH_H
#define OTTER_HASH_H

#include "core/stream.h"

#define OTTER_HASH_MAX 32 /* bytes of the longest digest */

/* Room for the state of any of them. */
struct otter_hash_state {
    uint64_t words[14];
};

struct otter_hash {
    const char *name;
    uint8_t size; /* bytes of the digest, at most OTTER_HASH_MAX */
    void (*init)(struct otter_hash_state *state);
    void (*update)(struct otter_hash_state *state, const uint8_t *data, size_t len);
    void (*finish)(struct otter_hash_state *state, uint8_t *digest);
};

extern const struct otter_hash otter_crc32;  /* zlib's and Ethernet's: polynomial 0xEDB88320, reflected; 4 bytes */
extern const struct otter_hash otter_fnv1a;  /* FNV-1a, 32 bits: basis 0x811C9DC5, prime 0x01000193; 4 bytes */
extern const struct otter_hash otter_sha256; /* FIPS 180-4; core/crypto/sha256.c */

/* The digest of one buffer. */
void otter_hash_of(const struct otter_hash *hash, const void *data, size_t len, uint8_t *digest);

/* The same, of one with a digest of four bytes, as a number. */
uint32_t otter_hash32_of(const struct otter_hash *hash, const void *data, size_t len);

/* Compares in a time that does not depend on where they differ. */
bool otter_hash_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* Passes on what it pulls, unchanged, and hashes it. */
struct otter_hash_stream {
    struct otter_stream stream;
    struct otter_stream *src;
    const struct otter_hash *hash;
    struct otter_hash_state state;
    uint32_t count; /* bytes so far */
};

void otter_hash_stream_init(struct otter_hash_stream *s, struct otter_stream *src, const struct otter_hash *hash);

/* True if the bytes so far have that digest. Once, after the last byte. */
bool otter_hash_stream_matches(struct otter_hash_stream *s, const uint8_t *digest);

#endif
