/*
 * Otter packages, through the device's reader: all that the packager makes is read, and whatever somebody without the
 * key does to one is refused for the right reason.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/package_file.h"
#include "cli/package_writer.h"
#include "cli/text.h"
#include "core/bytes.h"
#include "core/err.h"
#include "tests/sim/random.h"

enum { PACKAGE_MAX = 64 * 1024, PARTITION = PACKAGE_MAX, PROOF_KIND = 5, KEY_ID = 8 };

/* ---- a board ---- */

static uint8_t download[PARTITION]; /* what its partition `download` holds */
static struct key signer, other_signer, shared, product_key, other_product_key;

static int flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    (void)flash;
    memcpy(buf, download + off, len);
    return 0;
}

static const struct otter_flash flash = { "flash", 0, PARTITION, 4096, 1, flash_read, NULL, NULL, NULL };
static const struct otter_flash chip = { "chip", 0x08000000, 1 << 20, 2048, 8, NULL, NULL, NULL, NULL };

static const struct otter_part parts[] = {
    { "download", &flash, 0, PARTITION, 0 },
    { "app", &chip, 0, 512 * 1024, OTTER_PART_INSTALL },
    { "wifi_image", &chip, 512 * 1024, 512 * 1024, OTTER_PART_INSTALL },
    { NULL, NULL, 0, 0, 0 },
};

static const struct otter_codec *const codecs[] = { &otter_codec_aes256_ctr, &otter_codec_gzip, &otter_codec_quicklz,
                                                    &otter_codec_fastlz, NULL };
static const struct otter_format *const formats[] = { &otter_format_otter, NULL };

static struct otter_key trusted[3];
static struct otter_product_key board_product_key;
static struct otter_config config;
static struct otter_package pkg;
static uint8_t head[OTTER_HEAD_MAX + OTTER_MEM_ALIGN];
static struct otter_mem work;

static void trust(struct otter_key *row, const struct key *key)
{
    size_t size;

    *row = (struct otter_key){ .auth = key_auth(key), .bytes = key_bytes(key, &size) };
    memcpy(row->id, key->id, sizeof row->id);
}

static void make_board(void)
{
    trust(&trusted[0], &signer);
    trust(&trusted[1], &shared);
    board_product_key.bytes = product_key.secret;
    memcpy(board_product_key.id, product_key.id, sizeof product_key.id);
    config = (struct otter_config){
        .board = "bench",
        .parts = parts,
        .codecs = codecs,
        .formats = formats,
        .keys = trusted,
        .product_key = &board_product_key,
        .product = "thermostat",
        .hardware = "rev-b",
        .boot_version = 0x00010203,
        .chunk_max = OTTER_CHUNK_MAX,
    };
}

/* Parses a copy of the head that ends where its memory ends, for the sanitizer to see who reads on; where it is quick.
 */
static void parse_exact(const uint8_t *bytes, size_t size)
{
    int head_size = size < OTTER_HEAD_PREFIX ? -1 : otter_package_head_size(&config, bytes);

    if (head_size < 0 || (size_t)head_size > size || bytes[PROOF_KIND] != otter_auth_hmac.id)
        return;
    uint8_t *copy = must_alloc((size_t)head_size);
    memcpy(copy, bytes, (size_t)head_size);
    otter_package_parse(&pkg, &config, &parts[0], copy, (uint32_t)head_size);
    free(copy);
}

/* What the board says of these bytes, at the start of an otherwise erased partition. */
static int judge(const uint8_t *bytes, size_t size)
{
    static const struct otter_progress silent;
    static size_t used = sizeof download;
    struct otter_mem mem = { head, sizeof head };

    parse_exact(bytes, size);
    memset(download, OTTER_ERASED, used);
    memcpy(download, bytes, size);
    used = size;
    int err = otter_package_open(&pkg, &config, &parts[0], &mem);
    return err ? err : otter_package_verify(&pkg, work, silent);
}

/* ---- packages ---- */

static uint8_t raw[2][PACKAGE_MAX];
static const char *const hardware[] = { "rev-a", "rev-b", NULL };

