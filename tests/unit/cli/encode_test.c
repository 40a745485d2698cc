/*
 * The packager's encoders: whatever the image, the device's decoders give it back.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/encode/encode.h"
#include "core/bytes.h"
#include "tests/sim/random.h"
#include "tests/sim/source.h"

enum { RAW_MAX = 20000, PIECE = OTTER_RBL_PIECE_SIZE };

static uint8_t raw[RAW_MAX + 1], out[RAW_MAX + 16];

/* ---- images ---- */

static void random_bytes(uint32_t *seed, size_t size)
{
    sim_random_fill(seed, raw, size);
}

static void zeros(uint32_t *seed, size_t size)
{
    (void)seed;
    memset(raw, 0, size);
}

/* Periods from 1 on: matches whose two stretches overlap. */
static void short_periods(uint32_t *seed, size_t size)
{
    size_t period = 1 + sim_random_below(seed, 9);

    for (size_t i = 0; i < size; i++)
        raw[i] = i < period ? (uint8_t)sim_random(seed) : raw[i - period];
}

static void few_letters(uint32_t *seed, size_t size)
{
    for (size_t i = 0; i < size; i++)
        raw[i] = (uint8_t)('a' + sim_random_below(seed, 3));
}

/* As code is: stretches that were there before, near and far, short and long, between new bytes. */
static void copies(uint32_t *seed, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t len = 1 + sim_random_below(seed, sim_random_below(seed, 8) ? 24 : 700);
        size_t back = i ? 1 + sim_random_below(seed, (uint32_t)(i < 5000 ? i : 5000)) : 0;
        int is_new = !back || !sim_random_below(seed, 3);
        for (; len && i < size; len--, i++)
            raw[i] = is_new ? (uint8_t)sim_random(seed) : raw[i - back];
    }
}

/* The first half compresses, the rest does not, or the other way round: where an encoder gives up. */
static void halves(uint32_t *seed, size_t size)
{
    size_t half = size / 2, first = sim_random_below(seed, 2) ? half : 0;

    memset(raw, 'x', size);
    for (size_t i = first; i < first + half; i++)
        raw[i] = (uint8_t)sim_random(seed);
}

static void (*const kinds[])(uint32_t *seed, size_t size) = {
    random_bytes, zeros, short_periods, few_letters, copies, halves,
};

static const size_t sizes[] = {
    1,          2,
    3,          4,
    5,          6,
    7,          8,
    9,          10,
    11,         12,
    13,         30,
    31,         32,
    33,         34,
    62,         63,
    64,         214,
    215,        216,
    217,        255,
    256,        263,
    264,        265,
    276,        512,
    PIECE - 2,  PIECE - 1,
    PIECE,      PIECE + 1,
    PIECE + 11, 2 * PIECE - 1,
    2 * PIECE,  RAW_MAX,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- round trips ---- */

static const struct otter_codec *decoder_of(const struct encoder *e)
{
    switch (e->compression) {
    case OTTER_RBL_GZIP:
        return &otter_codec_gzip;
    case OTTER_RBL_QUICKLZ:
        return &otter_codec_quicklz;
    case OTTER_RBL_FASTLZ:
        return &otter_codec_fastlz;
    default:
        return NULL;
    }
}

static void assert_decodes(const struct otter_codec *codec, const struct buffer *body,
                           const struct otter_codec_args *args, size_t size)
{
    struct sim_source src;
    size_t len = 0;

    sim_source_init(&src, body->data, body->size);
    if (!codec) {
        assert_int_equal(body->size, size);
        assert_memory_equal(body->data, raw, size);
        return;
    }
    void *work = malloc(codec->work_size);
    struct otter_stream *stream = codec->open(work, &src.stream, args);
    assert_int_equal(sim_read_to_end(stream, (struct sim_reader){ 0, 1 }, out, sizeof out, &len), 0);
    free(work);
    assert_true(len >= size);
    assert_memory_equal(out, raw, size);
}

static void assert_round_trip(const struct encoder *e, size_t size)
{
    struct otter_codec_args args = { .raw_size = (uint32_t)size };
    struct buffer body = { 0 };

    e->encode(raw, size, &body);
    assert_decodes(decoder_of(e), &body, &args, size);
    buffer_free(&body);
}

static void every_encoder_is_undone_by_the_devices_decoder_at_every_boundary_size(void **state)
{
    uint32_t seed = 20;

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            kinds[k](&seed, sizes[s]);
            for (const struct encoder *e = encoders; e->name; e++)
                assert_round_trip(e, sizes[s]);
        }
}

