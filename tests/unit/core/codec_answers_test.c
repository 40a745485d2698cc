/*
 * Each codec against bytes written by hand from its format, and against what its format forbids.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/codec.h"
#include "core/err.h"
#include "tests/sim/source.h"

static uint8_t out[8192];
static size_t out_len;

/* Decodes `in` whole, into `out`: what the last read gave. */
static int decode(const struct otter_codec *codec, const void *in, size_t len, const struct otter_codec_args *args)
{
    struct sim_source src;
    uint8_t *work = malloc(codec->work_size);

    sim_source_init(&src, in, len);
    int err = sim_read_to_end(codec->open(work, &src.stream, args), (struct sim_reader){ 100, 1 }, out, sizeof out,
                              &out_len);
    free(work);
    return err;
}

/* ---- pieces: QuickLZ and FastLZ ---- */

struct piece {
    uint8_t bytes[5000];
    size_t len;
};

static void add(struct piece *p, const void *bytes, size_t len)
{
    memcpy(p->bytes + p->len, bytes, len);
    p->len += len;
}

/* To be called last: puts the piece's length before it. */
static void put_prefix(struct piece *p)
{
    memmove(p->bytes + 4, p->bytes, p->len);
    for (int i = 0; i < 4; i++)
        p->bytes[i] = (uint8_t)(p->len >> (24 - 8 * i));
    p->len += 4;
}

static int decode_piece(const struct otter_codec *codec, struct piece *p, uint32_t raw_size)
{
    struct otter_codec_args args = { .raw_size = raw_size };

    put_prefix(p);
    return decode(codec, p->bytes, p->len, &args);
}

static void assert_decoded(const void *raw, size_t len)
{
    assert_int_equal(out_len, len);
    assert_memory_equal(out, raw, len);
}

static struct piece quicklz(uint8_t flags, uint32_t raw_size, const void *payload, size_t len)
{
    struct piece p = { .len = 9 };

    p.bytes[0] = flags;
    otter_put_le32(p.bytes + 1, (uint32_t)len + 9);
    otter_put_le32(p.bytes + 5, raw_size);
    add(&p, payload, len);
    return p;
}

static void test_quicklz_reads_stored_blocks(void **state)
{
    (void)state;
    struct piece p = quicklz(0x4E, 5, "otter", 5);
    assert_int_equal(decode_piece(&otter_codec_quicklz, &p, 5), 0);
    assert_decoded("otter", 5);

    struct piece with_short_header = { .len = 0 };
    add(&with_short_header, "\x4C\x08\x05otter", 8);
    assert_int_equal(decode_piece(&otter_codec_quicklz, &with_short_header, 5), 0);
    assert_decoded("otter", 5);
}

/* Three literals, a match of distance 3, then the rest as literals, by each of the five encodings of a match. */
static void test_quicklz_reads_every_kind_of_match(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t count, len;
    } matches[] = {
        { "\x0C", 1, 3 },               /* distance 3, length 3 */
        { "\x0D\x00", 2, 3 },           /* distance 3, length 3 */
        { "\xC2\x00", 2, 3 },           /* distance 3, length 3 */
        { "\xFE\x00", 2, 18 },          /* distance 3, length 18 */
        { "\x87\x01\x00", 3, 3 },       /* distance 3, length 3 */
        { "\xFF\x01\x00", 3, 33 },      /* distance 3, length 33 */
        { "\x03\x80\x01\x00", 4, 3 },   /* distance 3, length 3 */
        { "\x83\xFF\x01\x00", 4, 258 }, /* distance 3, length 258 */
    };

    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        struct piece payload = { .len = 0 };
        char raw[400];
        size_t raw_size = 3 + matches[i].len + 11;

        for (size_t k = 0; k < 3 + matches[i].len; k++)
            raw[k] = "abc"[k % 3];
        memcpy(raw + 3 + matches[i].len, "defghijklmn", 11);
        add(&payload,
            "\x08\x00\x00\x80"
            "abc",
            7);
        add(&payload, matches[i].bytes, matches[i].count);
        add(&payload, "defghijklmn", 11);
        struct piece p = quicklz(0x4F, (uint32_t)raw_size, payload.bytes, payload.len);
        assert_int_equal(decode_piece(&otter_codec_quicklz, &p, (uint32_t)raw_size), 0);
        assert_decoded(raw, raw_size);
    }
}

