#include "core/chunks.h"

#include <string.h>

#include "core/err.h"

enum { HASH = 32 };

void otter_chain_init(struct otter_chain *chain, const struct otter_image *image)
{
    memcpy(chain->expected, image->chunk_hash, HASH);
    chain->left = image->body_size;
    chain->chunk_size = image->chunk_size;
}

uint32_t otter_chain_next_size(const struct otter_chain *chain)
{
    return chain->left < chain->chunk_size ? chain->left : chain->chunk_size;
}

/* The last chunk has no successor to vouch for. */
static bool is_last(const struct otter_chain *chain)
{
    return chain->left <= chain->chunk_size;
}

int otter_chain_step(struct otter_chain *chain, const uint8_t *chunk)
{
    uint32_t size = otter_chain_next_size(chain);
    uint8_t digest[HASH];

    otter_hash_of(&otter_sha256, chunk, size, digest);
    if (!otter_hash_equal(digest, chain->expected, HASH))
        return OTTER_E_CHECKSUM;
    if (!is_last(chain))
        memcpy(chain->expected, chunk, HASH);
    chain->left -= size;
    return 0;
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
    uint32_t size = otter_chain_next_size(&s->chain);
    uint32_t skip = is_last(&s->chain) ? 0 : HASH;
    int err = otter_part_read(s->part, s->next, s->chunk, size);

    if (!err)
        err = otter_chain_step(&s->chain, s->chunk);
    if (err)
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
