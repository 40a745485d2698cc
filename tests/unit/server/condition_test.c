/*
 * Conditions: a client gets a file again only if it has changed, and never pieces of two files.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "server/condition.h"

static const char etag[] = "\"0123456789abcdef\"";
static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT", earlier[] = "Sun, 06 Nov 1994 08:49:36 GMT",
                  later[] = "Sun, 06 Nov 1994 08:49:38 GMT";
static const time_t mtime = 784111777;

static void test_a_date_is_written_as_http_wants_it(void **state)
{
    char text[OTTER_HTTP_DATE_SIZE];
    (void)state;
    otter_http_date_make(mtime, text);
    assert_string_equal(text, date);
    otter_http_date_make(0, text);
    assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
    otter_http_date_make(1709164799 + 86400, text);
    assert_string_equal(text, "Thu, 29 Feb 2024 23:59:59 GMT");
}

static void test_a_date_is_read_in_all_three_formats(void **state)
{
    static const char *const dates[] = { date, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994" };
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        time_t time = 0;
        assert_true(otter_http_date_parse(dates[i], &time));
        assert_int_equal(time, mtime);
    }
}

static void test_what_is_no_date_is_not_read(void **state)
{
    static const char *const dates[] = { "",
                                         "yesterday",
                                         "Sun, 06 Nov 1994 08:49:37",
                                         "Sun, 06 Nov 1994 08:49:37 GMT+1",
                                         "Sun, 32 Nov 1994 08:49:37 GMT",
                                         "784111777" };
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        time_t time = 0;
        if (otter_http_date_parse(dates[i], &time))
            fail_msg("'%s' was read", dates[i]);
    }
}

static void test_the_etag_changes_with_whatever_tells_of_other_bytes(void **state)
{
    const struct stat one = { .st_dev = 1, .st_ino = 2, .st_size = 3, .st_mtim = { 4, 5 }, .st_ctim = { 6, 7 } };
    struct stat others[7];
    char first[OTTER_ETAG_SIZE], other[OTTER_ETAG_SIZE];
    (void)state;
    for (int i = 0; i < 7; i++)
        others[i] = one;
    others[0].st_dev++;
    others[1].st_ino++;
    others[2].st_size++;
    others[3].st_mtim.tv_sec++;
    others[4].st_mtim.tv_nsec++;
    others[5].st_ctim.tv_sec++;
    others[6].st_ctim.tv_nsec++;
    otter_etag_make(&one, first);
    for (int i = 0; i < 7; i++) {
        otter_etag_make(&others[i], other);
        assert_string_not_equal(first, other);
    }
    otter_etag_make(&one, other);
    assert_string_equal(first, other);
    assert_int_equal(strlen(first), OTTER_ETAG_SIZE - 1);
    assert_true(first[0] == '"' && first[OTTER_ETAG_SIZE - 2] == '"');
}

static unsigned check(struct otter_conditions conditions)
{
    return otter_conditions_check(&conditions, etag, mtime);
}

static void test_no_condition_means_go_on(void **state)
{
    (void)state;
    assert_int_equal(check((struct otter_conditions){ 0 }), 0);
}

static void test_a_client_that_has_the_file_does_not_get_it_again(void **state)
{
    static const char *const lists[] = { etag,
                                         "*",
                                         "W/\"0123456789abcdef\"",
                                         "\"a\", \"0123456789abcdef\"",
                                         "\"a\",W/\"b\" ,,W/\"0123456789abcdef\",\"c\"",
                                         "\"a,b\", \"0123456789abcdef\"" };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_int_equal(check((struct otter_conditions){ .if_none_match = lists[i] }), 304);
    assert_int_equal(check((struct otter_conditions){ .if_modified_since = date }), 304);
    assert_int_equal(check((struct otter_conditions){ .if_modified_since = later }), 304);
}

static void test_a_client_that_has_another_file_gets_this_one(void **state)
{
    static const char *const lists[] = { "",
                                         "\"a\"",
                                         "0123456789abcdef",
                                         "\"0123456789abcdef",
                                         "\"0123456789abcdeF\"",
                                         "\"0123456789abcdef \"",
                                         "W/",
                                         "\"",
                                         "nonsense, \"0123456789abcdef\"" };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_int_equal(check((struct otter_conditions){ .if_none_match = lists[i] }), 0);
    assert_int_equal(check((struct otter_conditions){ .if_modified_since = earlier }), 0);
    assert_int_equal(check((struct otter_conditions){ .if_modified_since = "nonsense" }), 0);
}

static void test_a_tag_outweighs_the_date_beside_it(void **state)
{
    (void)state;
    assert_int_equal(check((struct otter_conditions){ .if_none_match = "\"a\"", .if_modified_since = later }), 0);
    assert_int_equal(check((struct otter_conditions){ .if_match = etag, .if_unmodified_since = earlier }), 0);
}

static void test_a_client_that_wants_this_file_alone_is_told_when_it_has_changed(void **state)
{
    (void)state;
    assert_int_equal(check((struct otter_conditions){ .if_match = "\"a\"" }), 412);
    assert_int_equal(check((struct otter_conditions){ .if_match = "W/\"0123456789abcdef\"" }), 412);
    assert_int_equal(check((struct otter_conditions){ .if_unmodified_since = earlier }), 412);
    assert_int_equal(check((struct otter_conditions){ .if_match = "*" }), 0);
    assert_int_equal(check((struct otter_conditions){ .if_match = "\"a\", \"0123456789abcdef\"" }), 0);
    assert_int_equal(check((struct otter_conditions){ .if_unmodified_since = date }), 0);
}

static bool allowed(const char *if_range)
{
    return otter_conditions_allow_range(&(struct otter_conditions){ .if_range = if_range }, etag, mtime);
}

static void test_a_range_continues_exactly_the_file_that_was_begun(void **state)
{
    (void)state;
    assert_true(allowed(NULL));
    assert_true(allowed(etag));
    assert_true(allowed(date));
    assert_false(allowed("\"a\""));
    assert_false(allowed("W/\"0123456789abcdef\""));
    assert_false(allowed("*"));
    assert_false(allowed(earlier));
    assert_false(allowed(later));
    assert_false(allowed(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_date_is_written_as_http_wants_it),
        cmocka_unit_test(test_a_date_is_read_in_all_three_formats),
        cmocka_unit_test(test_what_is_no_date_is_not_read),
        cmocka_unit_test(test_the_etag_changes_with_whatever_tells_of_other_bytes),
        cmocka_unit_test(test_no_condition_means_go_on),
        cmocka_unit_test(test_a_client_that_has_the_file_does_not_get_it_again),
        cmocka_unit_test(test_a_client_that_has_another_file_gets_this_one),
        cmocka_unit_test(test_a_tag_outweighs_the_date_beside_it),
        cmocka_unit_test(test_a_client_that_wants_this_file_alone_is_told_when_it_has_changed),
        cmocka_unit_test(test_a_range_continues_exactly_the_file_that_was_begun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
