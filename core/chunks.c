#include "core/chunks.h"

#include <string.h>

#include "core/err.h"

enum { HASH = 32 };

static void begin_chunk(struct otter_chain *chain)
{
    chain->pos = 0;
    otter_sha256.init(&chain->state);
}

void otter_chain_init(struct otter_chain *chain, const struct otter_image *image)
{
    memcpy(chain->expected, image->chunk_hash, HASH);
    chain->left = image->body_size;
    chain->chunk_size = image->chunk_size;
    begin_chunk(chain);
}

uint32_t otter_chain_chunk(const struct otter_chain *chain)
{
    return chain->left < chain->chunk_size ? chain->left : chain->chunk_size;
}

/* The last chunk has no successor to vouch for. */
static bool is_last(const struct otter_chain *chain)
{
    return chain->left <= chain->chunk_size;
}

static int end_chunk(struct otter_chain *chain)
{
    uint8_t digest[HASH];

    otter_sha256.finish(&chain->state, digest);
    if (!otter_hash_equal(digest, chain->expected, HASH))
        return OTTER_E_CHECKSUM;
    memcpy(chain->expected, chain->next, HASH);
    chain->left -= chain->pos;
    begin_chunk(chain);
    return 0;
}

int otter_chain_feed(struct otter_chain *chain, const uint8_t *data, size_t len)
{
    uint32_t size = otter_chain_chunk(chain);
    int err = 0;

    if (len > size - chain->pos)
        len = size - chain->pos;
    for (size_t i = 0; i < len && chain->pos + i < HASH && !is_last(chain); i++)
        chain->next[chain->pos + i] = data[i];
    otter_sha256.update(&chain->state, data, len);
    chain->pos = (uint16_t)(chain->pos + len);
    if (len && chain->pos == size)
        err = end_chunk(chain);
    return err ? err : (int)len;
}

struct chunk_source {
    struct otter_source source;
    struct otter_chain chain;
    const struct otter_part *part;
    uint32_t next;     /* offset of the next chunk in part */
    int err;           /* the first error, or 0 */
    uint32_t pos, len; /* what of chunk is unread */
    uint8_t *chunk;
};

static int load(struct chunk_source *s)
{
    uint32_t size = otter_chain_chunk(&s->chain);
    uint32_t skip = is_last(&s->chain) ? 0 : HASH;
    int err = otter_part_read(s->part, s->next, s->chunk, size);

    if (!err)
        err = otter_chain_feed(&s->chain, s->chunk, size);
    if (err < 0)
        return err;
    s->next += size;
    s->pos = skip;
    s->len = size;
    return 0;
}

static int chunk_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct chunk_source *s = (struct chunk_source *)stream;

    if (s->pos == s->len && s->chain.left && !s->err)
        s->err = load(s);
    if (s->err)
        return s->err;
    if (len > s->len - s->pos)
        len = s->len - s->pos;
    memcpy(buf, s->chunk + s->pos, len);
    s->pos += (uint32_t)len;
    return (int)len;
}

/* A decoder may end before its input does; what follows must still be what was signed. */
static int chunk_finish(struct otter_source *source)
{
    struct chunk_source *s = (struct chunk_source *)source;

    while (s->chain.left && !s->err)
        s->err = load(s);
    return s->err;
}

struct otter_source *otter_chunk_source(const struct otter_package *pkg, const struct otter_image *image,
                                        struct otter_mem *mem)
{
    struct chunk_source *s = otter_mem_take(mem, sizeof *s);
    uint8_t *chunk = otter_mem_take(mem, image->chunk_size);

    if (!s || !chunk)
        return NULL;
    *s = (struct chunk_source){
        .source = { { chunk_read }, chunk_finish },
        .part = pkg->src,
        .next = image->body_off,
        .chunk = chunk,
    };
    otter_chain_init(&s->chain, image);
    return &s->source;
}

/* Starts on the next image when the one before is complete. */
static bool begin_image(struct otter_arrival *a)
{
    struct otter_image image;

    if (a->image >= a->pkg->image_count || a->pkg->format->image(a->pkg, a->image, &image))
        return false;
    a->image++;
    otter_chain_init(&a->state.chain, &image);
    return true;
}

int otter_chunks_arrive(struct otter_arrival *a, const uint8_t *data, size_t len)
{
    if (!a->done)
        a->state.chain.left = 0;
    a->done += (uint32_t)len;
    while (len) {
        if (!a->state.chain.left && !begin_image(a))
            return OTTER_E_FORMAT;
        int n = otter_chain_feed(&a->state.chain, data, len);
        if (n < 0)
            return n;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}
