/*
 * What holds for every codec: the same bytes whatever way they are read, and no harm from any input.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/encode/encode.h"
#include "core/err.h"
#include "tests/sim/device.h"
#include "tests/sim/guard.h"
#include "tests/sim/random.h"
#include "tests/sim/source.h"

enum { RAW_MAX = 3 * OTTER_RBL_PIECE_SIZE };

static struct sim_guard work_guard, input_guard;
static uint8_t raw[RAW_MAX], out[RAW_MAX + 4096];

struct subject {
    const struct otter_codec *codec;
    void (*encode)(const uint8_t *raw, size_t size, struct buffer *body);
};

static void encode_by_name(const char *name, const uint8_t *data, size_t size, struct buffer *body)
{
    const struct encoder *e = encoders;

    while (strcmp(e->name, name))
        e++;
    e->encode(data, size, body);
}

static void quicklz(const uint8_t *data, size_t size, struct buffer *body)
{
    encode_by_name("quicklz", data, size, body);
}

static void fastlz(const uint8_t *data, size_t size, struct buffer *body)
{
    encode_by_name("fastlz", data, size, body);
}

/* Padded to whole blocks by the encoder: the tests give whole blocks, and cut the padding off. */
static void aes(const uint8_t *data, size_t size, struct buffer *body)
{
    buffer_add(body, data, size);
    encrypt_aes256_cbc(body, sim_key, sim_iv);
}

static const struct subject subjects[] = {
    { &otter_codec_quicklz, quicklz },
    { &otter_codec_fastlz, fastlz },
    { &otter_codec_gzip, encode_gzip },
    { &otter_codec_aes256_cbc, aes },
};

enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* Text-like bytes: words again and again, with some noise between them. */
static void fill_raw(uint32_t seed, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t len = 1 + sim_random_below(&seed, 40);
        if (len > size - at)
            len = size - at;
        if (at > 100 && sim_random_below(&seed, 4))
            memmove(raw + at, raw + sim_random_below(&seed, (uint32_t)(at - len < at ? at - len : 1)), len);
        else
            sim_random_fill(&seed, raw + at, len);
        at += len;
    }
}

static struct buffer encoded(const struct subject *s, size_t size)
{
    struct buffer body = { NULL, 0, 0 };

    s->encode(raw, size, &body);
    if (s->codec == &otter_codec_aes256_cbc)
        body.size = size; /* without its last block, which is padding only */
    return body;
}

/* Opens the codec in work memory that ends at an unreadable page. */
static struct otter_stream *open(const struct subject *s, struct sim_source *src, size_t raw_size)
{
    static const uint8_t dirt[64 * 1024] = { 0xA5 };
    struct otter_codec_args args = { .key = sim_key, .iv = sim_iv, .raw_size = (uint32_t)raw_size };
    size_t work_size = OTTER_MEM_ROUND(s->codec->work_size);

    assert_true(work_size <= sizeof dirt);
    return s->codec->open(sim_guard_copy(&work_guard, dirt, work_size), &src->stream, &args);
}

static void assert_prefix_of_raw(size_t len, size_t raw_size)
{
    assert_true(len <= raw_size);
    assert_memory_equal(out, raw, len);
}

/* The body gives the first raw_size bytes of raw, then ends. */
static void assert_decodes(const struct subject *s, const struct buffer *body, size_t raw_size, size_t source_most,
                           size_t read_most)
{
    struct sim_source src;
    size_t len;

    sim_source_init(&src, body->data, body->size);
    src.most = source_most;
    struct otter_stream *stream = open(s, &src, raw_size);
    assert_int_equal(sim_read_to_end(stream, (struct sim_reader){ read_most, 1 }, out, sizeof out, &len), 0);
    assert_int_equal(len, raw_size);
    assert_prefix_of_raw(len, raw_size);
}

static void test_what_was_encoded_is_decoded_whatever_its_size(void **state)
{
    (void)state;
    static const uint16_t sizes[] = { 1,   2,   3,    9,    10,   11,   12,   31,   32,   62,   63,   215,
                                      216, 217, 1000, 4095, 4096, 4097, 4106, 4107, 8191, 8192, 8193, RAW_MAX };

    for (size_t i = 0; i < SUBJECTS; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            size_t size = subjects[i].codec == &otter_codec_aes256_cbc ? sizes[k] / 16 * 16u : sizes[k];

            if (!size)
                continue;
            fill_raw(k + 1, size);
            struct buffer body = encoded(&subjects[i], size);
            assert_decodes(&subjects[i], &body, size, 0, 500);
            buffer_free(&body);
        }
    }
}

