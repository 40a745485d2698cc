/*
 * Intel HEX as programmers read it.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/hex.h"

static char *text;
static size_t text_size;

static void assert_hex(uint32_t addr, const void *data, size_t len, const char *expected)
{
    FILE *out = open_memstream(&text, &text_size);

    hex_write(out, addr, data, len);
    hex_end(out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void a_line_adds_up_to_zero_and_the_last_one_ends_the_file(void **state)
{
    const uint8_t data[] = { 0x02, 0x33, 0x7A };

    (void)state;
    assert_hex(0x00000030, data, sizeof data,
               ":020000040000FA\n"
               ":0300300002337A1E\n"
               ":00000001FF\n");
}

static void the_upper_half_of_an_address_stands_before_its_lines(void **state)
{
    (void)state;
    assert_hex(0x21010000, "\x01", 1,
               ":020000042101D8\n"
               ":0100000001FE\n"
               ":00000001FF\n");
}

static void no_line_crosses_into_the_next_segment(void **state)
{
    (void)state;
    assert_hex(0x0800FFFE, "\x11\x22\x33\x44", 4,
               ":020000040800F2\n"
               ":02FFFE001122CE\n"
               ":020000040801F1\n"
               ":02000000334487\n"
               ":00000001FF\n");
}

static void an_end_on_a_segments_border_needs_no_further_address(void **state)
{
    (void)state;
    assert_hex(0x0800FFFF, "\x11", 1,
               ":020000040800F2\n"
               ":01FFFF0011F0\n"
               ":00000001FF\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_adds_up_to_zero_and_the_last_one_ends_the_file),
        cmocka_unit_test(the_upper_half_of_an_address_stands_before_its_lines),
        cmocka_unit_test(no_line_crosses_into_the_next_segment),
        cmocka_unit_test(an_end_on_a_segments_border_needs_no_further_address),
    };

    return cmocka_run_group_tests_name("cli/hex", tests, NULL, NULL);
}