static struct package_recipe recipe_of(size_t size)
{
    struct package_recipe r = {
        .key = &signer,
        .product = "thermostat",
        .version = "2.0.0",
        .hardware = hardware,
        .counter = 7,
        .timestamp = 1700000000,
        .encoder = &encoders[0],
        .chunk_size = OTTER_CHUNK_MIN,
        .image_count = 1,
        .images = { { "app", { raw[0], size, 0 } } },
    };

    memset(r.content_key, 0x5C, sizeof r.content_key);
    return r;
}

static struct buffer make(const struct package_recipe *recipe)
{
    struct buffer package = { 0 };

    assert_int_equal(package_write(recipe, &package), 0);
    return package;
}

/* The recipe's package, as whoever has the key would make it with another manifest: the proof is right. */
static void reseal(struct buffer *package, const struct key *key)
{
    uint32_t size = otter_manifest_size(package->data);

    assert_true(key_prove(key, package->data, size, package->data + size));
}

/* Where the value of that field begins. */
static uint8_t *value_of(const struct buffer *package, uint16_t tag)
{
    struct otter_field field;

    assert_true(otter_manifest_find(package->data, tag, 0, &field));
    return (uint8_t *)field.value;
}

static void assert_gives(const struct buffer *package, unsigned i, const uint8_t *image, size_t size)
{
    struct otter_mem mem = work;
    uint8_t *out = must_alloc(size), end;
    struct otter_body body;

    assert_int_equal(judge(package->data, package->size), 0);
    assert_int_equal(otter_body_open(&body, &pkg, i, &mem), 0);
    assert_int_equal(otter_stream_read_all(&body.stream, out, size), 0);
    assert_int_equal(otter_stream_read(&body.stream, &end, 1), 0);
    assert_memory_equal(out, image, size);
    free(out);
}

static int setup(void **state)
{
    static const uint8_t secrets[5] = { 1, 2, 3, 4, 5 };
    static const enum key_kind kinds[5] = { KEY_P256, KEY_P256, KEY_HMAC, KEY_PRODUCT, KEY_PRODUCT };
    struct key *const keys[5] = { &signer, &other_signer, &shared, &product_key, &other_product_key };
    uint32_t seed = 1;
    uint8_t secret[32];

    (void)state;
    for (int i = 0; i < 5; i++) {
        memset(secret, secrets[i], sizeof secret);
        assert_true(key_from_secret(keys[i], kinds[i], secret));
    }
    for (int i = 0; i < 2; i++)
        sim_random_fill(&seed, raw[i], sizeof raw[i]);
    memset(raw[0] + 100, 'z', 4000);
    work = package_work();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(work.at);
    return 0;
}

/* Each test begins with the same board. */
static int fresh(void **state)
{
    (void)state;
    make_board();
    return 0;
}

/* ---- good packages ---- */

static void test_every_size_around_the_borders_of_chunks_is_read(void **state)
{
    static const size_t sizes[] = { 1, 2, 223, 224, 225, 255, 256, 257, 447, 448, 449, 479, 480, 481, 704, 705, 5000 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct package_recipe recipe = recipe_of(sizes[i]);
        recipe.key = &shared;
        struct buffer package = make(&recipe);
        assert_gives(&package, 0, raw[0], sizes[i]);
        buffer_free(&package);
    }
}

static void test_every_combination_of_stages_and_proofs_is_read(void **state)
{
    (void)state;
    for (int combination = 0; combination < 16; combination++) {
        struct package_recipe recipe = recipe_of(9000);
        recipe.encoder = &encoders[combination % 4];
        recipe.product_key = combination & 4 ? &product_key : NULL;
        recipe.key = combination & 8 ? &shared : &signer;
        recipe.chunk_size = combination & 4 ? 4096 : 1000;
        struct buffer package = make(&recipe);
        assert_gives(&package, 0, raw[0], 9000);
        buffer_free(&package);
    }
}