static void test_zeros_and_noise_are_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        for (int noise = 0; noise < 2; noise++) {
            uint32_t seed = 99;

            memset(raw, 0, RAW_MAX);
            if (noise)
                sim_random_fill(&seed, raw, RAW_MAX);
            struct buffer body = encoded(&subjects[i], RAW_MAX);
            assert_decodes(&subjects[i], &body, RAW_MAX, 0, 0);
            buffer_free(&body);
        }
    }
}

static void test_reads_and_sources_of_any_size_give_the_same_bytes(void **state)
{
    (void)state;
    static const size_t most[] = { 1, 2, 15, 16, 17, 128, 4096, 0 };
    enum { SIZE = 9008, WAYS = sizeof most / sizeof *most };

    fill_raw(3, SIZE);
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct buffer body = encoded(&subjects[i], SIZE);
        for (size_t way = 0; way < WAYS * WAYS; way++)
            assert_decodes(&subjects[i], &body, SIZE, most[way / WAYS], most[way % WAYS]);
        buffer_free(&body);
    }
}

static void test_the_end_comes_again_and_again(void **state)
{
    (void)state;
    fill_raw(4, 4800);
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct buffer body = encoded(&subjects[i], 4800);
        struct sim_source src;
        size_t len;

        sim_source_init(&src, body.data, body.size);
        struct otter_stream *stream = open(&subjects[i], &src, 4800);
        assert_int_equal(sim_read_to_end(stream, (struct sim_reader){ 300, 1 }, out, sizeof out, &len), 0);
        for (int k = 0; k < 3; k++)
            assert_int_equal(otter_stream_read(stream, out, 100), 0);
        assert_int_equal(src.pos, body.size);
        buffer_free(&body);
    }
}

/* The input ends before an unreadable page: a decoder that looks one byte too far ends the test program. */
static void test_input_cut_at_any_byte_is_an_error_after_right_bytes(void **state)
{
    (void)state;
    enum { SIZE = 4800 };

    fill_raw(5, SIZE);
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct buffer body = encoded(&subjects[i], SIZE);
        for (size_t cut = 0; cut < body.size; cut++) {
            struct sim_source src;
            size_t len;

            sim_source_init(&src, sim_guard_copy(&input_guard, body.data, cut), cut);
            struct otter_stream *stream = open(&subjects[i], &src, SIZE);
            int err = sim_read_to_end(stream, (struct sim_reader){ 700, 1 }, out, sizeof out, &len);
            if (subjects[i].codec == &otter_codec_aes256_cbc && cut % 16 == 0)
                assert_int_equal(err, 0); /* whole blocks: no cipher can see more */
            else
                assert_int_equal(err, OTTER_E_TRUNCATED);
            assert_prefix_of_raw(len, SIZE);
            assert_int_equal(otter_stream_read(stream, out, 1), err);
        }
        buffer_free(&body);
    }
}

static void test_an_error_of_the_source_comes_out_as_it_is_and_stays(void **state)
{
    (void)state;
    enum { SIZE = 4800 };
    static const int errors[] = { OTTER_E_IO, OTTER_E_TIMEOUT, OTTER_E_FORMAT };

    fill_raw(6, SIZE);
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct buffer body = encoded(&subjects[i], SIZE);
        for (size_t at = 0; at < body.size; at += 1 + at / 16) {
            struct sim_source src;
            size_t len;

            sim_source_init(&src, body.data, body.size);
            src.fail_at = at;
            src.err = errors[at % 3];
            struct otter_stream *stream = open(&subjects[i], &src, SIZE);
            assert_int_equal(sim_read_to_end(stream, (struct sim_reader){ 700, 1 }, out, sizeof out, &len), src.err);
            assert_prefix_of_raw(len, SIZE);
            assert_int_equal(otter_stream_read(stream, out, 1), src.err);
            assert_int_equal(otter_stream_read(stream, out, 1), src.err);
        }
        buffer_free(&body);
    }
}

