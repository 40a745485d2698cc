#include "core/package.h"

#include <string.h>

#include "core/crypto/aes.h"
#include "core/err.h"
#include "core/vectors.h"

/* The format that begins so, with the size of its head, or a negative error. */
static int recognise(const struct otter_config *config, const uint8_t prefix[OTTER_HEAD_PREFIX],
                     const struct otter_format **format)
{
    for (const struct otter_format *const *f = config->formats; *f; f++) {
        int size = (*f)->head_size(prefix);
        if (size) {
            *format = *f;
            return size;
        }
    }
    return OTTER_E_NO_PACKAGE;
}

int otter_package_head_size(const struct otter_config *config, const uint8_t prefix[OTTER_HEAD_PREFIX])
{
    const struct otter_format *format;

    return recognise(config, prefix, &format);
}

static bool has_stages(const struct otter_config *config, const struct otter_image *image)
{
    for (unsigned i = 0; i < image->stage_count; i++)
        if (!otter_codec_find(config->codecs, image->stages[i]))
            return false;
    return true;
}

/* A body that is the image itself has the image's size, with the padding that some packagers add. */
static bool is_stored_size_right(const struct otter_image *image)
{
    return image->body_size >= image->raw_size && image->body_size - image->raw_size <= image->padding;
}

static bool is_compressed(const struct otter_image *image)
{
    return image->stage_count && image->stages[image->stage_count - 1] >= OTTER_CODEC_FIRST_COMPRESSION;
}

int otter_package_image(const struct otter_package *pkg, unsigned i, struct otter_image *image)
{
    int err = pkg->format->image(pkg, i, image);

    if (err)
        return err;
    image->dest = otter_part_find(pkg->config->parts, image->part);
    if (!image->dest || !(image->dest->flags & OTTER_PART_INSTALL))
        return OTTER_E_DESTINATION;
    if (!has_stages(pkg->config, image))
        return OTTER_E_UNSUPPORTED;
    uint32_t area = pkg->format->trailer_area(image->dest);
    if (area >= image->dest->size || image->raw_size >= image->dest->size - area)
        return OTTER_E_TOO_LARGE;
    if (image->body_off > pkg->src->size || image->body_size > pkg->src->size - image->body_off)
        return OTTER_E_TOO_LARGE;
    if (!image->raw_size || (!is_compressed(image) && !image->chunk_size && !is_stored_size_right(image)))
        return OTTER_E_FORMAT;
    return 0;
}

int otter_package_parse_head(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                             const uint8_t *head, uint32_t size)
{
    *pkg = (struct otter_package){ .config = config, .src = src, .head = head, .head_size = size };
    int recognised = size < OTTER_HEAD_PREFIX ? 0 : recognise(config, head, &pkg->format);

    if (recognised != (int)size)
        return recognised < 0 ? recognised : OTTER_E_NO_PACKAGE;
    return pkg->format->parse(pkg);
}

/* Two images for one partition: neither could ever be said to be installed. */
static bool is_taken(const struct otter_package *pkg, unsigned i, const struct otter_part *dest)
{
    struct otter_image image;

    while (i--)
        if (!otter_package_image(pkg, i, &image) && image.dest == dest)
            return true;
    return false;
}

int otter_package_parse(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                        const uint8_t *head, uint32_t size)
{
    struct otter_image image;
    int err = otter_package_parse_head(pkg, config, src, head, size);

    for (unsigned i = 0; i < pkg->image_count && !err; i++) {
        err = otter_package_image(pkg, i, &image);
        if (!err && is_taken(pkg, i, image.dest))
            err = OTTER_E_FORMAT;
    }
    return err;
}

int otter_package_open(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                       struct otter_mem *mem)
{
    uint8_t prefix[OTTER_HEAD_PREFIX];
    int err = otter_part_read(src, 0, prefix, sizeof prefix);

    *pkg = (struct otter_package){ .config = config, .src = src };
    if (err)
        return err;
    int size = otter_package_head_size(config, prefix);
    if (size < 0)
        return size;
    uint8_t *head = otter_mem_take(mem, (size_t)size);
    if (!head)
        return OTTER_E_NO_MEMORY;
    err = otter_part_read(src, 0, head, (size_t)size);
    return err ? err : otter_package_parse(pkg, config, src, head, (uint32_t)size);
}