static void test_each_of_several_images_is_read(void **state)
{
    struct package_recipe recipe = recipe_of(3000);

    (void)state;
    recipe.image_count = 2;
    recipe.images[1] = (struct recipe_image){ "wifi_image", { raw[1], 700, 0 } };
    recipe.product_key = &product_key;
    struct buffer package = make(&recipe);
    assert_gives(&package, 0, raw[0], 3000);
    assert_gives(&package, 1, raw[1], 700);
    buffer_free(&package);
}

static void test_what_the_manifest_says_is_told(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), 0);
    assert_string_equal(pkg.version, "2.0.0");
    assert_int_equal(pkg.counter, 7);
    assert_int_equal(pkg.timestamp, 1700000000);
    assert_int_equal(pkg.image_count, 1);
    assert_int_equal(pkg.size, package.size);
    assert_false(pkg.downgrade);
    buffer_free(&package);
}

static void test_only_a_development_key_allows_a_downgrade(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    recipe.allow_downgrade = true;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), 0);
    assert_false(pkg.downgrade);
    trusted[0].flags = OTTER_KEY_DEVELOPMENT;
    assert_int_equal(judge(package.data, package.size), 0);
    assert_true(pkg.downgrade);
    buffer_free(&package);
}

static void test_the_same_recipe_gives_the_same_bytes(void **state)
{
    struct package_recipe recipe = recipe_of(2000);

    (void)state;
    recipe.product_key = &product_key;
    struct buffer a = make(&recipe), b = make(&recipe);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    buffer_free(&a);
    buffer_free(&b);
}

static size_t count_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    size_t n = 0;

    while (len--)
        n += *a++ == *b++;
    return n;
}

/* Even with one content key for both: the nonce depends on what is encrypted. */
static void test_no_two_bodies_are_encrypted_alike(void **state)
{
    struct package_recipe recipe = recipe_of(200);

    (void)state;
    recipe.product_key = &product_key;
    recipe.image_count = 2;
    recipe.images[1] = (struct recipe_image){ "wifi_image", { raw[0], 200, 0 } };
    struct buffer a = make(&recipe);
    raw[0][0] ^= 1;
    struct buffer b = make(&recipe);
    raw[0][0] ^= 1;
    assert_in_range(count_equal(a.data + a.size - 200, a.data + a.size - 400, 200), 0, 20);
    assert_in_range(count_equal(a.data + a.size - 200, b.data + b.size - 200, 200), 0, 20);
    buffer_free(&a);
    buffer_free(&b);
}

/* ---- attacks without a key ---- */

/* A flipped bit in the head: what says which format, key or proof it is gives other errors than what is proven. */
static bool is_refusal_of_head(int err)
{
    return err == OTTER_E_SIGNATURE || err == OTTER_E_KEY || err == OTTER_E_NO_PACKAGE || err == OTTER_E_UNSUPPORTED;
}

static int judge_flipped(struct buffer *package, size_t bit)
{
    package->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    int err = judge(package->data, package->size);
    package->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    return err;
}

static void test_no_bit_of_a_package_can_flip(void **state)
{
    struct package_recipe recipe = recipe_of(300);

    (void)state;
    recipe.key = &shared;
    recipe.product_key = &product_key;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), 0);
    size_t head_bits = 8 * pkg.head_size;
    for (size_t bit = 0; bit < head_bits; bit++)
        assert_true(is_refusal_of_head(judge_flipped(&package, bit)));
    for (size_t bit = head_bits; bit < 8 * package.size; bit++)
        assert_int_equal(judge_flipped(&package, bit), OTTER_E_CHECKSUM);
    buffer_free(&package);
}

/* All bits of the signature; of what it signs, one of each byte, since a signature takes its time. */
static void test_no_bit_of_a_signature_can_flip_nor_any_byte_that_it_signs(void **state)
{
    struct package_recipe recipe = recipe_of(300);

    (void)state;
    struct buffer package = make(&recipe);
    uint32_t size = otter_manifest_size(package.data);
    for (uint32_t i = 0; i < size; i++)
        assert_true(is_refusal_of_head(judge_flipped(&package, 8 * i + i % 8)));
    for (uint32_t bit = 8 * size; bit < 8 * (size + OTTER_P256_SIGNATURE_SIZE); bit++)
        assert_int_equal(judge_flipped(&package, bit), OTTER_E_SIGNATURE);
    buffer_free(&package);
}

