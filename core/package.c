#include "core/package.h"

#include <string.h>

#include "core/err.h"
#include "core/vectors.h"

/* How the header's numbers translate to codecs: 0 is "no stage", a missing one is unknown. */
static const uint8_t cipher_codec[] = { [OTTER_RBL_AES256] = OTTER_CODEC_AES256_CBC };
static const uint8_t compression_codec[] = {
    [OTTER_RBL_GZIP] = OTTER_CODEC_GZIP,
    [OTTER_RBL_QUICKLZ] = OTTER_CODEC_QUICKLZ,
    [OTTER_RBL_FASTLZ] = OTTER_CODEC_FASTLZ,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int check_stages(const struct otter_config *config, const struct otter_rbl *h)
{
    if (h->cipher >= COUNT(cipher_codec) || h->cipher == OTTER_RBL_XOR || h->compression >= COUNT(compression_codec) ||
        !otter_rbl_hash_of(h))
        return OTTER_E_UNSUPPORTED;
    if (h->cipher && (!otter_codec_find(config->codecs, cipher_codec[h->cipher]) || !config->rbl_key))
        return OTTER_E_UNSUPPORTED;
    if (h->compression && !otter_codec_find(config->codecs, compression_codec[h->compression]))
        return OTTER_E_UNSUPPORTED;
    return 0;
}

/* A body that is the image itself has the image's size, with the padding that some packagers add. */
static bool is_stored_size_right(const struct otter_rbl *h)
{
    if (h->compression)
        return true;
    return h->body_size >= h->raw_size && h->body_size - h->raw_size <= OTTER_PADDING_MAX;
}

static int check_sizes(const struct otter_rbl *h, const struct otter_part *src, const struct otter_part *dest)
{
    if (h->body_size > src->size - OTTER_RBL_HEADER_SIZE)
        return OTTER_E_TOO_LARGE;
    if (dest->size <= OTTER_RBL_HEADER_SIZE || h->raw_size >= dest->size - OTTER_RBL_HEADER_SIZE)
        return OTTER_E_TOO_LARGE;
    if (!h->raw_size || !is_stored_size_right(h))
        return OTTER_E_FORMAT;
    if (h->cipher && h->body_size % OTTER_AES_BLOCK_SIZE)
        return OTTER_E_FORMAT;
    return 0;
}

int otter_package_parse(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                        const uint8_t header[OTTER_RBL_HEADER_SIZE])
{
    int err = otter_rbl_decode(header, &pkg->header);

    if (err)
        return err;
    memcpy(pkg->raw_header, header, sizeof pkg->raw_header);
    pkg->config = config;
    pkg->src = src;
    pkg->dest = otter_part_find(config->parts, pkg->header.part);
    if (!(config->accept & OTTER_ACCEPT_RBL))
        return OTTER_E_DENIED;
    if (!pkg->dest || !(pkg->dest->flags & OTTER_PART_INSTALL))
        return OTTER_E_DESTINATION;
    err = check_stages(config, &pkg->header);
    return err ? err : check_sizes(&pkg->header, src, pkg->dest);
}

int otter_package_open(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src)
{
    uint8_t header[OTTER_RBL_HEADER_SIZE];
    int err = otter_part_read(src, 0, header, sizeof header);

    return err ? err : otter_package_parse(pkg, config, src, header);
}

/*
 * After the image nothing may come out of a decompressor, however much it still could give. What an uncompressed body
 * has beyond the image is padding: its size was judged with the header.
 */
static int check_end(struct otter_body *body)
{
    uint8_t extra;
    int n = otter_stream_read(body->decoded, &extra, 1);

    return n > 0 ? body->header->compression ? OTTER_E_FORMAT : 0 : n;
}

static int drain(struct otter_stream *stream)
{
    uint8_t scratch[64];
    int n;

    while ((n = otter_stream_read(stream, scratch, sizeof scratch)) > 0)
        ;
    return n;
}

/*
 * The last word on the body, with what its decoding ended with. The whole stored body is read for its checksum first:
 * where that is wrong, it explains every other error.
 */
static int judge(struct otter_body *body, int err)
{
    const struct otter_rbl *h = body->header;

    if (!err)
        err = check_end(body);
    int read_err = drain(&body->stored_sum.stream);
    if (read_err)
        return read_err;
    if (otter_sum_stream_value(&body->stored_sum) != h->body_crc)
        return OTTER_E_CHECKSUM;
    if (err)
        return err;
    return otter_sum_stream_value(&body->image_sum) == h->raw_hash ? 0 : OTTER_E_HASH;
}

static int body_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct otter_body *body = (struct otter_body *)stream;
    uint32_t left = body->header->raw_size - body->image_sum.count;
    int n = 0;

    if (body->end <= 0)
        return body->end;
    if (len > left)
        len = left;
    if (len) {
        n = otter_stream_read(&body->image_sum.stream, buf, len);
        if (!n)
            n = OTTER_E_TRUNCATED;
    }
    return n > 0 ? n : (body->end = judge(body, n));
}

int otter_body_open(struct otter_body *body, const struct otter_package *pkg, struct otter_mem *mem)
{
    const struct otter_config *config = pkg->config;
    const struct otter_rbl *h = &pkg->header;
    struct otter_codec_args args = { config->rbl_key, config->rbl_iv, h->raw_size };
    int err = 0;

    body->stream.read = body_read;
    body->header = h;
    body->end = 1;
    otter_part_stream_init(&body->stored, pkg->src, OTTER_RBL_HEADER_SIZE, h->body_size);
    otter_sum_stream_init(&body->stored_sum, &body->stored.stream, &otter_crc32);
    body->decoded = &body->stored_sum.stream;
    if (h->cipher)
        err = otter_codec_stack(config->codecs, cipher_codec[h->cipher], &args, mem, &body->decoded);
    if (!err && h->compression)
        err = otter_codec_stack(config->codecs, compression_codec[h->compression], &args, mem, &body->decoded);
    otter_sum_stream_init(&body->image_sum, body->decoded, otter_rbl_hash_of(h));
    return err;
}

int otter_package_verify(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress)
{
    uint32_t total = pkg->header.raw_size, done = 0;
    uint8_t start[OTTER_VECTORS_SIZE] = { 0 };
    struct otter_body body;
    uint8_t buf[256];
    int n = otter_body_open(&body, pkg, &mem);

    if (n)
        return n;
    while ((n = otter_stream_read(&body.stream, buf, sizeof buf)) > 0) {
        for (uint32_t i = done; i < sizeof start && i < done + (uint32_t)n; i++)
            start[i] = buf[i - done];
        done += (uint32_t)n;
        otter_progress_step(progress, done, total);
    }
    return n ? n : otter_vectors_check(pkg->dest, start, total);
}
