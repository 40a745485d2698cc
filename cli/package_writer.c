#include "cli/package_writer.h"

#include <stdlib.h>
#include <string.h>

#include "cli/crypto/aes.h"
#include "cli/term.h"
#include "core/bytes.h"
#include "core/crypto/sha256.h"
#include "core/manifest.h"

enum { HASH = OTTER_SHA256_SIZE, NONCE = 8 };

/* What an image becomes. */
struct body {
    struct buffer data;    /* encoded, then encrypted */
    struct buffer chunks;  /* the same in chunks */
    uint8_t first[HASH];   /* SHA-256 of the first of them */
    uint8_t content[HASH]; /* SHA-256 of data before it was encrypted */
};

static void hash(const void *data, size_t len, uint8_t digest[HASH])
{
    otter_hash_of(&otter_sha256, data, len, digest);
}

static void encode(const struct package_recipe *r, struct body *bodies)
{
    for (unsigned i = 0; i < r->image_count; i++) {
        const struct buffer *raw = &r->images[i].raw;
        r->encoder->encode(raw->data, raw->size, &bodies[i].data);
        hash(bodies[i].data.data, bodies[i].data.size, bodies[i].content);
    }
}

/*
 * The nonce depends on all that is encrypted: even if somebody gives one content key to two packages, they share no key
 * stream unless they are the same.
 */
static void make_nonce(const struct package_recipe *r, const struct body *bodies, uint8_t nonce[NONCE])
{
    uint8_t contents[RECIPE_IMAGES_MAX * HASH], mac[HASH];

    for (unsigned i = 0; i < r->image_count; i++)
        memcpy(contents + i * HASH, bodies[i].content, HASH);
    otter_hmac_sha256(r->content_key, sizeof r->content_key, contents, r->image_count * HASH, mac);
    memcpy(nonce, mac, NONCE);
}

/* The counter block: nonce, image, block; big-endian. */
static void encrypt(const struct package_recipe *r, const uint8_t nonce[NONCE], struct body *bodies)
{
    for (unsigned i = 0; i < r->image_count; i++) {
        uint8_t counter[OTTER_AES_BLOCK_SIZE] = { 0 };
        memcpy(counter, nonce, NONCE);
        counter[NONCE + 3] = (uint8_t)i;
        aes256_ctr(r->content_key, counter, bodies[i].data.data, bodies[i].data.size);
    }
}

/* Bytes of data in each chunk but the last, and how many chunks there are. */
static size_t chunk_count(size_t data_size, size_t chunk_size)
{
    return data_size <= chunk_size ? 1 : 1 + (data_size - chunk_size + chunk_size - HASH - 1) / (chunk_size - HASH);
}

/* From the last chunk to the first: each holds the hash of the one after it. */
static void chain(struct body *body, uint16_t chunk_size)
{
    size_t count = chunk_count(body->data.size, chunk_size), step = chunk_size - HASH;
    size_t size = body->data.size + (count - 1) * HASH, end = size;
    uint8_t *out = buffer_reserve(&body->chunks, size);

    for (size_t k = count; k-- > 0;) {
        uint8_t *chunk = out + k * chunk_size;
        size_t skip = k + 1 < count ? HASH : 0;
        if (skip)
            memcpy(chunk, body->first, HASH);
        memcpy(chunk + skip, body->data.data + k * step, end - k * chunk_size - skip);
        hash(chunk, end - k * chunk_size, body->first);
        end = k * chunk_size;
    }
    body->chunks.size = size;
}

/* ---- the manifest ---- */

static void put(struct buffer *m, uint16_t tag, const void *value, size_t size)
{
    uint8_t head[4];

    otter_put_le16(head, tag);
    otter_put_le16(head + 2, (uint16_t)size);
    buffer_add(m, head, sizeof head);
    buffer_add(m, value, size);
}

static void put_text(struct buffer *m, uint16_t tag, const char *text)
{
    put(m, tag, text, strlen(text));
}

static void put_number(struct buffer *m, uint16_t tag, uint32_t number)
{
    uint8_t value[4];

    otter_put_le32(value, number);
    put(m, tag, value, sizeof value);
}

static void put_timestamp(struct buffer *m, uint64_t seconds)
{
    uint8_t value[8];

    otter_put_le32(value, (uint32_t)seconds);
    otter_put_le32(value + 4, (uint32_t)(seconds >> 32));
    put(m, OTTER_TAG_TIMESTAMP, value, sizeof value);
}

static void put_content_key(struct buffer *m, const struct package_recipe *r, const uint8_t nonce[NONCE])
{
    uint8_t value[OTTER_CONTENT_SIZE];

    memcpy(value + OTTER_CONTENT_KEY_ID, r->product_key->id, OTTER_KEY_ID_SIZE);
    memcpy(value + OTTER_CONTENT_NONCE, nonce, NONCE);
    aes256_wrap(r->product_key->secret, r->content_key, value + OTTER_CONTENT_WRAPPED);
    put(m, OTTER_TAG_KEY, value, sizeof value);
}