static void test_a_package_that_is_cut_at_any_byte_is_refused(void **state)
{
    struct package_recipe recipe = recipe_of(600);

    (void)state;
    recipe.key = &shared;
    struct buffer package = make(&recipe);
    for (size_t size = 0; size < package.size; size++)
        assert_true(judge(package.data, size) < 0);
    buffer_free(&package);
}

/* The partition may end where the file was cut. */
static void test_a_package_larger_than_its_partition_is_refused_by_its_head(void **state)
{
    struct package_recipe recipe = recipe_of(PARTITION);

    (void)state;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, PARTITION), OTTER_E_TOO_LARGE);
    buffer_free(&package);
}

static void test_a_chunk_of_another_good_package_is_refused(void **state)
{
    struct package_recipe recipe = recipe_of(2000);

    (void)state;
    struct buffer a = make(&recipe);
    raw[0][1999] ^= 1;
    struct buffer b = make(&recipe);
    raw[0][1999] ^= 1;
    assert_int_equal(a.size, b.size);
    assert_int_equal(judge(a.data, a.size), 0);
    uint32_t at = pkg.head_size;
    for (; at < a.size; at += OTTER_CHUNK_MIN) {
        size_t n = a.size - at < OTTER_CHUNK_MIN ? a.size - at : OTTER_CHUNK_MIN;
        memcpy(a.data + at, b.data + at, n);
        assert_int_equal(judge(a.data, a.size), OTTER_E_CHECKSUM);
        struct buffer fresh_one = make(&recipe);
        memcpy(a.data, fresh_one.data, a.size);
        buffer_free(&fresh_one);
    }
    buffer_free(&a);
    buffer_free(&b);
}

static void test_two_chunks_of_a_package_cannot_change_places(void **state)
{
    struct package_recipe recipe = recipe_of(2000);
    uint8_t chunk[OTTER_CHUNK_MIN];

    (void)state;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), 0);
    uint8_t *first = package.data + pkg.head_size, *second = first + OTTER_CHUNK_MIN;
    memcpy(chunk, first, sizeof chunk);
    memcpy(first, second, sizeof chunk);
    memcpy(second, chunk, sizeof chunk);
    assert_int_equal(judge(package.data, package.size), OTTER_E_CHECKSUM);
    buffer_free(&package);
}

static void test_the_payload_of_another_version_is_refused(void **state)
{
    struct package_recipe recipe = recipe_of(1000);

    (void)state;
    struct buffer old = make(&recipe);
    recipe.version = "3.0.0";
    recipe.images[0].raw.data = raw[1];
    struct buffer new = make(&recipe);
    assert_int_equal(judge(new.data, new.size), 0);
    memcpy(new.data + pkg.head_size, old.data + pkg.head_size, new.size - pkg.head_size);
    assert_int_equal(judge(new.data, new.size), OTTER_E_CHECKSUM);
    buffer_free(&old);
    buffer_free(&new);
}

static void test_no_signature_of_impossible_numbers_is_right(void **state)
{
    static const char *const numbers[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", /* n */
        "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF", /* p */
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    };
    struct package_recipe recipe = recipe_of(100);
    uint8_t number[32];

    (void)state;
    struct buffer package = make(&recipe);
    uint8_t *proof = package.data + otter_manifest_size(package.data);
    for (int half = 0; half < 3; half++)
        for (int i = 0; i < 4; i++) {
            reseal(&package, &signer);
            assert_true(text_decode_hex(numbers[i], number, sizeof number));
            if (half != 1)
                memcpy(proof, number, 32);
            if (half != 0)
                memcpy(proof + 32, number, 32);
            assert_int_equal(judge(package.data, package.size), OTTER_E_SIGNATURE);
        }
    buffer_free(&package);
}

