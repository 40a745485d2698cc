#include "tests/sim/otter_packer.h"

#include <stdlib.h>
#include <string.h>

#include "cli/crypto/aes.h"
#include "cli/encode/encode.h"
#include "core/bytes.h"
#include "core/crypto/sha256.h"
#include "core/hash.h"
#include "core/manifest.h"

enum { HASH = 32, NONCE = 8 };

struct writer {
    uint8_t *at;
};

static const uint8_t content_key[32] = "a fresh key for each package, no";
static const uint8_t nonce[NONCE] = "a nonce.";

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

static void put_content_key(struct writer *w)
{
    uint8_t value[OTTER_CONTENT_SIZE];

    memcpy(value + OTTER_CONTENT_KEY_ID, sim_product_key()->id, OTTER_KEY_ID_SIZE);
    memcpy(value + OTTER_CONTENT_NONCE, nonce, NONCE);
    aes256_wrap(sim_product_secret, content_key, value + OTTER_CONTENT_WRAPPED);
    begin_field(w, OTTER_TAG_KEY, sizeof value);
    put(w, value, sizeof value);
}

static void put_revoked(struct writer *w, const struct sim_otter_recipe *r)
{
    begin_field(w, OTTER_TAG_REVOKE, r->revoked_count * OTTER_KEY_ID_SIZE);
    for (unsigned i = 0; i < r->revoked_count; i++)
        put(w, sim_key_of(r->revoked[i])->id, OTTER_KEY_ID_SIZE);
}

/* Everything before the images, in the order of the tags. */
static void put_fields(struct writer *w, const struct sim_otter_recipe *r)
{
    put_text(w, OTTER_TAG_PRODUCT, r->product ? r->product : SIM_PRODUCT);
    put_text(w, OTTER_TAG_HARDWARE, r->hardware ? r->hardware : SIM_HARDWARE);
    put_text(w, OTTER_TAG_VERSION, r->version);
    put_number(w, OTTER_TAG_COUNTER, r->counter);
    if (r->boot_version)
        put_number(w, OTTER_TAG_BOOT, r->boot_version);
    if (r->notes)
        put_text(w, OTTER_TAG_NOTES, r->notes);
    if (r->encrypted)
        put_content_key(w);
    if (r->revoked_count)
        put_revoked(w, r);
    if (r->downgrade)
        begin_field(w, OTTER_TAG_DOWNGRADE, 0);
}

/* The stages' output, in reverse: compressed, then encrypted. */
static void stage(struct buffer *out, const struct sim_otter_recipe *r, unsigned i)
{
    const struct encoder *e = encoders;
    uint8_t counter[16] = { 0 };

    while (e->compression != r->compression)
        e++;
    e->encode(r->images[i].bytes, r->images[i].size, out);
    memcpy(counter, nonce, NONCE);
    counter[11] = (uint8_t)i;
    if (r->encrypted)
        aes256_ctr(content_key, counter, out->data, out->size);
}

/* The body in chunks at `to`: its size. Hashes from the last chunk to the first, whose hash goes to `first`. */
static uint32_t chain(const struct buffer *b, uint16_t chunk, uint8_t *to, uint8_t first[HASH])
{
    uint32_t data = chunk - HASH, all = (uint32_t)b->size;
    uint32_t links = all > chunk ? (all - chunk + data - 1) / data : 0;

    for (uint32_t i = links + 1; i-- > 0;) {
        uint8_t *at = to + i * chunk;
        bool is_last = i == links;
        uint32_t len = is_last ? all - i * data : data;
        if (!is_last)
            memcpy(at, first, HASH);
        memcpy(at + (is_last ? 0 : HASH), b->data + i * data, len);
        otter_hash_of(&otter_sha256, at, is_last ? len : chunk, first);
    }
    return all + links * HASH;
}

static unsigned put_stages(const struct sim_otter_recipe *r, uint8_t *stages)
{
    static const uint8_t codecs[] = { 0, OTTER_CODEC_GZIP, OTTER_CODEC_QUICKLZ, OTTER_CODEC_FASTLZ };
    unsigned count = 0;

    if (r->encrypted)
        stages[2 * count++] = OTTER_CODEC_AES256_CTR;
    if (r->compression)
        stages[2 * count++] = codecs[r->compression];
    return count;
}

static void put_image(struct writer *w, const struct sim_otter_recipe *r, unsigned i, uint16_t chunk, uint32_t body,
                      const uint8_t first[HASH])
{
    const struct sim_otter_image *image = &r->images[i];
    uint8_t value[OTTER_IMAGE_STAGES + 4] = { 0 };

    memcpy(value, image->part, strlen(image->part));
    otter_put_le32(value + OTTER_IMAGE_RAW_SIZE, image->size);
    otter_hash_of(&otter_sha256, image->bytes, image->size, value + OTTER_IMAGE_DIGEST);
    otter_put_le32(value + OTTER_IMAGE_BODY_SIZE, body);
    otter_put_le16(value + OTTER_IMAGE_CHUNK_SIZE, chunk);
    memcpy(value + OTTER_IMAGE_FIRST_CHUNK, first, HASH);
    value[OTTER_IMAGE_STAGE_COUNT] = (uint8_t)put_stages(r, value + OTTER_IMAGE_STAGES);
    size_t size = OTTER_IMAGE_STAGES + 2u * value[OTTER_IMAGE_STAGE_COUNT];
    begin_field(w, OTTER_TAG_IMAGE, size);
    put(w, value, size);
}

static void pack_images(struct writer *w, const struct sim_otter_recipe *r, uint8_t *bodies, uint32_t *total)
{
    uint16_t chunk = r->chunk_size ? r->chunk_size : 1024;

    for (unsigned i = 0; r->images[i].part; i++) {
        struct buffer staged = { NULL, 0, 0 };
        uint8_t first[HASH];

        stage(&staged, r, i);
        if (*total + 2 * staged.size > SIM_BODY_MAX)
            abort();
        uint32_t size = chain(&staged, chunk, bodies + *total, first);
        put_image(w, r, i, chunk, size, first);
        *total += size;
        buffer_free(&staged);
    }
}

void sim_otter_pack(struct sim_package *p, const struct sim_otter_recipe *r)
{
    static const uint8_t prefix[OTTER_MANIFEST_FIELDS] = { 'O', 'T', 'T', 'R', OTTER_MANIFEST_VERSION };
    static uint8_t bodies[SIM_BODY_MAX];
    struct writer w = { p->bytes };

    put(&w, prefix, sizeof prefix);
    put_fields(&w, r);
    p->body_size = 0;
    pack_images(&w, r, bodies, &p->body_size);
    uint32_t size = (uint32_t)(w.at - p->bytes);
    otter_put_le16(p->bytes + 6, (uint16_t)size);
    sim_sign(r->signer, p->bytes);
    p->head_size = size + sim_key_of(r->signer)->auth->proof_size;
    memcpy(sim_package_body(p), bodies, p->body_size);
}
