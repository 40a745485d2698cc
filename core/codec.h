/*
 * Codecs: const rows, each of which stacks one stage on a stream. A package lists the stages that turn its body
 * into the image; a board's table lists the codecs that it links. What is in neither is not in the binary.
 */
#ifndef OTTER_CODEC_H
#define OTTER_CODEC_H

#include "core/mem.h"
#include "core/stream.h"

enum otter_codec_id {
    OTTER_CODEC_AES256_CBC = 1,
    OTTER_CODEC_AES256_CTR = 2,

    OTTER_CODEC_FIRST_COMPRESSION = 16, /* codecs from here on know where the image ends */
    OTTER_CODEC_GZIP = 16,
    OTTER_CODEC_QUICKLZ = 17,
    OTTER_CODEC_FASTLZ = 18,
    OTTER_CODEC_DELTA = 19,
};

#define OTTER_AES256_KEY_SIZE 32
#define OTTER_AES_BLOCK_SIZE  16
#define OTTER_PADDING_MAX     16 /* bytes that a packager may have added after the data: one cipher block */

/* What a stage is told when it opens. Each codec reads only the fields that concern it. */
struct otter_codec_args {
    const uint8_t *key; /* OTTER_AES256_KEY_SIZE bytes */
    const uint8_t *iv;  /* OTTER_AES_BLOCK_SIZE bytes: CBC's initial vector, CTR's first counter block */
    uint32_t raw_size;  /* bytes that the raw image has; codecs without an end mark stop there */

    /* What a delta is applied to: the first base_size bytes of base, whose SHA-256 the caller has checked. */
    const struct otter_part *base;
    uint32_t base_size; /* at most the partition's size */
};

#define OTTER_CODEC_KEYS_SIZE (OTTER_AES256_KEY_SIZE + OTTER_AES_BLOCK_SIZE) /* bytes of a key and an iv */

struct otter_codec {
    const char *name; /* as on the packager's command line */
    enum otter_codec_id id;
    size_t work_size; /* bytes that open() needs at `work` */
    bool needs_key;

    /* Builds the stage in `work`, which it keeps until the stream is no longer read. Reads nothing from src yet. */
    struct otter_stream *(*open)(void *work, struct otter_stream *src, const struct otter_codec_args *args);
};

/* The row with that id in a table that ends with NULL, or NULL. */
const struct otter_codec *otter_codec_find(const struct otter_codec *const *table, enum otter_codec_id id);

/* Stacks one stage on *stream: OTTER_E_UNSUPPORTED if the table lacks it, OTTER_E_NO_MEMORY if mem is too small,
 * OTTER_E_FORMAT if the codec needs a key and the package brought none. */
int otter_codec_stack(const struct otter_codec *const *table, enum otter_codec_id id,
                      const struct otter_codec_args *args, struct otter_mem *mem, struct otter_stream **stream);

extern const struct otter_codec otter_codec_aes256_cbc;
extern const struct otter_codec otter_codec_aes256_ctr;
extern const struct otter_codec otter_codec_gzip;
extern const struct otter_codec otter_codec_quicklz;
extern const struct otter_codec otter_codec_fastlz;

/* One codec with tables of three sizes: a board lists one. Each refuses a patch made for a larger one with
 * OTTER_E_NO_MEMORY. */
extern const struct otter_codec otter_codec_delta; /* 8 KB */
extern const struct otter_codec otter_codec_delta_4k;
extern const struct otter_codec otter_codec_delta_16k;

#endif