static void test_quicklz_skips_the_control_words_among_the_last_literals(void **state)
{
    (void)state;
    char raw[42];
    struct piece payload = { .len = 0 };

    memset(raw, 'r', 31);
    memcpy(raw + 31, "last eleven", 11);
    add(&payload, "\x00\x00\x00\x80", 4);
    add(&payload, raw, 31);
    add(&payload, "\x00\x00\x00\x80", 4);
    add(&payload, raw + 31, 11);
    struct piece p = quicklz(0x4F, sizeof raw, payload.bytes, payload.len);
    assert_int_equal(decode_piece(&otter_codec_quicklz, &p, sizeof raw), 0);
    assert_decoded(raw, sizeof raw);
}

static void test_quicklz_refuses_what_its_format_forbids(void **state)
{
    (void)state;
    static const uint8_t match_at_start[] = "\x01\x00\x00\x80\x0C"
                                            "abcdefghijklmn";
    static const uint8_t match_of_distance_0[] = "\x08\x00\x00\x80"
                                                 "abc\x00"
                                                 "defghijklmn";
    static const uint8_t match_too_far_back[] = "\x08\x00\x00\x80"
                                                "abc\x10"
                                                "defghijklmn";
    static const uint8_t match_beyond_the_end[] = "\x08\x00\x00\x80"
                                                  "abc\x83\xFF\x01\x00"
                                                  "defghijklmn";
    static const struct {
        uint8_t flags;
        uint32_t raw_size;
        const uint8_t *payload;
        size_t len;
    } wrong[] = {
        { 0x4F, 14, match_at_start, sizeof match_at_start - 1 },
        { 0x4F, 17, match_of_distance_0, sizeof match_of_distance_0 - 1 },
        { 0x4F, 17, match_too_far_back, sizeof match_too_far_back - 1 },
        { 0x4F, 17, match_beyond_the_end, sizeof match_beyond_the_end - 1 },
        { 0x47, 17, match_of_distance_0, 5 },             /* level 1 */
        { 0xCE, 5, (const uint8_t *)"otter", 5 },         /* bit 7 */
        { 0x0E, 5, (const uint8_t *)"otter", 5 },         /* no bit 6 */
        { 0x4E, 6, (const uint8_t *)"otter", 5 },         /* one byte short */
        { 0x4F, 17, (const uint8_t *)"\x00\x00\x00", 3 }, /* half a control word */
        { 0x4E, 0, (const uint8_t *)"", 0 },              /* nothing */
        { 0x4E, 4097, out, 4097 },                        /* more than a piece */
        { 0x4E, 0xFFFFFFFF, out, 4097 },
        { 0x4F, 0x80000011, match_too_far_back, sizeof match_too_far_back - 1 },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct piece p = quicklz(wrong[i].flags, wrong[i].raw_size, wrong[i].payload, wrong[i].len);
        assert_int_equal(decode_piece(&otter_codec_quicklz, &p, 8000), OTTER_E_FORMAT);
        assert_int_equal(out_len, 0);
    }
}

static void test_quicklz_refuses_a_block_whose_size_is_not_its_piece_s(void **state)
{
    (void)state;
    for (int change = -1; change <= 1; change += 2) {
        struct piece p = quicklz(0x4E, 5, "otterotter", 10);
        p.bytes[1] = (uint8_t)(p.bytes[1] + change);
        assert_int_equal(decode_piece(&otter_codec_quicklz, &p, 5), OTTER_E_FORMAT);
    }
}

static int decode_fastlz(const char *bytes, size_t len, uint32_t raw_size)
{
    struct piece p = { .len = 0 };

    add(&p, bytes, len);
    return decode_piece(&otter_codec_fastlz, &p, raw_size);
}

static void test_fastlz_reads_level_1(void **state)
{
    (void)state;
    assert_int_equal(decode_fastlz("\x02"
                                   "abc",
                                   4, 3),
                     0);
    assert_decoded("abc", 3);
    assert_int_equal(decode_fastlz("\x02"
                                   "abc\x20\x02",
                                   6, 6),
                     0);
    assert_decoded("abcabc", 6);
    assert_int_equal(decode_fastlz("\x02"
                                   "abc\xC0\x02\x00"
                                   "d",
                                   8, 12),
                     0);
    assert_decoded("abcabcabcabd", 12);
    assert_int_equal(decode_fastlz("\x00"
                                   "z\xE0\xFF\x00",
                                   5, 265),
                     0);
    assert_int_equal(out_len, 265);
    assert_int_equal(out[264], 'z');
}

