/*
 * Streams, hashes and work memory: the small things that everything else stands on.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "core/hash.h"
#include "core/mem.h"
#include "tests/sim/flash.h"
#include "tests/sim/random.h"
#include "tests/sim/source.h"

static uint8_t data[1000], seen[2000];

static int setup(void **state)
{
    uint32_t seed = 5;

    (void)state;
    sim_random_fill(&seed, data, sizeof data);
    memset(seen, 0, sizeof seen);
    return 0;
}

static void test_read_all_joins_short_reads(void **state)
{
    (void)state;
    struct sim_source s;

    sim_source_init(&s, data, sizeof data);
    s.most = 7;
    assert_int_equal(otter_stream_read_all(&s.stream, seen, 999), 0);
    assert_memory_equal(seen, data, 999);
    assert_int_equal(otter_stream_read_all(&s.stream, seen, 2), OTTER_E_TRUNCATED);
    assert_int_equal(otter_stream_read_all(&s.stream, seen, 0), 0);
}

static void test_read_all_passes_an_error_on(void **state)
{
    (void)state;
    struct sim_source s;

    sim_source_init(&s, data, sizeof data);
    s.fail_at = 500;
    s.err = OTTER_E_TIMEOUT;
    assert_int_equal(otter_stream_read_all(&s.stream, seen, sizeof data), OTTER_E_TIMEOUT);
    assert_memory_equal(seen, data, 500);
}

static void test_a_partition_stream_gives_its_stretch_and_no_more(void **state)
{
    (void)state;
    struct sim_power power;
    struct sim_flash sim;
    struct otter_part part = { "part", &sim.flash, 1024, 1024, 0 };
    struct otter_part_stream s;
    size_t len;

    sim_power_init(&power, 1);
    sim_flash_init(&sim, "sim", 0, &(struct sim_geometry){ 2048, 1024, 8, false }, &power);
    sim_flash_load(&sim, 1024, data, sizeof data);
    for (size_t most = 0; most < 1100; most += 1 + most / 2) {
        otter_part_stream_init(&s, &part, 100, 800);
        assert_int_equal(sim_read_to_end(&s.stream, (struct sim_reader){ most, 9 }, seen, sizeof seen, &len), 0);
        assert_int_equal(len, 800);
        assert_memory_equal(seen, data + 100, len);
        assert_int_equal(otter_stream_read(&s.stream, seen, 1), 0);
    }

    power.fault_read = power.reads + 1;
    otter_part_stream_init(&s, &part, 0, 1024);
    assert_int_equal(otter_stream_read(&s.stream, seen, 10), OTTER_E_IO);
    otter_part_stream_init(&s, &part, 1000, 100);
    assert_int_equal(otter_stream_read(&s.stream, seen, 100), OTTER_E_RANGE);
    assert_int_equal(sim.violations, 0);
    sim_flash_free(&sim);
}

static void test_crc32_knows_its_answers(void **state)
{
    (void)state;
    assert_int_equal(otter_hash32_of(&otter_crc32, "123456789", 9), 0xCBF43926);
    assert_int_equal(otter_hash32_of(&otter_crc32, "", 0), 0);
    assert_int_equal(otter_hash32_of(&otter_crc32, "a", 1), 0xE8B7BE43);
    assert_int_equal(otter_hash32_of(&otter_crc32, "\xFF\xFF\xFF\xFF", 4), 0xFFFFFFFF);
    assert_int_equal(otter_hash32_of(&otter_crc32, "The quick brown fox jumps over the lazy dog", 43), 0x414FA339);
}

/* The FNV authors' own vectors, RFC 9923. */
static void test_fnv1a_knows_its_answers(void **state)
{
    (void)state;
    assert_int_equal(otter_hash32_of(&otter_fnv1a, "", 0), 0x811C9DC5);
    assert_int_equal(otter_hash32_of(&otter_fnv1a, "a", 1), 0xE40C292C);
    assert_int_equal(otter_hash32_of(&otter_fnv1a, "foobar", 6), 0xBF9CF968);
    assert_int_equal(otter_hash32_of(&otter_fnv1a, "chongo was here!\n", 17), 0xD49930D5);
}

static void test_a_hash_stage_changes_nothing_and_hashes_all(void **state)
{
    (void)state;
    static const struct otter_hash *const hashes[] = { &otter_crc32, &otter_fnv1a, &otter_sha256 };
    uint8_t digest[OTTER_HASH_MAX];

    for (size_t i = 0; i < 3; i++) {
        otter_hash_of(hashes[i], data, sizeof data, digest);
        for (size_t most = 0; most < 1100; most += 1 + most / 2) {
            struct sim_source src;
            struct otter_hash_stream s;
            size_t len;

            sim_source_init(&src, data, sizeof data);
            otter_hash_stream_init(&s, &src.stream, hashes[i]);
            assert_int_equal(sim_read_to_end(&s.stream, (struct sim_reader){ most, 3 }, seen, sizeof seen, &len), 0);
            assert_int_equal(len, sizeof data);
            assert_memory_equal(seen, data, len);
            assert_int_equal(s.count, sizeof data);
            assert_true(otter_hash_stream_matches(&s, digest));
        }
    }
}

