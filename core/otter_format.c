/*
 * Otter's own package format: a signed manifest, then the images' bodies in chunks that are chained to it.
 */
#include <string.h>

#include "core/bytes.h"
#include "core/chunks.h"
#include "core/crypto/aes.h"
#include "core/crypto/sha256.h"
#include "core/err.h"
#include "core/manifest.h"

static bool text_is(const struct otter_field *field, const char *text)
{
    uint16_t i = 0;

    while (text && i < field->size && text[i] && text[i] == (char)field->value[i])
        i++;
    return text && i == field->size && !text[i];
}

static bool is_for(const struct otter_package *pkg)
{
    const struct otter_config *config = pkg->config;
    struct otter_field field;

    if (!otter_manifest_find(pkg->head, OTTER_TAG_PRODUCT, 0, &field) || !text_is(&field, config->product))
        return false;
    for (unsigned i = 0; otter_manifest_find(pkg->head, OTTER_TAG_HARDWARE, i, &field); i++)
        if (text_is(&field, config->hardware))
            return true;
    return false;
}

/* 0 where there is none. */
static uint32_t number(const struct otter_package *pkg, uint16_t tag)
{
    struct otter_field field;

    return otter_manifest_find(pkg->head, tag, 0, &field) ? otter_le32(field.value) : 0;
}

/* The proof comes before any field is looked at. */
static int authenticate(struct otter_package *pkg)
{
    const struct otter_key *keys = pkg->config->keys;
    uint32_t size = otter_manifest_size(pkg->head);
    uint8_t digest[OTTER_SHA256_SIZE];
    int key = keys ? otter_key_find(keys, pkg->head[5], pkg->head + 8) : -1;

    if (key < 0)
        return OTTER_E_KEY;
    pkg->key = (uint8_t)key;
    if (!keys[key].auth->verify(keys[key].bytes, pkg->head, size, pkg->head + size))
        return OTTER_E_SIGNATURE;
    otter_hash_of(&otter_sha256, pkg->head, size, digest);
    memcpy(pkg->id, digest, sizeof pkg->id);
    return 0;
}

static void describe(struct otter_package *pkg)
{
    struct otter_field field;

    if (otter_manifest_find(pkg->head, OTTER_TAG_VERSION, 0, &field))
        memcpy(pkg->version, field.value, field.size);
    pkg->timestamp = number(pkg, OTTER_TAG_TIMESTAMP);
    pkg->counter = number(pkg, OTTER_TAG_COUNTER);
    pkg->downgrade = (pkg->config->keys[pkg->key].flags & OTTER_KEY_DEVELOPMENT) &&
                     otter_manifest_find(pkg->head, OTTER_TAG_DOWNGRADE, 0, &field);
    pkg->size = pkg->head_size;
    while (otter_manifest_find(pkg->head, OTTER_TAG_IMAGE, pkg->image_count, &field)) {
        pkg->size += otter_le32(field.value + OTTER_IMAGE_BODY_SIZE);
        pkg->image_count++;
    }
}

static int parse(struct otter_package *pkg)
{
    int err = authenticate(pkg);

    if (!err)
        err = otter_manifest_check(pkg->head);
    if (err)
        return err;
    describe(pkg);
    if (!is_for(pkg))
        return OTTER_E_PRODUCT;
    if (number(pkg, OTTER_TAG_BOOT) > pkg->config->boot_version)
        return OTTER_E_BOOTLOADER;
    return 0;
}

/* Where image i's body begins: behind the head and the bodies before it. Their sum was never checked: it may wrap. */
static int body_offset(const struct otter_package *pkg, unsigned i, uint32_t *off)
{
    struct otter_field field;
    uint64_t sum = pkg->head_size;

    for (unsigned k = 0; k < i && otter_manifest_find(pkg->head, OTTER_TAG_IMAGE, k, &field); k++)
        sum += otter_le32(field.value + OTTER_IMAGE_BODY_SIZE);
    *off = (uint32_t)sum;
    return sum > UINT32_MAX ? OTTER_E_TOO_LARGE : 0;
}

static int read_stages(const struct otter_field *field, struct otter_image *image)
{
    unsigned count = field->value[OTTER_IMAGE_STAGE_COUNT];
    uint32_t off = OTTER_IMAGE_STAGES;

    if (count > OTTER_STAGES_MAX)
        return OTTER_E_UNSUPPORTED;
    for (unsigned s = 0; s < count; s++) {
        if (field->size - off < 2 || field->value[off + 1] > field->size - off - 2)
            return OTTER_E_FORMAT;
        image->stages[s] = field->value[off];
        off += 2u + field->value[off + 1];
    }
    image->stage_count = (uint8_t)count;
    return off == field->size ? 0 : OTTER_E_FORMAT;
}

static int check_chunks(const struct otter_package *pkg, const struct otter_image *image)
{
    if (image->chunk_size < OTTER_CHUNK_MIN || image->chunk_size > OTTER_CHUNK_MAX || !image->body_size)
        return OTTER_E_FORMAT;
    return image->chunk_size > pkg->config->chunk_max ? OTTER_E_UNSUPPORTED : 0;
}