static void test_the_signature_of_another_package_is_refused(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    struct buffer a = make(&recipe);
    recipe.counter++;
    struct buffer b = make(&recipe);
    memcpy(a.data + otter_manifest_size(a.data), b.data + otter_manifest_size(b.data), 64);
    assert_int_equal(judge(a.data, a.size), OTTER_E_SIGNATURE);
    buffer_free(&a);
    buffer_free(&b);
}

static void test_a_key_that_the_board_has_not_is_refused(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    recipe.key = &other_signer;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), OTTER_E_KEY);
    memcpy(package.data + KEY_ID, signer.id, sizeof signer.id);
    reseal(&package, &other_signer);
    assert_int_equal(judge(package.data, package.size), OTTER_E_SIGNATURE);
    buffer_free(&package);
}

/* The public half is no secret: it must not pass as a shared key. */
static void test_a_public_key_is_no_shared_key(void **state)
{
    struct package_recipe recipe = recipe_of(100);
    struct key forger;

    (void)state;
    assert_true(key_from_secret(&forger, KEY_HMAC, signer.public_half));
    memcpy(forger.id, signer.id, sizeof forger.id);
    recipe.key = &forger;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), OTTER_E_KEY);
    buffer_free(&package);
}

static void test_an_unsigned_package_is_refused(void **state)
{
    struct package_recipe recipe = recipe_of(100);
    struct key public_half;

    (void)state;
    assert_true(key_from_public(&public_half, signer.public_half));
    recipe.key = &public_half;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), OTTER_E_SIGNATURE);
    buffer_free(&package);
}

static void test_a_board_without_keys_refuses_everything(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    struct buffer package = make(&recipe);
    config.keys = NULL;
    assert_int_equal(judge(package.data, package.size), OTTER_E_KEY);
    buffer_free(&package);
}

static void test_lengths_of_the_manifest_at_their_limits_are_refused(void **state)
{
    static const uint16_t sizes[] = { 0, 1, 15, 16, 17, 20, 2047, 2048, 2049, 0x7FFF, 0xFFFF };
    struct package_recipe recipe = recipe_of(PACKAGE_MAX / 2);

    (void)state;
    struct buffer package = make(&recipe);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        otter_put_le16(package.data + 6, sizes[i]);
        int err = judge(package.data, package.size);
        assert_int_equal(err, sizes[i] < 16 || sizes[i] > 2048 ? OTTER_E_NO_PACKAGE : OTTER_E_SIGNATURE);
    }
    buffer_free(&package);
}

/* ---- what even the key does not make right ---- */

/* A package whose maker wrote nonsense, and signed it. */
static int judge_resealed(struct buffer *package)
{
    reseal(package, &shared);
    return judge(package->data, package->size);
}

static struct buffer make_shared(void)
{
    struct package_recipe recipe = recipe_of(1000);

    recipe.key = &shared;
    return make(&recipe);
}

static void test_signed_lengths_at_their_limits_are_refused(void **state)
{
    static const struct {
        uint16_t off, size; /* in the image field */
        uint32_t value;
        int err;
    } rows[] = {
        { OTTER_IMAGE_RAW_SIZE, 4, 0, OTTER_E_FORMAT },
        { OTTER_IMAGE_RAW_SIZE, 4, 999, OTTER_E_FORMAT },
        { OTTER_IMAGE_RAW_SIZE, 4, 1001, OTTER_E_TRUNCATED },
        { OTTER_IMAGE_RAW_SIZE, 4, 0xFFFFFFFF, OTTER_E_TOO_LARGE },
        { OTTER_IMAGE_BODY_SIZE, 4, 0, OTTER_E_FORMAT },
        { OTTER_IMAGE_BODY_SIZE, 4, 1, OTTER_E_CHECKSUM },
        { OTTER_IMAGE_BODY_SIZE, 4, 0xFFFFFFFF, OTTER_E_TOO_LARGE },
        { OTTER_IMAGE_CHUNK_SIZE, 2, 0, OTTER_E_FORMAT },
        { OTTER_IMAGE_CHUNK_SIZE, 2, 255, OTTER_E_FORMAT },
        { OTTER_IMAGE_CHUNK_SIZE, 2, 4097, OTTER_E_FORMAT },
        { OTTER_IMAGE_CHUNK_SIZE, 2, 0xFFFF, OTTER_E_FORMAT },
        { OTTER_IMAGE_STAGE_COUNT, 1, 1, OTTER_E_FORMAT },
        { OTTER_IMAGE_STAGE_COUNT, 1, 3, OTTER_E_FORMAT },
        { OTTER_IMAGE_STAGE_COUNT, 1, 4, OTTER_E_UNSUPPORTED },
        { OTTER_IMAGE_STAGE_COUNT, 1, 255, OTTER_E_UNSUPPORTED },
        { OTTER_IMAGE_DIGEST, 4, 0, OTTER_E_HASH },
        { OTTER_IMAGE_FIRST_CHUNK, 4, 0, OTTER_E_CHECKSUM },
        { OTTER_IMAGE_PART, 4, 0x6B736964, OTTER_E_DESTINATION },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer package = make_shared();
        uint8_t *at = value_of(&package, OTTER_TAG_IMAGE) + rows[i].off;
        for (int k = 0; k < rows[i].size; k++)
            at[k] = (uint8_t)(rows[i].value >> 8 * k);
        assert_int_equal(judge_resealed(&package), rows[i].err);
        buffer_free(&package);
    }
}

