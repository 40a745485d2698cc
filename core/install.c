/*
 * Install. The order of its writes is what makes it safe to cut anywhere:
 *
 *     1. The package is decoded whole, and every sum compared.       nothing is written
 *     2. The block with the destination's header is erased.          no image is claimed any more
 *     3. Blocks that differ are erased and programmed, in order.
 *     4. The package is at its end, every sum compared once more.    every block has been read back
 *     5. The header is programmed.                                   the image is claimed
 *
 * A cut before 2 leaves the old image; later ones leave a destination without a header, and the package, from which
 * the next call goes on.
 */
#include "core/install.h"

#include <string.h>

#include "core/err.h"
#include "core/vectors.h"

/* Where the header lies; everything before it is the image's. */
static uint32_t header_offset(const struct otter_part *part)
{
    return part->size - OTTER_RBL_HEADER_SIZE;
}

struct writer {
    const struct otter_part *dest;
    uint8_t *block; /* one erase block of the image */
};

/* 1 if the destination holds these bytes at off, 0 if not, or a negative error. */
static int holds(const struct otter_part *part, uint32_t off, const uint8_t *bytes, size_t len)
{
    uint8_t buf[128];

    while (len) {
        size_t n = len < sizeof buf ? len : sizeof buf;
        int err = otter_part_read(part, off, buf, n);
        if (err)
            return err;
        if (memcmp(buf, bytes, n))
            return 0;
        off += (uint32_t)n;
        bytes += n;
        len -= n;
    }
    return 1;
}

static int prog_and_check(const struct otter_part *part, uint32_t off, const uint8_t *bytes, size_t len)
{
    int err = otter_part_prog_tail(part, off, bytes, len);

    if (err)
        return err;
    int same = holds(part, off, bytes, len);
    return same == 1 ? 0 : same ? same : OTTER_E_IO;
}

/* Step 2, even where the header's place looks blank: a program that was cut there may not show. */
static int withdraw_header(const struct otter_part *dest)
{
    uint32_t block = dest->flash->erase_size;

    return otter_part_erase(dest, dest->size - block, block);
}

/* Step 3, for the len bytes in w->block. */
static int write_block(struct writer *w, uint32_t off, size_t len)
{
    uint32_t block = w->dest->flash->erase_size;
    bool is_erased = off == w->dest->size - block; /* by step 2 */
    int err = 0;

    if (holds(w->dest, off, w->block, len) == 1)
        return 0;
    if (!is_erased)
        err = otter_part_erase(w->dest, off, block);
    return err ? err : prog_and_check(w->dest, off, w->block, len);
}

static int write_image(struct writer *w, struct otter_stream *image, uint32_t size, struct otter_progress progress)
{
    uint32_t block = w->dest->flash->erase_size;

    for (uint32_t off = 0; off < size; off += block) {
        uint32_t len = size - off < block ? size - off : block;
        int err = otter_stream_read_all(image, w->block, len);
        if (!err)
            err = write_block(w, off, len);
        if (err)
            return err;
        otter_progress_step(progress, off + len, size);
    }
    uint8_t end;
    return otter_stream_read(image, &end, 1);
}

int otter_install(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress)
{
    struct writer w = { .dest = pkg->dest };
    struct otter_progress silent = { NULL, NULL };
    struct otter_body body;
    int err = otter_package_verify(pkg, mem, silent);

    if (!err)
        err = otter_body_open(&body, pkg, &mem);
    if (err)
        return err;
    w.block = otter_mem_take(&mem, w.dest->flash->erase_size);
    if (!w.block)
        return OTTER_E_NO_MEMORY;
    err = withdraw_header(w.dest);
    if (!err)
        err = write_image(&w, &body.stream, pkg->header.raw_size, progress);
    if (!err)
        err = prog_and_check(w.dest, header_offset(w.dest), pkg->raw_header, sizeof pkg->raw_header);
    return err;
}

bool otter_install_is_done(const struct otter_package *pkg)
{
    struct otter_rbl header;

    return holds(pkg->dest, header_offset(pkg->dest), pkg->raw_header, sizeof pkg->raw_header) == 1 &&
           !otter_installed_verify(pkg->dest, &header);
}

/* The sum of what `part` holds in its first `size` bytes. */
static int sum_image(const struct otter_part *part, uint32_t size, const struct otter_sum *sum, uint32_t *value)
{
    struct otter_part_stream image;
    struct otter_sum_stream sums;
    uint8_t buf[256];
    int n;

    otter_part_stream_init(&image, part, 0, size);
    otter_sum_stream_init(&sums, &image.stream, sum);
    while ((n = otter_stream_read(&sums.stream, buf, sizeof buf)) > 0)
        ;
    *value = otter_sum_stream_value(&sums);
    return n;
}

int otter_installed_verify(const struct otter_part *part, struct otter_rbl *header)
{
    uint8_t raw_header[OTTER_RBL_HEADER_SIZE], start[OTTER_VECTORS_SIZE];
    uint32_t value = 0;
    int err = otter_part_read(part, header_offset(part), raw_header, sizeof raw_header);

    if (!err)
        err = otter_rbl_decode(raw_header, header);
    if (err)
        return err;
    if (header->raw_size >= header_offset(part))
        return OTTER_E_TOO_LARGE;
    const struct otter_sum *sum = otter_rbl_hash_of(header);
    if (!sum)
        return OTTER_E_UNSUPPORTED;
    err = sum_image(part, header->raw_size, sum, &value);
    if (err)
        return err;
    if (value != header->raw_hash)
        return OTTER_E_HASH;
    err = otter_part_read(part, 0, start, sizeof start);
    return err ? err : otter_vectors_check(part, start, header->raw_size);
}