static int image(const struct otter_package *pkg, unsigned i, struct otter_image *image)
{
    struct otter_field field;

    if (!otter_manifest_find(pkg->head, OTTER_TAG_IMAGE, i, &field))
        return OTTER_E_RANGE;
    *image = (struct otter_image){
        .raw_size = otter_le32(field.value + OTTER_IMAGE_RAW_SIZE),
        .body_size = otter_le32(field.value + OTTER_IMAGE_BODY_SIZE),
        .hash = &otter_sha256,
        .digest = field.value + OTTER_IMAGE_DIGEST,
        .chunk_size = otter_le16(field.value + OTTER_IMAGE_CHUNK_SIZE),
        .chunk_hash = field.value + OTTER_IMAGE_FIRST_CHUNK,
    };
    memcpy(image->part, field.value + OTTER_IMAGE_PART, OTTER_PART_NAME_MAX);
    int err = body_offset(pkg, i, &image->body_off);
    if (!err)
        err = read_stages(&field, image);
    return err ? err : check_chunks(pkg, image);
}

/* The content key, unwrapped, and the counter block of the image's first byte: nonce[8], image[4], block[4]. */
static int codec_args(const struct otter_package *pkg, unsigned i, struct otter_codec_args *args, uint8_t *keys)
{
    const struct otter_product_key *product_key = pkg->config->product_key;
    uint8_t *iv = keys + OTTER_AES256_KEY_SIZE;
    struct otter_field field;

    if (!otter_manifest_find(pkg->head, OTTER_TAG_KEY, 0, &field))
        return 0;
    if (!product_key || memcmp(product_key->id, field.value + OTTER_CONTENT_KEY_ID, OTTER_KEY_ID_SIZE) ||
        !otter_aes256_unwrap(product_key->bytes, field.value + OTTER_CONTENT_WRAPPED, keys))
        return OTTER_E_KEY;
    memcpy(iv, field.value + OTTER_CONTENT_NONCE, 8);
    memset(iv + 8, 0, 8);
    iv[11] = (uint8_t)i;
    args->key = keys;
    args->iv = iv;
    return 0;
}

/*
 * The trailer: the manifest and its proof at the start of the last erase blocks, and, programmed after them, a footer
 * at the very end of the partition.
 *
 *      0 "OTFT"   4 version = 1   5 image   6 u16 head size   8 nonce[8]   16 0 ...   28 CRC-32 of bytes 0..27
 */
enum { FOOTER_SIZE = 32, FOOTER_CRC = 28, FOOTER_VERSION = 1 };

static uint32_t trailer_area(const struct otter_part *part)
{
    uint32_t block = part->flash->erase_size;

    return (OTTER_HEAD_MAX + FOOTER_SIZE + block - 1) & ~(block - 1);
}

static int find_trailer(const struct otter_part *part, struct otter_trailer *trailer)
{
    uint8_t f[FOOTER_SIZE];
    int err = otter_part_read(part, part->size - FOOTER_SIZE, f, sizeof f);

    if (err)
        return err;
    if (memcmp(f, "OTFT", 4) || f[4] != FOOTER_VERSION ||
        otter_hash32_of(&otter_crc32, f, FOOTER_CRC) != otter_le32(f + FOOTER_CRC))
        return OTTER_E_NO_PACKAGE;
    *trailer = (struct otter_trailer){ part->size - trailer_area(part), otter_le16(f + 6), f[5], { 0 } };
    memcpy(trailer->nonce, f + 8, sizeof trailer->nonce);
    return trailer->size <= OTTER_HEAD_MAX ? 0 : OTTER_E_NO_PACKAGE;
}

static int write_trailer(const struct otter_part *part, const struct otter_trailer *trailer, const uint8_t *head)
{
    uint8_t f[FOOTER_SIZE] = { 'O', 'T', 'F', 'T', FOOTER_VERSION, trailer->image };
    int err = otter_part_prog_tail(part, part->size - trailer_area(part), head, trailer->size);

    otter_put_le16(f + 6, (uint16_t)trailer->size);
    memcpy(f + 8, trailer->nonce, sizeof trailer->nonce);
    otter_put_le32(f + FOOTER_CRC, otter_hash32_of(&otter_crc32, f, FOOTER_CRC));
    return err ? err : otter_part_prog(part, part->size - FOOTER_SIZE, f, sizeof f);
}

const struct otter_format otter_format_otter = {
    .name = "otter",
    .keeps_nonce = true,
    .head_size = otter_manifest_head_size,
    .parse = parse,
    .image = image,
    .source = otter_chunk_source,
    .arrive = otter_chunks_arrive,
    .codec_args = codec_args,
    .trailer_area = trailer_area,
    .find_trailer = find_trailer,
    .write_trailer = write_trailer,
};