/* Any byte changed: an error or some bytes, at most as many as the image has where that is known. */
static void test_damaged_input_does_no_harm(void **state)
{
    (void)state;
    enum { SIZE = 4800 };
    uint32_t seed = 8;

    fill_raw(7, SIZE);
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct buffer body = encoded(&subjects[i], SIZE);
        for (size_t at = 0; at < body.size; at++) {
            uint8_t *input = sim_guard_copy(&input_guard, body.data, body.size);
            struct sim_source src;
            size_t len;

            input[at] ^= (uint8_t)(1 + sim_random_below(&seed, 255));
            sim_source_init(&src, input, body.size);
            int err = sim_read_to_end(open(&subjects[i], &src, SIZE), (struct sim_reader){ 700, 1 }, out, sizeof out,
                                      &len);
            assert_true(err <= 0);
            if (subjects[i].codec != &otter_codec_gzip)
                assert_true(len <= SIZE);
        }
        buffer_free(&body);
    }
}

static void test_noise_does_no_harm(void **state)
{
    (void)state;
    uint32_t seed = 9;
    uint8_t noise[600];

    for (size_t i = 0; i < SUBJECTS; i++) {
        for (int round = 0; round < 3000; round++) {
            size_t size = sim_random_below(&seed, sizeof noise), len;
            struct sim_source src;

            sim_random_fill(&seed, noise, size);
            if (subjects[i].codec == &otter_codec_gzip && size > 10)
                memcpy(noise, "\x1F\x8B\x08\0\0\0\0\0\0\x03", 10);
            else if (subjects[i].codec != &otter_codec_aes256_cbc && size > 14)
                memcpy(noise, "\0\0\x01", 3);
            sim_source_init(&src, sim_guard_copy(&input_guard, noise, size), size);
            assert_true(sim_read_to_end(open(&subjects[i], &src, 4800), (struct sim_reader){ 700, 1 }, out, sizeof out,
                                        &len) <= 0);
        }
    }
}

static void test_a_stage_is_stacked_only_from_the_board_s_table(void **state)
{
    (void)state;
    static const struct otter_codec *const table[] = { &otter_codec_gzip, &otter_codec_fastlz, NULL };
    static uint8_t room[2 * OTTER_RBL_PIECE_SIZE];
    struct otter_codec_args args = { .raw_size = 1 };
    struct otter_mem mem = { room, sizeof room };
    struct sim_source src;

    sim_source_init(&src, "", 0);
    struct otter_stream *stream = &src.stream;
    assert_ptr_equal(otter_codec_find(table, OTTER_CODEC_FASTLZ), &otter_codec_fastlz);
    assert_null(otter_codec_find(table, OTTER_CODEC_QUICKLZ));
    assert_int_equal(otter_codec_stack(table, OTTER_CODEC_QUICKLZ, &args, &mem, &stream), OTTER_E_UNSUPPORTED);
    assert_int_equal(otter_codec_stack(table, OTTER_CODEC_GZIP, &args, &mem, &stream), OTTER_E_NO_MEMORY);
    assert_ptr_equal(stream, &src.stream);
    assert_int_equal(otter_codec_stack(table, OTTER_CODEC_FASTLZ, &args, &mem, &stream), 0);
    assert_ptr_not_equal(stream, &src.stream);
}

static int setup(void **state)
{
    (void)state;
    work_guard = sim_guard_new(64 * 1024);
    input_guard = sim_guard_new(2 * RAW_MAX);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_guard_free(&work_guard);
    sim_guard_free(&input_guard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_encoded_is_decoded_whatever_its_size),
        cmocka_unit_test(test_zeros_and_noise_are_decoded),
        cmocka_unit_test(test_reads_and_sources_of_any_size_give_the_same_bytes),
        cmocka_unit_test(test_the_end_comes_again_and_again),
        cmocka_unit_test(test_input_cut_at_any_byte_is_an_error_after_right_bytes),
        cmocka_unit_test(test_an_error_of_the_source_comes_out_as_it_is_and_stays),
        cmocka_unit_test(test_damaged_input_does_no_harm),
        cmocka_unit_test(test_noise_does_no_harm),
        cmocka_unit_test(test_a_stage_is_stacked_only_from_the_board_s_table),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