static void test_a_hash_stage_sees_every_flipped_bit_of_a_digest(void **state)
{
    (void)state;
    uint8_t digest[OTTER_HASH_MAX];

    otter_hash_of(&otter_sha256, data, 500, digest);
    for (int bit = 0; bit < 256; bit++) {
        struct sim_source src;
        struct otter_hash_stream s;
        size_t len;

        digest[bit / 8] ^= (uint8_t)(1 << bit % 8);
        sim_source_init(&src, data, 500);
        otter_hash_stream_init(&s, &src.stream, &otter_sha256);
        assert_int_equal(sim_read_to_end(&s.stream, (struct sim_reader){ 99, 3 }, seen, sizeof seen, &len), 0);
        assert_false(otter_hash_stream_matches(&s, digest));
        digest[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_a_hash_stage_passes_errors_on(void **state)
{
    (void)state;
    struct sim_source src;
    struct otter_hash_stream s;
    uint8_t digest[4];
    size_t len;

    sim_source_init(&src, data, sizeof data);
    src.fail_at = 321;
    src.err = OTTER_E_IO;
    otter_hash_stream_init(&s, &src.stream, &otter_crc32);
    assert_int_equal(sim_read_to_end(&s.stream, (struct sim_reader){ 50, 3 }, seen, sizeof seen, &len), OTTER_E_IO);
    assert_int_equal(len, 321);
    assert_int_equal(otter_stream_read(&s.stream, seen, 1), OTTER_E_IO);
    otter_hash_of(&otter_crc32, data, 321, digest);
    assert_true(otter_hash_stream_matches(&s, digest));
}

static void test_work_memory_is_aligned_and_ends(void **state)
{
    (void)state;
    _Alignas(8) uint8_t room[64];

    for (size_t start = 0; start < 8; start++) {
        struct otter_mem mem = { room + start, sizeof room - start };
        uint8_t *a = otter_mem_take(&mem, 3);
        uint8_t *b = otter_mem_take(&mem, 8);

        assert_non_null(a);
        assert_int_equal((uintptr_t)a % OTTER_MEM_ALIGN, 0);
        assert_int_equal((uintptr_t)b % OTTER_MEM_ALIGN, 0);
        assert_true(b >= a + 3);
        assert_null(otter_mem_take(&mem, sizeof room));
        assert_null(otter_mem_take(&mem, SIZE_MAX));
        struct otter_mem mark = mem;
        assert_non_null(otter_mem_take(&mem, mem.left));
        assert_null(otter_mem_take(&mem, 1));
        assert_non_null(otter_mem_take(&mark, 1));
    }
}

static void test_errors_have_words(void **state)
{
    (void)state;
    static const int errors[] = {
        OTTER_OK,          OTTER_E_IO,          OTTER_E_TIMEOUT,  OTTER_E_CLOSED,     OTTER_E_CANCELED,
        OTTER_E_PROTOCOL,  OTTER_E_RANGE,       OTTER_E_ALIGN,    OTTER_E_NOT_ERASED, OTTER_E_NO_MEMORY,
        OTTER_E_NOT_FOUND, OTTER_E_DENIED,      OTTER_E_CONFIG,   OTTER_E_ARGUMENT,   OTTER_E_NO_PACKAGE,
        OTTER_E_FORMAT,    OTTER_E_UNSUPPORTED, OTTER_E_CHECKSUM, OTTER_E_HASH,       OTTER_E_TRUNCATED,
        OTTER_E_TOO_LARGE, OTTER_E_DESTINATION, OTTER_E_VECTORS,
    };
    enum { COUNT = sizeof errors / sizeof *errors };

    for (size_t i = 0; i < COUNT; i++) {
        const char *words = otter_strerror(errors[i]);

        assert_true(strlen(words) > 1 && words[strlen(words) - 1] != '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(words, otter_strerror(errors[j]));
    }
    assert_non_null(otter_strerror(-1000));
    assert_non_null(otter_strerror(1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_all_joins_short_reads),
        cmocka_unit_test(test_read_all_passes_an_error_on),
        cmocka_unit_test(test_a_partition_stream_gives_its_stretch_and_no_more),
        cmocka_unit_test(test_crc32_knows_its_answers),
        cmocka_unit_test(test_fnv1a_knows_its_answers),
        cmocka_unit_test(test_a_hash_stage_changes_nothing_and_hashes_all),
        cmocka_unit_test(test_a_hash_stage_sees_every_flipped_bit_of_a_digest),
        cmocka_unit_test(test_a_hash_stage_passes_errors_on),
        cmocka_unit_test(test_work_memory_is_aligned_and_ends),
        cmocka_unit_test(test_errors_have_words),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
