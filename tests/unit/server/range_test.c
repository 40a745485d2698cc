/*
 * Ranges: exactly the bytes that were asked for, and the whole file where the question makes no sense.
 */
#include "tests/sim/test.h"

#include <inttypes.h>

#include "server/range.h"

enum { SIZE = 1000 };

static void assert_part(const char *value, uint64_t size, uint64_t first, uint64_t length)
{
    uint64_t got_first = 0, got_length = 0;
    if (otter_range_parse(value, size, &got_first, &got_length) != OTTER_RANGE_PART)
        fail_msg("'%s' is no part", value);
    if (got_first != first || got_length != length)
        fail_msg("'%s' gave %" PRIu64 " bytes at %" PRIu64, value, got_length, got_first);
}

static void assert_kind(const char *value, uint64_t size, enum otter_range want)
{
    uint64_t first = 42, length = 42;
    if (otter_range_parse(value, size, &first, &length) != want)
        fail_msg("'%s' of %" PRIu64 " bytes", value, size);
    assert_true(first == 42 && length == 42);
}

static void test_a_range_names_its_first_and_last_byte(void **state)
{
    (void)state;
    assert_part("bytes=0-0", SIZE, 0, 1);
    assert_part("bytes=0-999", SIZE, 0, 1000);
    assert_part("bytes=5-9", SIZE, 5, 5);
    assert_part("bytes=999-999", SIZE, 999, 1);
    assert_part("bytes=007-0010", SIZE, 7, 4);
}

static void test_a_range_may_be_open_at_its_end(void **state)
{
    (void)state;
    assert_part("bytes=0-", SIZE, 0, 1000);
    assert_part("bytes=999-", SIZE, 999, 1);
    assert_part("bytes=400- ", SIZE, 400, 600);
}

static void test_a_suffix_counts_from_the_end(void **state)
{
    (void)state;
    assert_part("bytes=-1", SIZE, 999, 1);
    assert_part("bytes=-1000", SIZE, 0, 1000);
    assert_part("bytes=-5000", SIZE, 0, 1000);
}

static void test_the_end_is_cut_at_the_files_end(void **state)
{
    (void)state;
    assert_part("bytes=990-2000", SIZE, 990, 10);
    assert_part("bytes=990-1000", SIZE, 990, 10);
    assert_part("bytes=0-18446744073709551615", SIZE, 0, 1000);
    assert_part("bytes=0-18446744073709551616", SIZE, 0, 1000);
    assert_part("bytes=1-99999999999999999999999999", SIZE, 1, 999);
    assert_part("bytes=-99999999999999999999999999", SIZE, 0, 1000);
    assert_part("bytes=4294967296-4294967297", UINT64_C(1) << 33, UINT64_C(1) << 32, 2);
}

static void test_the_units_name_is_no_matter_of_case(void **state)
{
    (void)state;
    assert_part("Bytes=1-2", SIZE, 1, 2);
    assert_part("BYTES= 1-2", SIZE, 1, 2);
}

static void test_a_range_past_the_end_cannot_be_satisfied(void **state)
{
    static const char *const values[] = { "bytes=1000-",
                                          "bytes=1000-1000",
                                          "bytes=-0",
                                          "bytes=18446744073709551615-",
                                          "bytes=18446744073709551616-",
                                          "bytes=99999999999999999999999-" };
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_kind(values[i], SIZE, OTTER_RANGE_UNSATISFIABLE);
    assert_kind("bytes=0-", 0, OTTER_RANGE_UNSATISFIABLE);
    assert_kind("bytes=0-0", 0, OTTER_RANGE_UNSATISFIABLE);
    assert_kind("bytes=-0", 0, OTTER_RANGE_UNSATISFIABLE);
}

static void test_nonsense_and_several_ranges_mean_the_whole_file(void **state)
{
    static const char *const values[] = {
        "",           "bytes",      "bytes=",      "bytes=-",    "bytes=--1",   "bytes=a-b",
        "bytes=5",    "bytes=5-4",  "bytes=0-1,",  "bytes=0x1-", "bytes=0-1,5", "bytes=0-1,3-4",
        "bytes=,0-1", "bytes=1-2x", "bytes=-5-6",  "bytes=+1-2", "items=0-1",   "bytes 0-1",
        "bytes=1 -2", "bytes=1- 2", "bytes=1-2-3", " bytes=0-1", "bytes=- 5",   "bytes=-5,",
    };
    (void)state;
    assert_kind(NULL, SIZE, OTTER_RANGE_WHOLE);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_kind(values[i], SIZE, OTTER_RANGE_WHOLE);
    assert_kind("bytes=-5", 0, OTTER_RANGE_WHOLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_range_names_its_first_and_last_byte),
        cmocka_unit_test(test_a_range_may_be_open_at_its_end),
        cmocka_unit_test(test_a_suffix_counts_from_the_end),
        cmocka_unit_test(test_the_end_is_cut_at_the_files_end),
        cmocka_unit_test(test_the_units_name_is_no_matter_of_case),
        cmocka_unit_test(test_a_range_past_the_end_cannot_be_satisfied),
        cmocka_unit_test(test_nonsense_and_several_ranges_mean_the_whole_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