void otter_arrival_init(struct otter_arrival *arrival, const struct otter_package *pkg)
{
    *arrival = (struct otter_arrival){ .pkg = pkg };
}

int otter_arrive(struct otter_arrival *arrival, const uint8_t *data, size_t len)
{
    const struct otter_package *pkg = arrival->pkg;

    if (len > pkg->size - pkg->head_size - arrival->done)
        return OTTER_E_FORMAT;
    return len ? pkg->format->arrive(arrival, data, len) : 0;
}

/*
 * After the image nothing may come out of a decompressor, however much it still could give. What an uncompressed body
 * has beyond the image is padding: its size was judged with the head, or is judged here.
 */
static int check_end(struct otter_body *body)
{
    uint8_t extra[OTTER_PADDING_MAX + 1];
    int n = otter_stream_read(body->decoded, extra, sizeof extra);

    return n > (is_compressed(&body->image) ? 0 : body->image.padding) ? OTTER_E_FORMAT : n < 0 ? n : 0;
}

/*
 * The last word on the body, with what its decoding ended with. What is left of the stored body is read first: where
 * that is damaged, it explains every other error.
 */
static int judge(struct otter_body *body, int err)
{
    if (!err)
        err = check_end(body);
    int stored_err = body->source->finish(body->source);
    if (stored_err)
        return stored_err;
    if (err)
        return err;
    return otter_hash_stream_matches(&body->raw, body->image.digest) ? 0 : OTTER_E_HASH;
}

static int body_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_body *body = (struct otter_body *)stream;
    uint32_t left = body->image.raw_size - body->raw.count;
    int n = 0;

    if (body->end <= 0)
        return body->end;
    if (len > left)
        len = left;
    if (len) {
        n = otter_stream_read(&body->raw.stream, buf, len);
        if (!n)
            n = OTTER_E_TRUNCATED;
    }
    return n > 0 ? n : (body->end = judge(body, n));
}

static int stack_stages(struct otter_body *body, const struct otter_package *pkg, unsigned i, struct otter_mem *mem)
{
    struct otter_codec_args args = { .raw_size = body->image.raw_size };
    uint8_t keys[OTTER_CODEC_KEYS_SIZE];
    int err = pkg->format->codec_args(pkg, i, &args, keys);

    for (unsigned s = 0; s < body->image.stage_count && !err; s++)
        err = otter_codec_stack(pkg->config->codecs, body->image.stages[s], &args, mem, &body->decoded);
    otter_wipe(keys, sizeof keys);
    return err;
}

int otter_body_open(struct otter_body *body, const struct otter_package *pkg, unsigned i, struct otter_mem *mem)
{
    int err = otter_package_image(pkg, i, &body->image);

    if (err)
        return err;
    body->source = pkg->format->source(pkg, &body->image, mem);
    if (!body->source)
        return OTTER_E_NO_MEMORY;
    body->stream.read = body_read;
    body->end = 1;
    body->decoded = &body->source->stream;
    err = stack_stages(body, pkg, i, mem);
    otter_hash_stream_init(&body->raw, body->decoded, body->image.hash);
    return err;
}

static int verify_image(const struct otter_package *pkg, unsigned i, struct otter_mem mem,
                        struct otter_progress progress)
{
    uint8_t start[OTTER_VECTORS_SIZE] = { 0 };
    uint8_t buf[256];
    struct otter_body body;
    uint32_t done = 0;
    int n = otter_body_open(&body, pkg, i, &mem);

    if (n)
        return n;
    while ((n = otter_stream_read(&body.stream, buf, sizeof buf)) > 0) {
        for (uint32_t at = done; at < sizeof start && at < done + (uint32_t)n; at++)
            start[at] = buf[at - done];
        done += (uint32_t)n;
        otter_progress_step(progress, done, body.image.raw_size);
    }
    return n ? n : otter_vectors_check(body.image.dest, start, body.image.raw_size);
}

int otter_package_verify(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress)
{
    int err = 0;

    for (unsigned i = 0; i < pkg->image_count && !err; i++)
        err = verify_image(pkg, i, mem, progress);
    return err;
}