/* Level 2 differs in its first byte and in long matches, whose length may take many bytes. */
static void test_fastlz_reads_level_2(void **state)
{
    (void)state;
    assert_int_equal(decode_fastlz("\x22"
                                   "abc\x20\x02",
                                   6, 6),
                     0);
    assert_decoded("abcabc", 6);
    assert_int_equal(decode_fastlz("\x20"
                                   "z\xE0\x01\x00",
                                   5, 11),
                     0);
    assert_int_equal(out_len, 11);
    assert_int_equal(decode_fastlz("\x20"
                                   "z\xE0\xFF\xFF\x05\x00\x00"
                                   "y",
                                   9, 526),
                     0);
    assert_int_equal(out_len, 526);
    assert_int_equal(out[524], 'z');
    assert_int_equal(out[525], 'y');
}

static void test_fastlz_refuses_what_its_format_forbids(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } wrong[] = {
        { "\x42"
          "abc",
          4 }, /* level 3 */
        { "\xE2"
          "abc",
          4 }, /* level 8 */
        { "\x02"
          "ab",
          3 }, /* one literal short */
        { "\x02"
          "abc\x20\x03",
          6 }, /* a distance of 4 after 3 bytes */
        { "\x02"
          "abc\x20",
          5 }, /* half a match */
        { "\x02"
          "abc\xE0\x01",
          6 }, /* half a long match */
        { "\x22"
          "abc\xE0\xFF\xFF\xFF",
          8 }, /* a length without an end */
        { "\x22"
          "abc\x3F\xFF",
          6 }, /* the far distance is missing */
        { "\x22"
          "abc\x3F\xFF\x00\x00",
          8 }, /* further than a piece is long */
        { "", 0 },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(decode_fastlz(wrong[i].bytes, wrong[i].len, 8000), OTTER_E_FORMAT);
        assert_int_equal(out_len, 0);
    }
}

static void test_fastlz_refuses_more_than_a_piece(void **state)
{
    (void)state;
    struct piece p = { .len = 0 };

    add(&p, "\x00z", 2);
    for (int i = 0; i < 16; i++)
        add(&p, "\xE0\xFF\x00", 3);
    assert_int_equal(decode_piece(&otter_codec_fastlz, &p, 8000), OTTER_E_FORMAT);

    /* Level 2: a literal and a match of 9 + 15 * 255 + 254 leave room for seven. */
    struct piece longest = { .len = 0 };
    add(&longest, "\x20z\xE0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE\x00", 20);
    struct piece too_long = longest;
    assert_int_equal(decode_piece(&otter_codec_fastlz, &longest, 1 + 9 + 15 * 255 + 254), 0);
    add(&too_long, "\xC0\x00", 2);
    assert_int_equal(decode_piece(&otter_codec_fastlz, &too_long, 8000), OTTER_E_FORMAT);
}

static void test_a_piece_that_decodes_to_more_than_the_image_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_fastlz("\x02"
                                   "abc",
                                   4, 2),
                     OTTER_E_FORMAT);
    struct piece p = quicklz(0x4E, 5, "otter", 5);
    assert_int_equal(decode_piece(&otter_codec_quicklz, &p, 4), OTTER_E_FORMAT);
}

static void test_a_piece_length_beyond_any_buffer_is_only_a_number(void **state)
{
    (void)state;
    static const char huge[] = "\xFF\xFF\xFF\xFF\x4E\xFF\xFF\xFF\xFF\x05\x00\x00\x00otter";
    struct otter_codec_args args = { .raw_size = 5 };

    assert_int_equal(decode(&otter_codec_quicklz, huge, sizeof huge - 1, &args), OTTER_E_TRUNCATED);
    assert_int_equal(decode(&otter_codec_fastlz, "\x80\x00\x00\x00\x04otter", 10, &args), OTTER_E_TRUNCATED);
}

static void test_pieces_may_be_followed_by_padding_but_by_nothing_longer(void **state)
{
    (void)state;
    static const struct otter_codec *const codecs[] = { &otter_codec_quicklz, &otter_codec_fastlz };
    static const char *const pieces[] = { "\0\0\0\x08\x4C\x08\x05otter", "\0\0\0\x06\x04otter" };
    static const size_t lengths[] = { 12, 10 };
    struct otter_codec_args args = { .raw_size = 5 };

    for (size_t i = 0; i < 2; i++) {
        uint8_t body[64] = { 0 };

        memcpy(body, pieces[i], lengths[i]);
        for (size_t extra = 0; extra <= 16; extra++) {
            assert_int_equal(decode(codecs[i], body, lengths[i] + extra, &args), 0);
            assert_decoded("otter", 5);
        }
        assert_int_equal(decode(codecs[i], body, lengths[i] + 17, &args), OTTER_E_FORMAT);
    }
}

/* ---- gzip ---- */

#define GZIP_HEAD "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03"