static void every_encoder_is_undone_by_the_devices_decoder_at_any_size(void **state)
{
    uint32_t seed = 21;

    (void)state;
    for (int i = 0; i < 100; i++) {
        size_t size = 1 + sim_random_below(&seed, i % 2 ? RAW_MAX : 600);
        kinds[sim_random_below(&seed, COUNT(kinds))](&seed, size);
        for (const struct encoder *e = encoders; e->name; e++)
            assert_round_trip(e, size);
    }
}

/* Leaves other bytes than those of the last call where the next one has its variables. */
static void soil_the_stack(uint8_t with)
{
    volatile uint8_t dirt[200 * 1024];

    for (size_t i = 0; i < sizeof dirt; i++)
        dirt[i] = with;
}

static void the_same_image_gives_the_same_bytes(void **state)
{
    uint32_t seed = 22;

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (const struct encoder *e = encoders; e->name; e++) {
            struct buffer first = { 0 }, second = { 0 };
            kinds[k](&seed, 2 * PIECE + 100);
            soil_the_stack(0x55);
            e->encode(raw, 2 * PIECE + 100, &first);
            soil_the_stack(0xAA);
            e->encode(raw, 2 * PIECE + 100, &second);
            assert_int_equal(first.size, second.size);
            assert_memory_equal(first.data, second.data, first.size);
            buffer_free(&first);
            buffer_free(&second);
        }
}

/* ---- pieces ---- */

static void no_piece_grows_beyond_the_room_that_it_has(void **state)
{
    uint32_t seed = 23;

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t size = 1; size <= PIECE; size += size < 300 ? 1 : 97) {
            uint8_t *room = malloc(ENCODED_PIECE_MAX);
            kinds[k](&seed, size);
            assert_true(encode_quicklz_piece(raw, size, room) <= ENCODED_PIECE_MAX);
            assert_true(encode_fastlz_piece(raw, size, room) <= size + (size + 31) / 32);
            free(room);
        }
}

static void quicklz_stores_what_does_not_compress(void **state)
{
    static uint8_t piece[ENCODED_PIECE_MAX];
    uint32_t seed = 24;

    (void)state;
    random_bytes(&seed, PIECE);
    assert_int_equal(encode_quicklz_piece(raw, PIECE, piece), 9 + PIECE);
    assert_int_equal(piece[0], 0x4E);
    assert_int_equal(otter_le32(piece + 1), 9 + PIECE);
    assert_int_equal(otter_le32(piece + 5), PIECE);
    assert_memory_equal(piece + 9, raw, PIECE);
}

static int quicklz_compresses(void)
{
    static uint8_t piece[ENCODED_PIECE_MAX];

    encode_quicklz_piece(raw, PIECE, piece);
    return piece[0] & 1;
}

/* Each control word stands for 30 new bytes and one copy of `len`: 36 bytes for 30 + len. */
static void one_copy_to_thirty_new_bytes(uint32_t *seed, size_t len)
{
    random_bytes(seed, PIECE);
    for (size_t i = 30 + len; i + 30 + len < PIECE; i += 30 + len)
        memcpy(raw + i + 30, raw + i - len, len);
}

static void quicklz_keeps_what_gains_a_32nd_and_stores_what_does_not(void **state)
{
    uint32_t seed = 27;

    (void)state;
    one_copy_to_thirty_new_bytes(&seed, 8);
    assert_true(quicklz_compresses());
    one_copy_to_thirty_new_bytes(&seed, 7);
    assert_false(quicklz_compresses());
}

static void quicklz_gives_no_piece_up_before_its_middle(void **state)
{
    uint32_t seed = 28;

    (void)state;
    random_bytes(&seed, PIECE / 2);
    memset(raw + PIECE / 2, 'x', PIECE / 2);
    assert_true(quicklz_compresses());
    random_bytes(&seed, PIECE / 2 + 40);
    assert_false(quicklz_compresses());
}

static void quicklz_fills_a_very_short_piece_up_to_nine_bytes_after_its_header(void **state)
{
    const uint8_t one[] = { 0x4D, 12, 1, 0, 0, 0, 0x80, 'n', 0, 0, 0, 0 };
    static uint8_t piece[ENCODED_PIECE_MAX];

    (void)state;
    assert_int_equal(encode_quicklz_piece((const uint8_t *)"n", 1, piece), sizeof one);
    assert_memory_equal(piece, one, sizeof one);
}