/* Unpacking goes the other way round than packing: decrypt, then decompress. */
static size_t put_stages(const struct package_recipe *r, uint8_t *value)
{
    size_t size = OTTER_IMAGE_STAGES;
    const uint8_t stages[] = { r->product_key ? OTTER_CODEC_AES256_CTR : 0, r->encoder->codec };

    for (size_t s = 0; s < sizeof stages; s++)
        if (stages[s]) {
            value[size++] = stages[s];
            value[size++] = 0;
            value[OTTER_IMAGE_STAGE_COUNT]++;
        }
    return size;
}

static void put_image(struct buffer *m, const struct package_recipe *r, unsigned i, const struct body *body)
{
    const struct recipe_image *image = &r->images[i];
    uint8_t value[OTTER_IMAGE_STAGES + 2 * 2] = { 0 };

    memcpy(value + OTTER_IMAGE_PART, image->part, strlen(image->part));
    otter_put_le32(value + OTTER_IMAGE_RAW_SIZE, (uint32_t)image->raw.size);
    hash(image->raw.data, image->raw.size, value + OTTER_IMAGE_DIGEST);
    otter_put_le32(value + OTTER_IMAGE_BODY_SIZE, (uint32_t)body->chunks.size);
    otter_put_le16(value + OTTER_IMAGE_CHUNK_SIZE, r->chunk_size);
    memcpy(value + OTTER_IMAGE_FIRST_CHUNK, body->first, HASH);
    put(m, OTTER_TAG_IMAGE, value, put_stages(r, value));
}

static void put_head(struct buffer *m, const struct package_recipe *r)
{
    uint8_t head[OTTER_MANIFEST_FIELDS] = { 'O', 'T', 'T', 'R', OTTER_MANIFEST_VERSION, key_auth(r->key)->id };

    memcpy(head + 8, r->key->id, OTTER_KEY_ID_SIZE);
    buffer_add(m, head, sizeof head);
}

static void put_fields(struct buffer *m, const struct package_recipe *r, const uint8_t nonce[NONCE])
{
    put_text(m, OTTER_TAG_PRODUCT, r->product);
    for (const char *const *hardware = r->hardware; *hardware; hardware++)
        put_text(m, OTTER_TAG_HARDWARE, *hardware);
    put_text(m, OTTER_TAG_VERSION, r->version);
    put_number(m, OTTER_TAG_COUNTER, r->counter);
    if (r->boot_version)
        put_number(m, OTTER_TAG_BOOT, r->boot_version);
    put_timestamp(m, r->timestamp);
    if (r->notes)
        put_text(m, OTTER_TAG_NOTES, r->notes);
    if (r->product_key)
        put_content_key(m, r, nonce);
    if (r->revoked_count)
        put(m, OTTER_TAG_REVOKE, r->revoked, r->revoked_count * OTTER_KEY_ID_SIZE);
    if (r->allow_downgrade)
        put(m, OTTER_TAG_DOWNGRADE, NULL, 0);
}

/* The manifest is whole: its size is known, and it is proven. */
static int seal(struct buffer *m, const struct key *key)
{
    uint8_t proof[OTTER_PROOF_MAX] = { 0 };

    if (m->size > OTTER_MANIFEST_MAX)
        return term_error("the manifest would have %zu bytes, and at most %d are possible: shorten the notes, or pack "
                          "fewer images",
                          m->size, OTTER_MANIFEST_MAX);
    otter_put_le16(m->data + 6, (uint16_t)m->size);
    if (key->has_secret && !key_prove(key, m->data, m->size, proof))
        return term_error("the key cannot sign");
    buffer_add(m, proof, key_auth(key)->proof_size);
    return EXIT_OK;
}

static int assemble(const struct package_recipe *r, const struct body *bodies, const uint8_t nonce[NONCE],
                    struct buffer *package)
{
    struct buffer manifest = { 0 };
    uint64_t size = OTTER_MANIFEST_MAX + OTTER_PROOF_MAX;
    int status;

    put_head(&manifest, r);
    put_fields(&manifest, r, nonce);
    for (unsigned i = 0; i < r->image_count; i++) {
        put_image(&manifest, r, i, &bodies[i]);
        size += bodies[i].chunks.size;
    }
    status = seal(&manifest, r->key);
    if (!status && size > UINT32_MAX)
        status = term_error("the package would have over 4 GB, which no partition can hold");
    if (!status)
        buffer_add(package, manifest.data, manifest.size);
    for (unsigned i = 0; i < r->image_count && !status; i++)
        buffer_add(package, bodies[i].chunks.data, bodies[i].chunks.size);
    buffer_free(&manifest);
    return status;
}

int package_write(const struct package_recipe *recipe, struct buffer *package)
{
    struct body bodies[RECIPE_IMAGES_MAX] = { 0 };
    uint8_t nonce[NONCE] = { 0 };

    encode(recipe, bodies);
    if (recipe->product_key) {
        make_nonce(recipe, bodies, nonce);
        encrypt(recipe, nonce, bodies);
    }
    for (unsigned i = 0; i < recipe->image_count; i++)
        chain(&bodies[i], recipe->chunk_size);
    int status = assemble(recipe, bodies, nonce, package);
    for (unsigned i = 0; i < recipe->image_count; i++) {
        buffer_free(&bodies[i].data);
        buffer_free(&bodies[i].chunks);
    }
    return status;
}