static int decode_gzip(const char *bytes, size_t len)
{
    struct otter_codec_args args = { 0 };

    return decode(&otter_codec_gzip, bytes, len, &args);
}

#define GZIP(literal) decode_gzip(literal, sizeof(literal) - 1)

static void test_gzip_reads_stored_fixed_and_dynamic_blocks(void **state)
{
    (void)state;
    static const char words[] = "thheee    qqqqquiiccckkkk     brrooowwwwnnnnn ffoooxxxx     juummmppppsssss "
                                "oovvveeeerrrrr tthhheeee     laazzzyyyy     dooggg";

    assert_int_equal(GZIP(GZIP_HEAD "\x01\x05\x00\xFA\xFF\x6F\x74\x74\x65\x72\x34\x6F\x64\xCC\x05\x00\x00\x00"), 0);
    assert_decoded("otter", 5);
    assert_int_equal(GZIP(GZIP_HEAD "\xCB\x2F\x29\x49\x2D\x52\xC8\x47\x27\x01\x54\x33\xAE\x5C\x17\x00\x00\x00"), 0);
    assert_decoded("otter otter otter otter", 23);
    assert_int_equal(GZIP(GZIP_HEAD
                          "\xE5\xCD\x5B\x16\x80\x20\x08\x04\xD0\xAD\xB0\x35\x33\x7C\x54\x46\x19\x5A\xB9\xFA\x80\x6D\x74"
                          "\xFF\x86\x39\x67\xE0\x94\x10\x11\xC4\xA9\x5A\xCE\xDE\xFB\x55\xE8\x09\xA6\x5A\x89\xE8\x16\xBB"
                          "\x82\x10\x24\x3E\xC2\xDA\xA5\xB5\x52\xCA\x21\x2E\x05\x44\xBD\x77\x59\xC3\xAA\x80\x39\xD9\xB8"
                          "\xAD\xC3\xE6\xDC\x18\xE3\x15\x16\x67\xA2\x18\x23\xFF\xF8\xFB\x07\x47\x4E\xC9\x09\x7A\x01\x00"
                          "\x00"),
                     0);
    assert_int_equal(out_len, 378);
    for (int i = 0; i < 3; i++)
        assert_memory_equal(out + 126 * i, words, 126);
}

static void test_gzip_skips_the_optional_parts_of_its_header(void **state)
{
    (void)state;
    assert_int_equal(GZIP("\x1F\x8B\x08\x1E\x00\x00\x00\x00\x00\x03\x03\x00xyzname\x00"
                          "comment\x00hc\xCB\x2F\x29\x49\x2D\x02\x00\x34\x6F\x64\xCC\x05\x00\x00\x00"),
                     0);
    assert_decoded("otter", 5);
}

