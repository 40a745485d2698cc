/*
 * RBL as a package format. Its checksums find accidents, not forgeries.
 */
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/package.h"
#include "core/rbl.h"

/* How the header's numbers translate to codecs: 0 is "no stage". */
static const uint8_t cipher_codec[] = { [OTTER_RBL_AES256] = OTTER_CODEC_AES256_CBC };
static const uint8_t compression_codec[] = {
    [OTTER_RBL_GZIP] = OTTER_CODEC_GZIP,
    [OTTER_RBL_QUICKLZ] = OTTER_CODEC_QUICKLZ,
    [OTTER_RBL_FASTLZ] = OTTER_CODEC_FASTLZ,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int head_size(const uint8_t prefix[OTTER_HEAD_PREFIX])
{
    return memcmp(prefix, "RBL", 4) ? 0 : OTTER_RBL_HEADER_SIZE;
}

static int parse(struct otter_package *pkg)
{
    struct otter_rbl h;
    int err = otter_rbl_decode(pkg->head, &h);

    if (err)
        return err;
    memcpy(pkg->version, h.version, sizeof h.version);
    pkg->timestamp = h.timestamp;
    pkg->size = OTTER_RBL_HEADER_SIZE + h.body_size;
    pkg->image_count = 1;
    pkg->key = OTTER_KEYS_MAX; /* none: revoking a key does not concern it */
    pkg->key = OTTER_KEYS_MAX;
    otter_put_le32(pkg->id, otter_le32(pkg->head + 92));
    otter_put_le32(pkg->id + 4, h.raw_hash);
    return 0;
}

static bool is_known(const struct otter_package *pkg, const struct otter_rbl *h)
{
    return h->cipher < COUNT(cipher_codec) && h->cipher != OTTER_RBL_XOR && h->compression < COUNT(compression_codec) &&
           otter_rbl_hash_of(h) && (!h->cipher || pkg->config->rbl_key);
}

static int image(const struct otter_package *pkg, unsigned i, struct otter_image *image)
{
    struct otter_rbl h;
    int err = otter_rbl_decode(pkg->head, &h);

    (void)i;
    if (err)
        return err;
    *image = (struct otter_image){
        .raw_size = h.raw_size,
        .body_off = OTTER_RBL_HEADER_SIZE,
        .body_size = h.body_size,
        .hash = otter_rbl_hash_of(&h),
        .digest = pkg->head + OTTER_RBL_HASH_OFFSET,
        .padding = OTTER_PADDING_MAX,
    };
    memcpy(image->part, h.part, sizeof image->part);
    if (!is_known(pkg, &h))
        return OTTER_E_UNSUPPORTED;
    if (h.cipher)
        image->stages[image->stage_count++] = cipher_codec[h.cipher];
    if (h.compression)
        image->stages[image->stage_count++] = compression_codec[h.compression];
    return h.cipher && h.body_size % OTTER_AES_BLOCK_SIZE ? OTTER_E_FORMAT : 0;
}

struct rbl_source {
    struct otter_source source;
    struct otter_part_stream stored;
    struct otter_hash_stream crc;
    const uint8_t *head;
};

static int source_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct rbl_source *s = (struct rbl_source *)stream;

    return otter_stream_read(&s->crc.stream, buf, len);
}

static int source_finish(struct otter_source *source)
{
    struct rbl_source *s = (struct rbl_source *)source;
    uint8_t scratch[64];
    int n;

    while ((n = otter_stream_read(&s->crc.stream, scratch, sizeof scratch)) > 0)
        ;
    if (n)
        return n;
    return otter_hash_stream_matches(&s->crc, s->head + OTTER_RBL_BODY_CRC_OFFSET) ? 0 : OTTER_E_CHECKSUM;
}

static struct otter_source *source(const struct otter_package *pkg, const struct otter_image *image,
                                   struct otter_mem *mem)
{
    struct rbl_source *s = otter_mem_take(mem, sizeof *s);

    if (!s)
        return NULL;
    s->source = (struct otter_source){ { source_read }, source_finish };
    s->head = pkg->head;
    otter_part_stream_init(&s->stored, pkg->src, image->body_off, image->body_size);
    otter_hash_stream_init(&s->crc, &s->stored.stream, &otter_crc32);
    return &s->source;
}

/* One checksum over all of the body: it can only be judged at the end. */
static int arrive(struct otter_arrival *a, const uint8_t *data, size_t len)
{
    uint8_t digest[4];

    if (!a->done)
        otter_crc32.init(&a->state.crc);
    otter_crc32.update(&a->state.crc, data, len);
    a->done += (uint32_t)len;
    if (a->done < a->pkg->size - OTTER_RBL_HEADER_SIZE)
        return 0;
    otter_crc32.finish(&a->state.crc, digest);
    return otter_hash_equal(digest, a->pkg->head + OTTER_RBL_BODY_CRC_OFFSET, 4) ? 0 : OTTER_E_CHECKSUM;
}

static int codec_args(const struct otter_package *pkg, unsigned i, struct otter_codec_args *args, uint8_t *keys)
{
    (void)i, (void)keys;
    args->key = pkg->config->rbl_key;
    args->iv = pkg->config->rbl_iv;
    return 0;
}

/* The official tools keep the header in the last bytes of the destination, and nothing else. */
static uint32_t trailer_area(const struct otter_part *part)
{
    (void)part;
    return OTTER_RBL_HEADER_SIZE;
}

static int find_trailer(const struct otter_part *part, struct otter_trailer *trailer)
{
    uint8_t header[OTTER_RBL_HEADER_SIZE];
    struct otter_rbl h;

    *trailer = (struct otter_trailer){ part->size - OTTER_RBL_HEADER_SIZE, OTTER_RBL_HEADER_SIZE, 0, { 0 } };
    int err = otter_part_read(part, trailer->off, header, sizeof header);
    return err ? err : otter_rbl_decode(header, &h);
}

static int write_trailer(const struct otter_part *part, const struct otter_trailer *trailer, const uint8_t *head)
{
    return otter_part_prog(part, part->size - OTTER_RBL_HEADER_SIZE, head, trailer->size);
}

const struct otter_format otter_format_rbl = {
    .name = "rbl",
    .head_size = head_size,
    .parse = parse,
    .image = image,
    .source = source,
    .arrive = arrive,
    .codec_args = codec_args,
    .trailer_area = trailer_area,
    .find_trailer = find_trailer,
    .write_trailer = write_trailer,
};