static void test_a_field_that_reaches_past_the_manifest_is_refused(void **state)
{
    static const uint16_t sizes[] = { 0, 91, 257, 2048, 0xFFFF };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buffer package = make_shared();
        otter_put_le16(value_of(&package, OTTER_TAG_IMAGE) - 2, sizes[i]);
        assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
        buffer_free(&package);
    }
}

/* Less than a field's tag and length. */
static void test_bytes_after_the_last_field_are_refused(void **state)
{
    (void)state;
    for (uint16_t extra = 1; extra < 4; extra++) {
        struct buffer package = make_shared();
        uint32_t size = otter_manifest_size(package.data);
        buffer_reserve(&package, extra);
        memmove(package.data + size + extra, package.data + size, package.size - size);
        package.size += extra;
        otter_put_le16(package.data + 6, (uint16_t)(size + extra));
        assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
        buffer_free(&package);
    }
}

/* Puts a field before the one with `before`, or at the end for 0; the proof is right. */
static struct buffer insert(struct buffer package, uint16_t before, uint16_t tag, const void *value, uint16_t size)
{
    uint32_t manifest = otter_manifest_size(package.data), field = 4u + size;
    uint32_t at = before ? (uint32_t)(value_of(&package, before) - 4 - package.data) : manifest;
    uint8_t *data;

    buffer_reserve(&package, field);
    data = package.data;
    memmove(data + at + field, data + at, package.size - at);
    otter_put_le16(data + at, tag);
    otter_put_le16(data + at + 2, size);
    memcpy(data + at + 4, value, size);
    package.size += field;
    otter_put_le16(data + 6, (uint16_t)(manifest + field));
    reseal(&package, &shared);
    return package;
}

static void assert_with_field(uint16_t before, uint16_t tag, const char *value, int err)
{
    struct buffer package = insert(make_shared(), before, tag, value, (uint16_t)strlen(value));

    assert_int_equal(judge(package.data, package.size), err);
    buffer_free(&package);
}

static void test_an_unknown_field_is_skipped_unless_it_is_critical(void **state)
{
    (void)state;
    assert_with_field(0, 0x0011, "", 0);
    assert_with_field(0, 0x0011, "whatever a later packager says", 0);
    assert_with_field(0, 0x7FFF, "x", 0);
    assert_with_field(OTTER_TAG_IMAGE, 0x000F, "x", 0);
    assert_with_field(0, 0x8011, "", OTTER_E_UNSUPPORTED);
    assert_with_field(0, 0xFFFF, "x", OTTER_E_UNSUPPORTED);
    assert_with_field(OTTER_TAG_IMAGE, 0x800F, "x", OTTER_E_UNSUPPORTED);
}

