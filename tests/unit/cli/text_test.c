/*
 * Text of unknown origin: it neither steers a terminal nor ends a JSON string, and a mistyped name finds its neighbour.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"

static char *printed(void (*print)(FILE *out, const char *text), const char *text)
{
    char *result = NULL;
    size_t size;
    FILE *out = open_memstream(&result, &size);

    print(out, text);
    fclose(out);
    return result;
}

static void assert_prints(void (*print)(FILE *out, const char *text), const char *text, const char *expected)
{
    char *result = printed(print, text);

    assert_string_equal(result, expected);
    free(result);
}

static void plain_text_and_other_scripts_are_printed_as_they_are(void **state)
{
    (void)state;
    assert_prints(text_print, "wifi_image 1.1~\"\\", "wifi_image 1.1~\"\\");
    assert_prints(text_print, "固件 é €", "固件 é €");
    assert_prints(text_print, "\xF0\x9F\xA6\xA6", "\xF0\x9F\xA6\xA6");
}

static void what_could_steer_a_terminal_is_printed_as_numbers(void **state)
{
    (void)state;
    assert_prints(text_print, "a\033[2Jb", "a\\x1b[2Jb");
    assert_prints(text_print, "a\r\n\t\x7F", "a\\x0d\\x0a\\x09\\x7f");
    assert_prints(text_print, "\xC2\x9B", "\\xc2\\x9b");          /* U+009B: another way to write ESC [ */
    assert_prints(text_print, "\xE2\x80\xAE", "\\xe2\\x80\\xae"); /* U+202E: turns the direction */
}

static void bytes_that_are_not_utf8_are_printed_as_numbers(void **state)
{
    static const char *const bad[][2] = {
        { "\x80", "\\x80" },                                     /* no first byte */
        { "\xC3", "\\xc3" },                                     /* cut */
        { "\xC3(", "\\xc3(" },                                   /* no second byte */
        { "\xC0\xAF", "\\xc0\\xaf" },                            /* longer than needed */
        { "\xE0\x80\xAF", "\\xe0\\x80\\xaf" },                   /* longer than needed */
        { "\xED\xA0\x80", "\\xed\\xa0\\x80" },                   /* a surrogate */
        { "\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },          /* beyond U+10FFFF */
        { "\xF8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80" }, /* five bytes */
        { "\xFF\xFE", "\\xff\\xfe" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_prints(text_print, bad[i][0], bad[i][1]);
}

static void json_strings_hold_whatever_they_are_given(void **state)
{
    (void)state;
    assert_prints(text_print_json, "", "\"\"");
    assert_prints(text_print_json, "a\"b\\c/", "\"a\\\"b\\\\c/\"");
    assert_prints(text_print_json, "\n\x1B\x7F", "\"\\u000a\\u001b\\u007f\"");
    assert_prints(text_print_json, "固\xFFz", "\"固\\ufffdz\"");
    assert_prints(text_print_json, "\xE2\x80\xA8", "\"\\u2028\"");
}

static void distance_counts_the_edits_between_two_words(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_int_equal(text_distance("pakc", "pack"), 2);
    assert_true(text_distance("abcdefghijabcdefghijabcdefghijabcdefghij", "a") > 3);
}

static void a_mistyped_name_finds_its_neighbour_and_a_strange_one_none(void **state)
{
    static const char *const names[] = { "pack", "unpack", "verify", NULL };

    (void)state;
    assert_string_equal(text_nearest("pakc", names), "pack");
    assert_string_equal(text_nearest("unpakc", names), "unpack");
    assert_string_equal(text_nearest("verfiy", names), "verify");
    assert_null(text_nearest("install", names));
    assert_null(text_nearest("", names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_other_scripts_are_printed_as_they_are),
        cmocka_unit_test(what_could_steer_a_terminal_is_printed_as_numbers),
        cmocka_unit_test(bytes_that_are_not_utf8_are_printed_as_numbers),
        cmocka_unit_test(json_strings_hold_whatever_they_are_given),
        cmocka_unit_test(distance_counts_the_edits_between_two_words),
        cmocka_unit_test(a_mistyped_name_finds_its_neighbour_and_a_strange_one_none),
    };

    return cmocka_run_group_tests_name("cli/text", tests, NULL, NULL);
}
