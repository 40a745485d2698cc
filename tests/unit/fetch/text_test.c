/*
 * Text without printf.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "fetch/text.h"
#include "tests/sim/guard.h"

static void test_text_shows_strings_and_numbers(void **state)
{
    (void)state;
    char text[80];

    otter_text(text, sizeof text, "%s: %u of %u, CRC-32 %x, 100%%", "app", 0u, 4294967295u, 0xBEEFu);
    assert_string_equal(text, "app: 0 of 4294967295, CRC-32 0000BEEF, 100%");
}

static void test_text_is_cut_where_the_room_ends(void **state)
{
    (void)state;
    struct sim_guard guard = sim_guard_new(16);
    char *room = (char *)sim_guard_copy(&guard, "xxxxxxxx", 8);

    otter_text(room, 8, "%s", "0123456789");
    assert_string_equal(room, "0123456");
    otter_text(room + 7, 1, "%u", 5u);
    assert_string_equal(room + 7, "");
    sim_guard_free(&guard);
}

static void test_text_from_the_network_cannot_steer_a_terminal(void **state)
{
    (void)state;
    char text[40];

    otter_text(text, sizeof text, "'%s'", "a\x1B[2J\r\n\x7F\xC3\xA4z");
    assert_string_equal(text, "'a?[2J?????z'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_shows_strings_and_numbers),
        cmocka_unit_test(test_text_is_cut_where_the_room_ends),
        cmocka_unit_test(test_text_from_the_network_cannot_steer_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