static void test_fields_out_of_order_or_repeated_are_refused(void **state)
{
    (void)state;
    assert_with_field(OTTER_TAG_IMAGE, OTTER_TAG_HARDWARE, "rev-c", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_VERSION, OTTER_TAG_HARDWARE, "rev-c", 0);
    assert_with_field(OTTER_TAG_COUNTER, OTTER_TAG_VERSION, "9.9.9", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_VERSION, OTTER_TAG_PRODUCT, "other", OTTER_E_FORMAT);
    assert_with_field(0, 0x0010, "", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_PRODUCT, 0x0000, "", OTTER_E_FORMAT);
}

static void test_values_longer_or_shorter_than_their_field_are_refused(void **state)
{
    (void)state;
    assert_with_field(OTTER_TAG_TIMESTAMP, OTTER_TAG_BOOT, "123", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_TIMESTAMP, OTTER_TAG_BOOT, "12345", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_IMAGE, OTTER_TAG_KEY, "short", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_IMAGE, OTTER_TAG_REVOKE, "1234567", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_IMAGE, OTTER_TAG_DOWNGRADE, "1", OTTER_E_FORMAT);
    assert_with_field(OTTER_TAG_VERSION, OTTER_TAG_HARDWARE, "a name with more than 32 characters", OTTER_E_FORMAT);
}

/* Gives the field a tag that nobody knows, of the same place in the order. */
static void test_a_manifest_without_a_required_field_is_refused(void **state)
{
    static const uint16_t required[] = { OTTER_TAG_PRODUCT, OTTER_TAG_VERSION, OTTER_TAG_COUNTER, OTTER_TAG_IMAGE };

    (void)state;
    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        struct buffer package = make_shared();
        uint8_t *at = value_of(&package, required[i]) - 4;
        otter_put_le16(at, required[i] & (uint16_t)~OTTER_TAG_CRITICAL);
        assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
        buffer_free(&package);
    }
}

static void test_stages_that_make_no_sense_are_refused(void **state)
{
    struct package_recipe recipe = recipe_of(1000);

    (void)state;
    recipe.key = &shared;
    recipe.encoder = &encoders[2];
    struct buffer package = make(&recipe);
    uint8_t *stage = value_of(&package, OTTER_TAG_IMAGE) + OTTER_IMAGE_STAGES;
    stage[0] = 99;
    assert_int_equal(judge_resealed(&package), OTTER_E_UNSUPPORTED);
    stage[0] = OTTER_CODEC_FASTLZ;
    assert_true(judge_resealed(&package) < 0);
    stage[0] = OTTER_CODEC_AES256_CTR; /* and no content key */
    assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
    stage[0] = OTTER_CODEC_QUICKLZ;
    stage[1] = 1;
    assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
    stage[1] = 255;
    assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
    uint8_t *count = value_of(&package, OTTER_TAG_IMAGE) + OTTER_IMAGE_STAGE_COUNT;
    *count = 3;
    assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
    stage[1] = 0;
    *count = 0;
    assert_int_equal(judge_resealed(&package), OTTER_E_FORMAT);
    *count = 1;
    assert_int_equal(judge_resealed(&package), 0);
    buffer_free(&package);
}

static void test_a_later_version_of_the_manifest_is_refused(void **state)
{
    struct buffer package = make_shared();

    (void)state;
    package.data[4] = 2;
    assert_int_equal(judge_resealed(&package), OTTER_E_UNSUPPORTED);
    buffer_free(&package);
}

/* ---- packages for somebody else ---- */

static void test_another_product_or_hardware_is_refused(void **state)
{
    static const char *const others[] = { "other", "thermosta", "thermostat2", "" };
    struct buffer package = make_shared();

    (void)state;
    for (int i = 0; i < 4; i++) {
        config.product = others[i];
        assert_int_equal(judge(package.data, package.size), OTTER_E_PRODUCT);
    }
    config.product = "thermostat";
    config.hardware = "rev-a";
    assert_int_equal(judge(package.data, package.size), 0);
    config.hardware = "rev-c";
    assert_int_equal(judge(package.data, package.size), OTTER_E_PRODUCT);
    config.hardware = NULL;
    assert_int_equal(judge(package.data, package.size), OTTER_E_PRODUCT);
    buffer_free(&package);
}