/* Walks through the opcodes: where each begins in the raw bytes, and how many it stands for. */
static void check_fastlz_rules(const uint8_t *piece, size_t len, size_t size)
{
    size_t at = 0, made = 0;

    assert_true(piece[0] < 32);
    while (at < len) {
        unsigned op = piece[at], type = op >> 5;
        if (type) {
            size_t match = type == 7 ? 9u + piece[at + 1] : type + 2;
            assert_true(made >= 2);
            assert_true(made + 12 < size);
            at += type == 7 ? 3 : 2;
            made += match;
        } else {
            at += 2 + op;
            made += 1 + op;
        }
    }
    assert_int_equal(at, len);
    assert_int_equal(made, size);
}

static void fastlz_begins_with_two_literals_and_starts_no_match_in_the_last_twelve_bytes(void **state)
{
    static uint8_t piece[ENCODED_PIECE_MAX];
    uint32_t seed = 25;

    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t s = 0; s < COUNT(sizes) && sizes[s] <= PIECE; s++) {
            kinds[k](&seed, sizes[s]);
            check_fastlz_rules(piece, encode_fastlz_piece(raw, sizes[s], piece), sizes[s]);
        }
}

/* ---- gzip and AES ---- */

static void gzip_carries_no_time_and_no_name(void **state)
{
    const uint8_t start[] = { 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3 };
    struct buffer body = { 0 };

    (void)state;
    zeros(NULL, 100);
    encode_gzip(raw, 100, &body);
    assert_memory_equal(body.data, start, sizeof start);
    buffer_free(&body);
}

/* NIST SP 800-38A, F.2.5: the first two blocks. */
static void aes256_cbc_gives_the_standards_example(void **state)
{
    static const uint8_t key[32] = { 0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae,
                                     0xf0, 0x85, 0x7d, 0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61,
                                     0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4 };
    static const uint8_t iv[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    static const uint8_t plain[32] = { 0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e,
                                       0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03,
                                       0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51 };
    static const uint8_t cipher[32] = { 0xf5, 0x8c, 0x4c, 0x04, 0xd6, 0xe5, 0xf1, 0xba, 0x77, 0x9e, 0xab,
                                        0xfb, 0x5f, 0x7b, 0xfb, 0xd6, 0x9c, 0xfc, 0x4e, 0x96, 0x7e, 0xdb,
                                        0x80, 0x8d, 0x67, 0x9f, 0x77, 0x7b, 0xc6, 0x70, 0x2c, 0x7d };
    struct buffer body = { 0 };

    (void)state;
    buffer_add(&body, plain, sizeof plain);
    encrypt_aes256_cbc(&body, key, iv);
    assert_int_equal(body.size, sizeof cipher + 16);
    assert_memory_equal(body.data, cipher, sizeof cipher);
    buffer_free(&body);
}

static void encryption_pads_to_whole_blocks_and_an_aligned_body_by_a_whole_one(void **state)
{
    const uint8_t *key = (const uint8_t *)"0123456789ABCDEF0123456789ABCDEF", *iv = key;
    struct otter_codec_args args = { .key = key, .iv = iv };
    uint32_t seed = 26;

    (void)state;
    for (size_t size = 1; size <= 64; size++) {
        struct buffer body = { 0 };
        size_t padding = 16 - size % 16;
        random_bytes(&seed, size);
        buffer_add(&body, raw, size);
        encrypt_aes256_cbc(&body, key, iv);
        assert_int_equal(body.size, size + padding);
        assert_decodes(&otter_codec_aes256_cbc, &body, &args, size);
        for (size_t i = size; i < body.size; i++)
            assert_int_equal(out[i], padding);
        buffer_free(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoder_is_undone_by_the_devices_decoder_at_every_boundary_size),
        cmocka_unit_test(every_encoder_is_undone_by_the_devices_decoder_at_any_size),
        cmocka_unit_test(the_same_image_gives_the_same_bytes),
        cmocka_unit_test(no_piece_grows_beyond_the_room_that_it_has),
        cmocka_unit_test(quicklz_stores_what_does_not_compress),
        cmocka_unit_test(quicklz_keeps_what_gains_a_32nd_and_stores_what_does_not),
        cmocka_unit_test(quicklz_gives_no_piece_up_before_its_middle),
        cmocka_unit_test(quicklz_fills_a_very_short_piece_up_to_nine_bytes_after_its_header),
        cmocka_unit_test(fastlz_begins_with_two_literals_and_starts_no_match_in_the_last_twelve_bytes),
        cmocka_unit_test(gzip_carries_no_time_and_no_name),
        cmocka_unit_test(aes256_cbc_gives_the_standards_example),
        cmocka_unit_test(encryption_pads_to_whole_blocks_and_an_aligned_body_by_a_whole_one),
    };

    return cmocka_run_group_tests_name("cli/encode", tests, NULL, NULL);
}
