/*
 * Builds Otter packages (docs/SPEC.md): the manifest, its proof, and the images' bodies in chained chunks.
 */
#ifndef CLI_PACKAGE_WRITER_H
#define CLI_PACKAGE_WRITER_H

#include "cli/buffer.h"
#include "cli/encode/encode.h"
#include "cli/keys.h"

#define RECIPE_IMAGES_MAX 16

struct recipe_image {
    const char *part;
    struct buffer raw; /* at least one byte */
};

/* What a package is made of. The same recipe gives the same bytes. */
struct package_recipe {
    const struct key *key; /* proves it; a public half leaves the proof empty */
    const char *product, *version;
    const char *const *hardware; /* one or more; ends with NULL */
    uint32_t counter;
    uint32_t boot_version; /* lowest bootloader: major << 16 | minor << 8 | patch; 0 for any */
    uint64_t timestamp;
    const char *notes; /* or NULL */
    const struct encoder *encoder;
    const struct key *product_key; /* wraps the content key; NULL: not encrypted */
    uint8_t content_key[32];
    uint8_t revoked[OTTER_KEYS_MAX][OTTER_KEY_ID_SIZE];
    unsigned revoked_count;
    bool allow_downgrade;
    uint16_t chunk_size;
    unsigned image_count;
    struct recipe_image images[RECIPE_IMAGES_MAX];
};

/* Appends the package. EXIT_OK, or EXIT_FAIL after an error: something does not fit the format. */
int package_write(const struct package_recipe *recipe, struct buffer *package);

#endif
