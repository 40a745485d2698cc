/*
 * boards/console: what the programs' print can do.
 */
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "boards/board.h"
#include "boards/console.h"
#include "tests/unit/app/terminal.h"

void board_console_put(char c)
{
    terminal_put(c);
}

/* The same arguments to the C library's printf and to ours. */
#define assert_like_printf(...)                                                                                        \
    do {                                                                                                               \
        char expected[256];                                                                                            \
        snprintf(expected, sizeof expected, __VA_ARGS__);                                                              \
        terminal_clear();                                                                                              \
        console_print(__VA_ARGS__);                                                                                    \
        assert_string_equal(terminal_sent(), expected);                                                                \
    } while (0)

static void test_numbers_print_as_the_c_library_prints_them(void **state)
{
    (void)state;
    assert_like_printf("%d %d %d", 0, 1, -1);
    assert_like_printf("%d %d", INT_MAX, INT_MIN);
    assert_like_printf("%u %u", 0u, UINT_MAX);
    assert_like_printf("%x %x %x", 0u, 0xDEADBEEFu, UINT_MAX);
    assert_like_printf("%lu %lx %ld %ld", ULONG_MAX, ULONG_MAX, LONG_MAX, LONG_MIN);
    assert_like_printf("%" PRIu32 " %" PRIx32, UINT32_MAX, UINT32_MAX);
}

static void test_a_width_pads_on_the_left_by_default(void **state)
{
    (void)state;
    assert_like_printf("[%5d][%5d][%5u][%5x]", 42, -42, 42u, 42u);
    assert_like_printf("[%12s][%3c]", "text", 'c');
    assert_like_printf("[%2d][%2s]", 12345, "longer");
}

static void test_zeros_go_between_the_sign_and_the_digits(void **state)
{
    (void)state;
    assert_like_printf("[%05d][%05d][%08x][%02x]", 42, -42, 0xABCu, 0x5u);
    assert_like_printf("[%01d][%02d]", -5, -5);
    assert_like_printf("[%08lx]", 0xABCul);
}

static void test_a_minus_pads_on_the_right(void **state)
{
    (void)state;
    assert_like_printf("[%-5d][%-5d][%-16s][%-3c]", 42, -42, "name", 'c');
}

static void test_a_percent_sign_is_written_twice(void **state)
{
    (void)state;
    assert_like_printf("%d%% of %s", 37, "it");
}

static void test_a_newline_is_sent_as_cr_lf_also_in_arguments(void **state)
{
    (void)state;
    terminal_clear();
    console_print("a\n%s%c", "b\nc", '\n');
    assert_string_equal(terminal_sent(), "a\r\nb\r\nc\r\n");
}

static void test_a_bar_keeps_its_width(void **state)
{
    (void)state;
    for (uint32_t percent = 0; percent <= 100; percent++) {
        terminal_clear();
        console_bar(percent);
        assert_ptr_equal(strchr(terminal_row(), ']'), terminal_row() + 21);
    }
    assert_string_equal(terminal_row(), "[====================] 100%");
}

static void test_a_progress_line_is_redrawn_in_place_and_ended_at_100_percent(void **state)
{
    (void)state;
    terminal_clear();
    for (uint32_t done = 0; done < 1000; done++)
        console_progress("OTA Write", done, 1000);
    assert_string_equal(terminal_row(), "OTA Write: [===================>] 99%");
    console_progress("OTA Write", 1000, 1000);
    assert_string_equal(terminal_row(), "");
    assert_string_equal(terminal_row_above(), "OTA Write: [====================] 100%");
}

static void test_a_progress_line_is_sent_once_for_each_percentage(void **state)
{
    unsigned lines = 0;
    (void)state;
    terminal_clear();
    for (uint32_t done = 0; done <= 448 * 1024; done++)
        console_progress("Verify", done, 448 * 1024);
    for (const char *c = terminal_sent(); (c = strstr(c, "Verify")); c++)
        lines++;
    assert_int_equal(lines, 101);
}

static void test_progress_of_nothing_is_complete(void **state)
{
    (void)state;
    terminal_clear();
    console_progress("Empty", 0, 0);
    assert_string_equal(terminal_row_above(), "Empty: [====================] 100%");
}

static void test_progress_counts_up_to_4_gigabytes(void **state)
{
    (void)state;
    terminal_clear();
    console_progress("Large", UINT32_MAX / 2 + 1, UINT32_MAX);
    assert_non_null(strstr(terminal_row(), " 50%"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_print_as_the_c_library_prints_them),
        cmocka_unit_test(test_a_width_pads_on_the_left_by_default),
        cmocka_unit_test(test_zeros_go_between_the_sign_and_the_digits),
        cmocka_unit_test(test_a_minus_pads_on_the_right),
        cmocka_unit_test(test_a_percent_sign_is_written_twice),
        cmocka_unit_test(test_a_newline_is_sent_as_cr_lf_also_in_arguments),
        cmocka_unit_test(test_a_bar_keeps_its_width),
        cmocka_unit_test(test_a_progress_line_is_redrawn_in_place_and_ended_at_100_percent),
        cmocka_unit_test(test_a_progress_line_is_sent_once_for_each_percentage),
        cmocka_unit_test(test_progress_of_nothing_is_complete),
        cmocka_unit_test(test_progress_counts_up_to_4_gigabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
