/*
 * The package reader: from a partition that holds a package to a stream of the raw image.
 */
#ifndef OTTER_PACKAGE_H
#define OTTER_PACKAGE_H

#include "core/config.h"
#include "core/rbl.h"
#include "core/sum.h"

/* Called now and then during long work; done never falls and ends at total. */
struct otter_progress {
    void (*step)(void *arg, uint32_t done, uint32_t total); /* or NULL */
    void *arg;
};

struct otter_package {
    const struct otter_config *config;
    const struct otter_part *src;  /* holds the package from its offset 0 on */
    const struct otter_part *dest; /* where its image goes */
    struct otter_rbl header;
    uint8_t raw_header[OTTER_RBL_HEADER_SIZE]; /* as it came: kept with the image after an install */
};

/*
 * Judges a header alone, before the body is there: OTTER_E_NO_PACKAGE, OTTER_E_DENIED (this board accepts no RBL),
 * OTTER_E_FORMAT, OTTER_E_UNSUPPORTED, OTTER_E_DESTINATION or OTTER_E_TOO_LARGE. `src` is where the package will lie.
 * On every error but OTTER_E_NO_PACKAGE, pkg->header is filled, so that a message can name what was wrong.
 */
int otter_package_parse(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                        const uint8_t header[OTTER_RBL_HEADER_SIZE]);

/* Reads the header at the start of `src` and judges it, as above. */
int otter_package_open(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src);

/* The open body of a package. Keep it where it is while reading. */
struct otter_body {
    struct otter_stream *image; /* gives the raw image; ends after raw_size bytes */
    struct otter_part_stream stored;
    struct otter_sum_stream stored_sum, image_sum;
};

/*
 * Stacks the stages that the header lists, from mem. The image's bytes are not yet known to be right when they come:
 * otter_body_finish judges them.
 */
int otter_body_open(struct otter_body *body, const struct otter_package *pkg, struct otter_mem mem);

/*
 * To be called after the whole image was read, with what the last read returned (0 or its error): reads the rest of
 * the body and compares. OTTER_E_CHECKSUM before any error that a damaged body led to, OTTER_E_HASH, OTTER_E_FORMAT
 * for bytes after the end, or `err` itself.
 */
int otter_body_finish(struct otter_body *body, const struct otter_package *pkg, int err);

/*
 * Decodes the whole package once and compares everything that can be compared, writing nothing: 0, or the first
 * error. Until it has given 0, nothing may be erased for the package. May be repeated.
 */
int otter_package_verify(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress);

#endif
