/*
 * Install. The order of its writes is what makes it safe to cut anywhere:
 *
 *     1. The package is decoded whole, and every hash compared.       nothing is written
 *     2. The blocks with the destination's trailer are erased.        no image is claimed any more
 *     3. Blocks that differ are erased and programmed, in order.
 *     4. The image is at its end, every hash compared once more.      every block has been read back
 *     5. The trailer is programmed.                                   the image is claimed
 *
 * A cut before 2 leaves the old image; later ones leave a destination without a trailer, and the source, from which
 * the next call goes on.
 */
#include "core/install.h"

#include <string.h>

#include "core/codec/aes256_ctr.h"
#include "core/err.h"
#include "core/recovery.h"
#include "core/vectors.h"

struct writer {
    const struct otter_part *dest;
    const struct otter_resume *resume;
    bool (*may_erase)(void);
    uint8_t *block;       /* one erase block of the image */
    uint32_t erased_from; /* blocks from this offset on were erased in step 2 of this run */
    uint32_t group_size;  /* bytes of a group */
    uint16_t redo;        /* as struct otter_resume says it */
    uint16_t group;       /* the one begun last */
};

/* 1 if the partition holds these bytes at off, 0 if not, or a negative error. */
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

static int erase(const struct writer *w, uint32_t off, uint32_t len)
{
    if (w->may_erase && !w->may_erase())
        return OTTER_E_SUPPLY;
    return otter_part_erase(w->dest, off, len);
}

static int find_trailer(const struct otter_config *config, const struct otter_part *part, struct otter_trailer *trailer)
{
    int result = OTTER_E_NO_PACKAGE;

    for (const struct otter_format *const *f = config->formats; *f; f++) {
        int err = (*f)->find_trailer(part, trailer);
        if (!err)
            return 0;
        if (otter_err_may_pass(err))
            result = err;
    }
    return result;
}

/* Step 2, always: an area that looks erased may be one whose erasing was cut. */
static int withdraw_trailer(struct writer *w, uint32_t area)
{
    uint32_t size = w->dest->size;

    w->erased_from = (size - area) & ~(w->dest->flash->erase_size - 1);
    return erase(w, w->erased_from, size - w->erased_from);
}

static int begin_group(struct writer *w, uint16_t group)
{
    if (group == w->group || !w->resume->begin)
        return 0;
    w->group = group;
    return w->resume->begin(w->resume->arg, group | (w->redo == OTTER_NO_GROUP ? 0 : w->redo & OTTER_GROUPS_FROM));
}

static bool must_redo(const struct writer *w, uint16_t group)
{
    return w->redo & OTTER_GROUPS_FROM ? group >= (w->redo & ~OTTER_GROUPS_FROM) : group == w->redo;
}

/* Step 3, for the len bytes in w->block. */
static int write_block(struct writer *w, uint32_t off, size_t len)
{
    uint16_t group = (uint16_t)(off / w->group_size);
    int err;

    if (!must_redo(w, group) && holds(w->dest, off, w->block, len) == 1)
        return 0;
    err = begin_group(w, group);
    if (!err && off < w->erased_from)
        err = erase(w, off, w->dest->flash->erase_size);
    return err ? err : prog_and_check(w->dest, off, w->block, len);
}

static int write_image(struct writer *w, const struct otter_content *content, struct otter_progress progress)
{
    uint32_t block = w->dest->flash->erase_size;
    uint32_t size = content->size;
    uint8_t end;

    for (uint32_t off = 0; off < size; off += block) {
        uint32_t len = size - off < block ? size - off : block;
        int err = otter_stream_read_all(content->image, w->block, len);
        if (!err)
            err = write_block(w, off, len);
        if (err)
            return err;
        otter_progress_step(progress, off + len, size);
    }
    return otter_stream_read(content->image, &end, 1);
}

/* True when the partition's trailer is this package's, for its image i. */
static bool claims(const struct otter_part *dest, const struct otter_package *pkg, unsigned i)
{
    struct otter_trailer trailer;

    return !pkg->format->find_trailer(dest, &trailer) && trailer.image == i && trailer.size == pkg->head_size &&
           holds(dest, trailer.off, pkg->head, pkg->head_size) == 1;
}

/* Step 5. */
static int claim(const struct otter_part *dest, const struct otter_content *content)
{
    const struct otter_package *pkg = content->pkg;
    int err = pkg->format->write_trailer(dest, &content->trailer, pkg->head);

    return err || claims(dest, pkg, content->trailer.image) ? err : OTTER_E_IO;
}

/* So that an image has at most OTTER_GROUPS groups of whole blocks. */
static uint32_t group_size(const struct otter_part *dest)
{
    uint32_t block = dest->flash->erase_size;

    return (dest->size / block + OTTER_GROUPS - 1) / OTTER_GROUPS * block;
}