static void test_gzip_refuses_what_its_format_forbids(void **state)
{
    (void)state;
    assert_int_equal(GZIP("\x1F\x8C\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00"), OTTER_E_FORMAT);       /* magic */
    assert_int_equal(GZIP("\x1F\x8B\x07\x00\x00\x00\x00\x00\x00\x03\x03\x00"), OTTER_E_FORMAT);       /* method */
    assert_int_equal(GZIP("\x1F\x8B\x08\x20\x00\x00\x00\x00\x00\x03\x03\x00"), OTTER_E_FORMAT);       /* flags */
    assert_int_equal(GZIP(GZIP_HEAD "\x07"), OTTER_E_FORMAT);                                         /* block type 3 */
    assert_int_equal(GZIP(GZIP_HEAD "\x01\x05\x00\xFA\xFEotter"), OTTER_E_FORMAT);                    /* LEN != ~NLEN */
    assert_int_equal(GZIP(GZIP_HEAD "\x4B\x04\x42\x00\x00\x00\x00\x00\x00\x00\x00"), OTTER_E_FORMAT); /* too far back */
    assert_int_equal(GZIP(GZIP_HEAD "\xFD\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), OTTER_E_FORMAT);         /* 288 literals */
    assert_int_equal(GZIP(GZIP_HEAD "\x05\x00\xFE\xFF\xFF\xFF\xFF\xFF\xFF"), OTTER_E_FORMAT); /* more codes than room */
}

static void test_gzip_may_be_followed_by_padding_but_by_nothing_longer(void **state)
{
    (void)state;
    static const char stream[] = GZIP_HEAD "\x01\x05\x00\xFA\xFFotter\x34\x6F\x64\xCC\x05\x00\x00\x00"
                                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    size_t end = sizeof stream - 1 - 17;

    for (size_t extra = 0; extra <= 16; extra++) {
        assert_int_equal(decode_gzip(stream, end + extra), 0);
        assert_decoded("otter", 5);
    }
    assert_int_equal(decode_gzip(stream, end + 17), OTTER_E_FORMAT);
}

/* ---- AES ---- */

/* NIST SP 800-38A, F.2.6. */
static void test_aes256_cbc_decrypts_the_standard_s_example(void **state)
{
    (void)state;
    static const uint8_t key[] = { 0x60, 0x3D, 0xEB, 0x10, 0x15, 0xCA, 0x71, 0xBE, 0x2B, 0x73, 0xAE,
                                   0xF0, 0x85, 0x7D, 0x77, 0x81, 0x1F, 0x35, 0x2C, 0x07, 0x3B, 0x61,
                                   0x08, 0xD7, 0x2D, 0x98, 0x10, 0xA3, 0x09, 0x14, 0xDF, 0xF4 };
    static const uint8_t iv[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    static const uint8_t cipher[] = {
        0xF5, 0x8C, 0x4C, 0x04, 0xD6, 0xE5, 0xF1, 0xBA, 0x77, 0x9E, 0xAB, 0xFB, 0x5F, 0x7B, 0xFB, 0xD6,
        0x9C, 0xFC, 0x4E, 0x96, 0x7E, 0xDB, 0x80, 0x8D, 0x67, 0x9F, 0x77, 0x7B, 0xC6, 0x70, 0x2C, 0x7D,
        0x39, 0xF2, 0x33, 0x69, 0xA9, 0xD9, 0xBA, 0xCF, 0xA5, 0x30, 0xE2, 0x63, 0x04, 0x23, 0x14, 0x61,
        0xB2, 0xEB, 0x05, 0xE2, 0xC3, 0x9B, 0xE9, 0xFC, 0xDA, 0x6C, 0x19, 0x07, 0x8C, 0x6A, 0x9D, 0x1B,
    };
    static const uint8_t plain[] = {
        0x6B, 0xC1, 0xBE, 0xE2, 0x2E, 0x40, 0x9F, 0x96, 0xE9, 0x3D, 0x7E, 0x11, 0x73, 0x93, 0x17, 0x2A,
        0xAE, 0x2D, 0x8A, 0x57, 0x1E, 0x03, 0xAC, 0x9C, 0x9E, 0xB7, 0x6F, 0xAC, 0x45, 0xAF, 0x8E, 0x51,
        0x30, 0xC8, 0x1C, 0x46, 0xA3, 0x5C, 0xE4, 0x11, 0xE5, 0xFB, 0xC1, 0x19, 0x1A, 0x0A, 0x52, 0xEF,
        0xF6, 0x9F, 0x24, 0x45, 0xDF, 0x4F, 0x9B, 0x17, 0xAD, 0x2B, 0x41, 0x7B, 0xE6, 0x6C, 0x37, 0x10,
    };
    struct otter_codec_args args = { .key = key, .iv = iv, .raw_size = sizeof plain };

    assert_int_equal(decode(&otter_codec_aes256_cbc, cipher, sizeof cipher, &args), 0);
    assert_decoded(plain, sizeof plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quicklz_reads_stored_blocks),
        cmocka_unit_test(test_quicklz_reads_every_kind_of_match),
        cmocka_unit_test(test_quicklz_skips_the_control_words_among_the_last_literals),
        cmocka_unit_test(test_quicklz_refuses_what_its_format_forbids),
        cmocka_unit_test(test_quicklz_refuses_a_block_whose_size_is_not_its_piece_s),
        cmocka_unit_test(test_fastlz_reads_level_1),
        cmocka_unit_test(test_fastlz_reads_level_2),
        cmocka_unit_test(test_fastlz_refuses_what_its_format_forbids),
        cmocka_unit_test(test_fastlz_refuses_more_than_a_piece),
        cmocka_unit_test(test_a_piece_that_decodes_to_more_than_the_image_is_refused),
        cmocka_unit_test(test_a_piece_length_beyond_any_buffer_is_only_a_number),
        cmocka_unit_test(test_pieces_may_be_followed_by_padding_but_by_nothing_longer),
        cmocka_unit_test(test_gzip_reads_stored_fixed_and_dynamic_blocks),
        cmocka_unit_test(test_gzip_skips_the_optional_parts_of_its_header),
        cmocka_unit_test(test_gzip_refuses_what_its_format_forbids),
        cmocka_unit_test(test_gzip_may_be_followed_by_padding_but_by_nothing_longer),
        cmocka_unit_test(test_aes256_cbc_decrypts_the_standard_s_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
