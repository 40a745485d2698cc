/*
 * The RBL header, byte by byte.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/rbl.h"
#include "tests/sim/guard.h"
#include "tests/sim/random.h"

static const struct otter_rbl sample = {
    .cipher = OTTER_RBL_AES256,
    .compression = OTTER_RBL_QUICKLZ,
    .hash_kind = OTTER_RBL_FNV1A,
    .timestamp = 0x01020304,
    .part = "app",
    .version = "2.0.0",
    .sn = "00010203040506070809",
    .body_crc = 0x11121314,
    .raw_hash = 0x21222324,
    .raw_size = 0x31323334,
    .body_size = 0x41424344,
};

static void assert_same(const struct otter_rbl *a, const struct otter_rbl *b)
{
    assert_int_equal(a->cipher, b->cipher);
    assert_int_equal(a->compression, b->compression);
    assert_int_equal(a->hash_kind, b->hash_kind);
    assert_int_equal(a->timestamp, b->timestamp);
    assert_string_equal(a->part, b->part);
    assert_string_equal(a->version, b->version);
    assert_string_equal(a->sn, b->sn);
    assert_int_equal(a->body_crc, b->body_crc);
    assert_int_equal(a->raw_hash, b->raw_hash);
    assert_int_equal(a->raw_size, b->raw_size);
    assert_int_equal(a->body_size, b->body_size);
}

static void test_fields_lie_where_the_format_puts_them(void **state)
{
    (void)state;
    uint8_t bytes[96];

    otter_rbl_encode(&sample, bytes);
    assert_memory_equal(bytes, "RBL\0\x02\x02\x00\x00\x04\x03\x02\x01", 12);
    assert_memory_equal(bytes + 12, "app\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(bytes + 28, "2.0.0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
    assert_memory_equal(bytes + 52, "00010203040506070809\0\0\0\0", 24);
    assert_memory_equal(bytes + 76, "\x14\x13\x12\x11\x24\x23\x22\x21\x34\x33\x32\x31\x44\x43\x42\x41", 16);
    assert_int_equal(otter_le32(bytes + 92), otter_hash32_of(&otter_crc32, bytes, 92));
}

static void test_what_was_encoded_is_decoded(void **state)
{
    (void)state;
    uint32_t seed = 77;

    for (int round = 0; round < 1000; round++) {
        struct otter_rbl in = sample, out;
        uint8_t bytes[96];

        in.cipher = sim_random_below(&seed, 16);
        in.compression = sim_random_below(&seed, 16);
        in.hash_kind = (uint16_t)sim_random(&seed);
        in.timestamp = sim_random(&seed);
        in.raw_size = sim_random(&seed);
        in.body_size = sim_random(&seed);
        memset(in.part, 'p', sim_random_below(&seed, 17));
        memset(in.version, 'v', sim_random_below(&seed, 25));
        memset(in.sn, 's', sim_random_below(&seed, 25));
        otter_rbl_encode(&in, bytes);
        memset(&out, 0xEE, sizeof out);
        assert_int_equal(otter_rbl_decode(bytes, &out), 0);
        assert_same(&in, &out);
    }
}

/* Its 96 bytes end before an unreadable page, and its text fields lack their NULs. */
static void test_nothing_behind_the_header_is_read_or_written(void **state)
{
    (void)state;
    struct sim_guard guard = sim_guard_new(96);
    struct otter_rbl in = sample, out;
    uint8_t blank[96] = { 0 };
    uint8_t *bytes = sim_guard_copy(&guard, blank, sizeof blank);

    memset(in.part, 'p', 16);
    memset(in.version, 'v', 24);
    memset(in.sn, 's', 24);
    otter_rbl_encode(&in, bytes);
    assert_int_equal(otter_rbl_decode(bytes, &out), 0);
    assert_same(&in, &out);
    sim_guard_free(&guard);
}

static void test_any_flipped_bit_makes_it_no_package(void **state)
{
    (void)state;
    uint8_t bytes[96];
    struct otter_rbl h;

    otter_rbl_encode(&sample, bytes);
    for (int bit = 0; bit < 96 * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(otter_rbl_decode(bytes, &h), OTTER_E_NO_PACKAGE);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(otter_rbl_decode(bytes, &h), 0);
}

static void test_a_wrong_magic_with_a_right_crc_is_no_package(void **state)
{
    (void)state;
    uint8_t bytes[96];
    struct otter_rbl h;

    otter_rbl_encode(&sample, bytes);
    bytes[3] = 'x';
    otter_put_le32(bytes + 92, otter_hash32_of(&otter_crc32, bytes, 92));
    assert_int_equal(otter_rbl_decode(bytes, &h), OTTER_E_NO_PACKAGE);
}

static void test_erased_or_zeroed_flash_is_no_package(void **state)
{
    (void)state;
    uint8_t bytes[96];
    struct otter_rbl h;

    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(otter_rbl_decode(bytes, &h), OTTER_E_NO_PACKAGE);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(otter_rbl_decode(bytes, &h), OTTER_E_NO_PACKAGE);
}

static void test_text_fields_without_a_nul_end_with_one_here(void **state)
{
    (void)state;
    uint8_t bytes[96];
    struct otter_rbl h;

    otter_rbl_encode(&sample, bytes);
    memset(bytes + 12, 'p', 16);
    memset(bytes + 28, 'v', 24);
    memset(bytes + 52, 's', 24);
    otter_put_le32(bytes + 92, otter_hash32_of(&otter_crc32, bytes, 92));
    memset(&h, 0xEE, sizeof h);
    assert_int_equal(otter_rbl_decode(bytes, &h), 0);
    assert_string_equal(h.part, "pppppppppppppppp");
    assert_string_equal(h.version, "vvvvvvvvvvvvvvvvvvvvvvvv");
    assert_string_equal(h.sn, "ssssssssssssssssssssssss");
}

static void test_text_longer_than_its_field_is_cut_and_its_neighbour_whole(void **state)
{
    (void)state;
    uint8_t bytes[96];
    struct otter_rbl in = sample;

    memset(in.part, 'p', 16);
    memset(in.version, 'v', 24);
    otter_rbl_encode(&in, bytes);
    assert_memory_equal(bytes + 12, "ppppppppppppppppvvvvvvvvvvvvvvvvvvvvvvvv0001", 44);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_lie_where_the_format_puts_them),
        cmocka_unit_test(test_what_was_encoded_is_decoded),
        cmocka_unit_test(test_nothing_behind_the_header_is_read_or_written),
        cmocka_unit_test(test_any_flipped_bit_makes_it_no_package),
        cmocka_unit_test(test_a_wrong_magic_with_a_right_crc_is_no_package),
        cmocka_unit_test(test_erased_or_zeroed_flash_is_no_package),
        cmocka_unit_test(test_text_fields_without_a_nul_end_with_one_here),
        cmocka_unit_test(test_text_longer_than_its_field_is_cut_and_its_neighbour_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