int otter_write(const struct otter_part *dest, const struct otter_content *content, struct otter_mem mem,
                const struct otter_resume *resume, struct otter_progress progress)
{
    struct writer w = {
        .dest = dest,
        .resume = resume,
        .may_erase = content->pkg->config->may_erase,
        .group_size = group_size(dest),
        .redo = resume->group,
        .group = OTTER_NO_GROUP,
    };
    uint32_t area = content->pkg->format->trailer_area(dest);
    struct otter_trailer old;
    int err;

    if (area >= dest->size || content->size >= dest->size - area)
        return OTTER_E_TOO_LARGE;
    w.block = otter_mem_take(&mem, dest->flash->erase_size);
    if (!w.block)
        return OTTER_E_NO_MEMORY;
    /* Nothing vouches for the blocks: they may be what is left of a write that was cut and never went on. */
    if (w.redo == OTTER_NO_GROUP && find_trailer(content->pkg->config, dest, &old))
        w.redo = OTTER_GROUPS_FROM;
    err = withdraw_trailer(&w, area);
    if (!err)
        err = write_image(&w, content, progress);
    return err ? err : claim(dest, content);
}

int otter_install_image(const struct otter_package *pkg, unsigned i, struct otter_mem mem,
                        const struct otter_resume *resume, struct otter_progress progress)
{
    struct otter_body body;
    int err = otter_body_open(&body, pkg, i, &mem);

    if (err)
        return err;
    struct otter_content content = {
        &body.stream, body.image.raw_size, pkg, { .size = pkg->head_size, .image = (uint8_t)i }
    };
    return otter_write(body.image.dest, &content, mem, resume, progress);
}

/* 0 if the stream is that image, and it could start in that place. */
static int compare_image(struct otter_stream *stream, const struct otter_image *image, const struct otter_part *place)
{
    struct otter_hash_stream hashed;
    uint8_t buf[256], start[OTTER_VECTORS_SIZE] = { 0 };
    uint32_t len = image->raw_size < sizeof start ? image->raw_size : sizeof start;
    int n;

    otter_hash_stream_init(&hashed, stream, image->hash);
    n = otter_stream_read_all(&hashed.stream, start, len);
    if (!n)
        while ((n = otter_stream_read(&hashed.stream, buf, sizeof buf)) > 0)
            ;
    if (n)
        return n;
    return otter_hash_stream_matches(&hashed, image->digest) ? otter_vectors_check(place, start, image->raw_size)
                                                             : OTTER_E_HASH;
}

bool otter_install_is_done(const struct otter_package *pkg, unsigned i)
{
    struct otter_part_stream stored;
    struct otter_image image;

    if (otter_package_image(pkg, i, &image) || !claims(image.dest, pkg, i))
        return false;
    otter_part_stream_init(&stored, image.dest, 0, image.raw_size);
    return !compare_image(&stored.stream, &image, image.dest);
}

int otter_installed_open(struct otter_installed *installed, const struct otter_config *config,
                         const struct otter_part *part, struct otter_mem *mem)
{
    struct otter_package *pkg = &installed->pkg;
    int err = find_trailer(config, part, &installed->trailer);

    if (err)
        return err;
    uint8_t *head = otter_mem_take(mem, installed->trailer.size);
    if (!head)
        return OTTER_E_NO_MEMORY;
    err = otter_part_read(part, installed->trailer.off, head, installed->trailer.size);
    if (!err)
        err = otter_package_parse_head(pkg, config, part, head, installed->trailer.size);
    if (!err)
        err = pkg->format->image(pkg, installed->trailer.image, &installed->image);
    if (err)
        return err;
    return installed->image.raw_size < installed->trailer.off ? 0 : OTTER_E_TOO_LARGE;
}

static bool is_encrypted(const struct otter_trailer *trailer)
{
    static const uint8_t zeros[sizeof trailer->nonce];

    return memcmp(trailer->nonce, zeros, sizeof zeros);
}

int otter_installed_read(struct otter_installed_stream *s, const struct otter_installed *installed,
                         struct otter_mem *mem)
{
    otter_part_stream_init(&s->stored, installed->pkg.src, 0, installed->image.raw_size);
    s->image = &s->stored.stream;
    if (!is_encrypted(&installed->trailer))
        return 0;
    return otter_recovery_cipher(installed->pkg.config, installed->trailer.nonce, mem, &s->image);
}

int otter_installed_verify(const struct otter_installed *installed, const struct otter_part *place,
                           struct otter_mem mem)
{
    struct otter_installed_stream s;
    int err = otter_installed_read(&s, installed, &mem);

    return err ? err : compare_image(s.image, &installed->image, place);
}
