/*
 * A package in memory, read by core's own reader: what the host says of it is what a device would say. Only the board
 * is made up: it has every codec, a huge partition of each name that the package asks for, and is the product that the
 * package is for.
 */
#ifndef CLI_PACKAGE_FILE_H
#define CLI_PACKAGE_FILE_H

#include <stdio.h>

#include "cli/buffer.h"
#include "cli/json.h"
#include "cli/reader_keys.h"
#include "core/manifest.h"
#include "core/package.h"
#include "core/rbl.h"

/* What the official packager writes into every RBL header's serial number. */
#define PACKAGE_DEFAULT_SN "00010203040506070809"

/* More than a manifest has room for. */
#define PACKAGE_IMAGES_MAX (OTTER_MANIFEST_MAX / OTTER_IMAGE_STAGES)

/* Points into itself: neither move nor copy it. */
struct package_file {
    const char *name; /* for messages; the caller's */
    struct buffer bytes;
    const struct reader_keys *keys;  /* the caller's */
    const struct package_kind *kind; /* NULL if it begins like no package */

    /* Of RBL, as far as it can be read, whether or not it is right. */
    struct otter_rbl header;
    uint32_t header_crc; /* what the header says */
    uint32_t header_sum; /* what its bytes add up to */

    /* Of Otter's format. */
    struct otter_key trusted[2];
    struct otter_product_key product_key;
    char product[32 + 1], hardware[32 + 1];
    char names[PACKAGE_IMAGES_MAX][OTTER_PART_NAME_MAX + 1];

    struct otter_flash store, nowhere;
    struct otter_part src, dest[PACKAGE_IMAGES_MAX + 1];
    struct otter_config config;
    struct otter_package package;
};

/* What is wrong, for people: one line each. */
struct problems {
    int count;
    char line[8][200];
};

__attribute__((format(printf, 2, 3))) void problems_add(struct problems *problems, const char *format, ...);

/* One of the formats, to people. */
struct package_kind {
    const char *name;   /* as in JSON */
    uint8_t magic[4];   /* how such a file begins */
    uint32_t head_size; /* bytes that a file has at least */

    /* Reads what can be read without trusting anything. */
    void (*begin)(struct package_file *f);

    void (*check)(struct package_file *f, struct problems *problems);

    /* Whether the keys are there to prove and decode it: EXIT_OK, or EXIT_FAIL after an error. */
    int (*check_keys)(const struct package_file *f);

    /* Says why decoding failed: EXIT_FAIL. `part` is the image's. */
    int (*explain)(const struct package_file *f, const char *part, int err);

    void (*print)(const struct package_file *f);
    void (*print_json)(const struct package_file *f, struct json *json);
};

extern const struct package_kind package_kind_otter, package_kind_rbl;

/* Whether these are the first bytes of a package of any format. */
bool package_file_begins(const struct buffer *bytes);

/* Reads a file: EXIT_OK, or EXIT_FAIL after an error, which a file without room for a header is, too. */
int package_file_load(struct package_file *f, const char *path, const struct reader_keys *keys);

/* As if `bytes`, which it keeps, had been read from a file: at most 32 bits' worth. */
int package_file_wrap(struct package_file *f, const char *name, struct buffer bytes, const struct reader_keys *keys);

void package_file_free(struct package_file *f);

/* Judges everything that needs no decoding, and the proof if there is a key for it. Decode only what has no problems.
 */
void package_file_check(struct package_file *f, struct problems *problems);

/* The same, each problem an error: EXIT_OK or EXIT_FAIL. */
int package_file_judge(struct package_file *f);

/* Whether the proof was compared with a key. */
bool package_file_is_proven(const struct package_file *f);

/* EXIT_FAIL after an error if nothing was there to compare a signature with. */
int package_file_must_be_proven(const struct package_file *f);

/* Decodes all images and compares them with what the head promises: EXIT_OK, or EXIT_FAIL after an error. */
int package_file_verify(struct package_file *f);

/* Decodes one image to `out`: EXIT_OK, or EXIT_FAIL after an error; what was written before it is worthless. */
int package_file_decode(struct package_file *f, unsigned i, FILE *out);

/* The image for that partition, or -1. */
int package_file_find(const struct package_file *f, const char *part);

/* Work memory for whatever a package asks for; to be freed. */
struct otter_mem package_work(void);

/* The codec of that number, as its row calls it, or NULL. */
const char *package_codec_name(uint8_t id);

/* "2023-11-14T22:13:20Z" */
void package_time(uint64_t seconds, char *text, size_t size);

#endif