static void test_a_bootloader_that_is_too_old_is_told(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    recipe.key = &shared;
    recipe.boot_version = 0x00010204;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), OTTER_E_BOOTLOADER);
    config.boot_version = 0x00010204;
    assert_int_equal(judge(package.data, package.size), 0);
    buffer_free(&package);
}

static void test_another_product_key_is_told(void **state)
{
    struct package_recipe recipe = recipe_of(100);

    (void)state;
    recipe.key = &shared;
    recipe.product_key = &other_product_key;
    struct buffer package = make(&recipe);
    assert_int_equal(judge(package.data, package.size), OTTER_E_KEY);
    memcpy(value_of(&package, OTTER_TAG_KEY), product_key.id, sizeof product_key.id);
    assert_int_equal(judge_resealed(&package), OTTER_E_KEY); /* of the right id, but it does not unwrap */
    board_product_key.bytes = other_product_key.secret;
    assert_int_equal(judge(package.data, package.size), 0);
    board_product_key.id[7] ^= 1;
    assert_int_equal(judge(package.data, package.size), OTTER_E_KEY); /* it would, but is not the one named */
    config.product_key = NULL;
    assert_int_equal(judge(package.data, package.size), OTTER_E_KEY);
    buffer_free(&package);
}

static void test_a_chunk_that_the_board_has_no_memory_for_is_told(void **state)
{
    struct buffer package = make_shared();

    (void)state;
    config.chunk_max = OTTER_CHUNK_MIN - 1;
    assert_int_equal(judge(package.data, package.size), OTTER_E_UNSUPPORTED);
    buffer_free(&package);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
    const struct CMUnitTest tests[] = {
        TEST(test_every_size_around_the_borders_of_chunks_is_read),
        TEST(test_every_combination_of_stages_and_proofs_is_read),
        TEST(test_each_of_several_images_is_read),
        TEST(test_what_the_manifest_says_is_told),
        TEST(test_only_a_development_key_allows_a_downgrade),
        TEST(test_the_same_recipe_gives_the_same_bytes),
        TEST(test_no_two_bodies_are_encrypted_alike),
        TEST(test_no_bit_of_a_package_can_flip),
        TEST(test_no_bit_of_a_signature_can_flip_nor_any_byte_that_it_signs),
        TEST(test_a_package_that_is_cut_at_any_byte_is_refused),
        TEST(test_a_package_larger_than_its_partition_is_refused_by_its_head),
        TEST(test_a_chunk_of_another_good_package_is_refused),
        TEST(test_two_chunks_of_a_package_cannot_change_places),
        TEST(test_the_payload_of_another_version_is_refused),
        TEST(test_no_signature_of_impossible_numbers_is_right),
        TEST(test_the_signature_of_another_package_is_refused),
        TEST(test_a_key_that_the_board_has_not_is_refused),
        TEST(test_a_public_key_is_no_shared_key),
        TEST(test_an_unsigned_package_is_refused),
        TEST(test_a_board_without_keys_refuses_everything),
        TEST(test_lengths_of_the_manifest_at_their_limits_are_refused),
        TEST(test_signed_lengths_at_their_limits_are_refused),
        TEST(test_a_field_that_reaches_past_the_manifest_is_refused),
        TEST(test_bytes_after_the_last_field_are_refused),
        TEST(test_an_unknown_field_is_skipped_unless_it_is_critical),
        TEST(test_fields_out_of_order_or_repeated_are_refused),
        TEST(test_values_longer_or_shorter_than_their_field_are_refused),
        TEST(test_a_manifest_without_a_required_field_is_refused),
        TEST(test_stages_that_make_no_sense_are_refused),
        TEST(test_a_later_version_of_the_manifest_is_refused),
        TEST(test_another_product_or_hardware_is_refused),
        TEST(test_a_bootloader_that_is_too_old_is_told),
        TEST(test_another_product_key_is_told),
        TEST(test_a_chunk_that_the_board_has_no_memory_for_is_told),
    };

    return cmocka_run_group_tests_name("Otter packages", tests, setup, teardown);
}
