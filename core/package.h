/*
 * The package reader: from a partition that holds a package to a stream of the raw image.
 */
#ifndef OTTER_PACKAGE_H
#define OTTER_PACKAGE_H

#include "core/config.h"
#include "core/rbl.h"
#include "core/sum.h"

/* Called now and then during long work, with bytes; done never falls and ends at total. */
struct otter_progress {
    void (*step)(void *arg, uint32_t done, uint32_t total); /* or NULL */
    void *arg;
};

static inline void otter_progress_step(struct otter_progress progress, uint32_t done, uint32_t total)
{
    if (progress.step)
        progress.step(progress.arg, done, total);
}

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

/*
 * The open body of a package: a stream of its raw image. When it ends, with 0, everything that the header promises has
 * been compared and is right; until then its bytes may be anything. Of several errors it gives the one nearest the
 * cause: OTTER_E_CHECKSUM rather than what a damaged body made of a decoder. Keep it where it is while reading.
 */
struct otter_body {
    struct otter_stream stream;
    const struct otter_rbl *header;
    struct otter_part_stream stored;    /* the body as it lies in the partition */
    struct otter_sum_stream stored_sum; /* taps it */
    struct otter_stream *decoded;       /* the last stage */
    struct otter_sum_stream image_sum;  /* taps that */
    int end;                            /* what reading ended with: 1 while it has not */
};

/* Stacks the stages that the header lists, from mem. Reads nothing yet. */
int otter_body_open(struct otter_body *body, const struct otter_package *pkg, struct otter_mem *mem);

/*
 * Decodes the whole package once and compares everything that can be compared, writing nothing: 0, or the first
 * error. OTTER_E_VECTORS for an image that could not start in its destination. Until it has given 0, nothing may be
 * erased for the package. May be repeated.
 */
int otter_package_verify(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress);

#endif
