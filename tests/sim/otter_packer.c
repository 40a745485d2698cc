#include "tests/sim/otter_packer.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crypto/sha256.h"
#include "core/hash.h"
#include "core/manifest.h"

enum { HASH = 32 };

struct writer {
    uint8_t *at;
};

static void put(struct writer *w, const void *bytes, size_t len)
{
    memcpy(w->at, bytes, len);
    w->at += len;
}

static void begin_field(struct writer *w, uint16_t tag, size_t len)
{
    uint8_t head[4];

    otter_put_le16(head, tag);
    otter_put_le16(head + 2, (uint16_t)len);
    put(w, head, sizeof head);
}

static void put_text(struct writer *w, uint16_t tag, const char *text)
{
    begin_field(w, tag, strlen(text));
    put(w, text, strlen(text));
}

static void put_number(struct writer *w, uint16_t tag, uint32_t value)
{
    uint8_t bytes[4];

    otter_put_le32(bytes, value);
    begin_field(w, tag, sizeof bytes);
    put(w, bytes, sizeof bytes);
}

/* The body in chunks at `to`: its size. Hashes from the last chunk to the first, whose hash goes to `first`. */
static uint32_t chain(const struct sim_otter_image *image, uint16_t chunk, uint8_t *to, uint8_t first[HASH])
{
    uint32_t data = chunk - HASH;
    uint32_t links = image->size > chunk ? (image->size - chunk + data - 1) / data : 0;
    uint32_t size = image->size + links * HASH;

    for (uint32_t i = links + 1; i-- > 0;) {
        uint8_t *at = to + i * chunk;
        bool is_last = i == links;
        uint32_t len = is_last ? image->size - i * data : data;
        if (!is_last)
            memcpy(at, first, HASH);
        memcpy(at + (is_last ? 0 : HASH), image->bytes + i * data, len);
        otter_hash_of(&otter_sha256, at, is_last ? len : chunk, first);
    }
    return size;
}

static void put_image(struct writer *w, const struct sim_otter_image *image, uint16_t chunk, uint32_t body_size,
                      const uint8_t first[HASH])
{
    uint8_t value[OTTER_IMAGE_STAGES] = { 0 };

    strncpy((char *)value, image->part, 16);
    otter_put_le32(value + OTTER_IMAGE_RAW_SIZE, image->size);
    otter_hash_of(&otter_sha256, image->bytes, image->size, value + OTTER_IMAGE_DIGEST);
    otter_put_le32(value + OTTER_IMAGE_BODY_SIZE, body_size);
    otter_put_le16(value + OTTER_IMAGE_CHUNK_SIZE, chunk);
    memcpy(value + OTTER_IMAGE_FIRST_CHUNK, first, HASH);
    begin_field(w, OTTER_TAG_IMAGE, sizeof value);
    put(w, value, sizeof value);
}

void sim_otter_pack(struct sim_package *p, const struct sim_otter_recipe *r)
{
    static uint8_t bodies[SIM_BODY_MAX];
    struct writer w = { p->bytes };
    uint8_t prefix[OTTER_MANIFEST_FIELDS] = { 'O', 'T', 'T', 'R', OTTER_MANIFEST_VERSION, r->key->auth->id };
    uint32_t total = 0;

    memcpy(prefix + 8, r->key->id, OTTER_KEY_ID_SIZE);
    put(&w, prefix, sizeof prefix);
    put_text(&w, OTTER_TAG_PRODUCT, r->product);
    put_text(&w, OTTER_TAG_HARDWARE, r->hardware);
    put_text(&w, OTTER_TAG_VERSION, r->version);
    put_number(&w, OTTER_TAG_COUNTER, r->counter);
    for (const struct sim_otter_image *image = r->images; image->part; image++) {
        uint8_t first[HASH];
        uint32_t size = chain(image, r->chunk_size, bodies + total, first);
        put_image(&w, image, r->chunk_size, size, first);
        total += size;
    }
    otter_put_le16(p->bytes + 6, (uint16_t)(w.at - p->bytes));
    otter_hmac_sha256(r->key->bytes, 32, p->bytes, (size_t)(w.at - p->bytes), w.at);
    w.at += OTTER_SHA256_SIZE;
    put(&w, bodies, total);
    p->body_size = (uint32_t)(w.at - p->bytes) - OTTER_RBL_HEADER_SIZE;
}
