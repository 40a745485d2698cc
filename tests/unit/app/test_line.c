/*
 * app/line: what a user types, and what the terminal then shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/line.h"
#include "tests/unit/app/terminal.h"

#define LEFT   "\x1B[D"
#define RIGHT  "\x1B[C"
#define UP     "\x1B[A"
#define DOWN   "\x1B[B"
#define HOME   "\x1B[H"
#define END    "\x1B[F"
#define DELETE "\x1B[3~"
#define CTRL_A "\x01"
#define CTRL_C "\x03"
#define CTRL_E "\x05"
#define CTRL_K "\x0B"
#define CTRL_U "\x15"
#define PROMPT "msh >"

static struct line line;
static char entered[LINE_SIZE]; /* the last line that was given */
static unsigned lines;

static const char *complete(const char *start, size_t len, unsigned n)
{
    static const char *const commands[] = { "ifconfig", "free", "fal", "http_ota", "http_get", "help", NULL };
    for (const char *const *c = commands; *c; c++)
        if (!strncmp(*c, start, len) && n-- == 0)
            return *c;
    return NULL;
}

static int set_up(void **state)
{
    (void)state;
    terminal_clear();
    entered[0] = '\0';
    lines = 0;
    line_init(&line, PROMPT, terminal_put, complete);
    return 0;
}

static void type(const char *keys)
{
    for (; *keys; keys++) {
        char *given = line_feed(&line, *keys);
        if (!given)
            continue;
        strcpy(entered, given);
        lines++;
        strcpy(given, "changed"); /* the caller may */
        line_prompt(&line);
    }
}

static void assert_entered(const char *expected)
{
    type("\r");
    assert_string_equal(entered, expected);
}

/* The row with `|` where the cursor is. */
static void assert_shown(const char *expected)
{
    char row[2 * LINE_SIZE];
    size_t column = terminal_column();
    assert_in_range(column, 0, strlen(terminal_row()));
    strcpy(row, terminal_row());
    memmove(row + column + 1, row + column, strlen(row + column) + 1);
    row[column] = '|';
    assert_string_equal(row, expected);
}

/* ---- ends of lines ---- */

static void test_what_is_typed_is_shown_after_the_prompt_and_entered(void **state)
{
    (void)state;
    assert_shown("msh >|");
    type("version");
    assert_shown("msh >version|");
    assert_entered("version");
    assert_shown("msh >|");
    assert_string_equal(terminal_row_above(), "msh >version");
}

static void test_cr_and_lf_and_cr_lf_each_end_one_line(void **state)
{
    (void)state;
    type("a\rb\nc\r\nd\r\n");
    assert_int_equal(lines, 4);
    assert_string_equal(entered, "d");
    type("\n");
    assert_int_equal(lines, 5);
    type("\r\r");
    assert_int_equal(lines, 7);
}

static void test_enter_ends_the_line_wherever_the_cursor_is(void **state)
{
    (void)state;
    type("free" HOME);
    assert_entered("free");
}

static void test_ctrl_c_gives_the_line_up(void **state)
{
    (void)state;
    type("fal erase 0 4096" CTRL_C);
    assert_int_equal(lines, 0);
    assert_string_equal(terminal_row_above(), "msh >fal erase 0 4096^C");
    assert_shown("msh >|");
    assert_entered("");
}

/* ---- editing ---- */

static void test_backspace_and_del_both_delete_to_the_left(void **state)
{
    (void)state;
    type("abc\b");
    assert_shown("msh >ab|");
    type("\x7F");
    assert_shown("msh >a|");
    type("\b\b\b");
    assert_shown("msh >|");
    assert_entered("");
}

static void test_the_cursor_moves_and_text_is_inserted_where_it_is(void **state)
{
    (void)state;
    type("ad" LEFT "bc");
    assert_shown("msh >abc|d");
    type(RIGHT "e");
    assert_shown("msh >abcde|");
    type(HOME "0");
    assert_shown("msh >0|abcde");
    type(END "f" CTRL_A ">" CTRL_E "<");
    assert_entered(">0abcdef<");
}

static void test_the_cursor_stops_at_both_ends(void **state)
{
    (void)state;
    type("ab" RIGHT RIGHT);
    assert_shown("msh >ab|");
    type(LEFT LEFT LEFT LEFT);
    assert_shown("msh >|ab");
}

static void test_delete_takes_the_character_under_the_cursor(void **state)
{
    (void)state;
    type("abc" HOME DELETE);
    assert_shown("msh >|bc");
    type(END DELETE);
    assert_shown("msh >bc|");
}

static void test_ctrl_u_and_ctrl_k_delete_to_the_start_and_to_the_end(void **state)
{
    (void)state;
    type("abcd" LEFT CTRL_U);
    assert_shown("msh >|d");
    type("xyz" LEFT LEFT CTRL_K);
    assert_shown("msh >x|");
}

static void test_home_and_end_are_known_in_every_terminals_form(void **state)
{
    static const char *const homes[] = { "\x1B[H", "\x1B[1~", "\x1B[7~", "\x1BOH" };
    static const char *const ends[] = { "\x1B[F", "\x1B[4~", "\x1B[8~", "\x1BOF" };
    (void)state;
    type("b");
    for (int i = 0; i < 4; i++) {
        type(homes[i]);
        assert_shown("msh >|b");
        type(ends[i]);
        assert_shown("msh >b|");
    }
}

static void test_unknown_sequences_and_control_characters_leave_no_trace(void **state)
{
    (void)state;
    type("a\x1B[15~\x1B[200~\x1B[201~\x1B[1;5P\x1B[?1h\x1Bx\x1B[Z\x02\x0C\x1A"
         "b");
    assert_shown("msh >ab|");
}

static void test_enter_inside_an_escape_sequence_still_ends_the_line(void **state)
{
    (void)state;
    type("free\x1B[");
    assert_entered("free");
}

static void test_a_line_too_long_beeps_and_keeps_what_fits(void **state)
{
    char expected[LINE_SIZE] = "";
    (void)state;
    for (int i = 0; i < LINE_SIZE + 50; i++)
        type("x");
    memset(expected, 'x', LINE_SIZE - 1);
    assert_int_equal(terminal_bells(), 51);
    type(HOME "y");
    assert_int_equal(terminal_bells(), 52);
    assert_entered(expected);
}

static void test_utf_8_characters_are_moved_over_and_deleted_whole(void **state)
{
    (void)state;
    type("固件é" LEFT LEFT "x");
    assert_shown("msh >固x|件é");
    type(DELETE);
    assert_shown("msh >固x|é");
    type("\b\b");
    assert_shown("msh >|é");
    type(END "\b");
    assert_entered("");
}

/* ---- history ---- */

static void test_up_and_down_walk_through_the_history(void **state)
{
    (void)state;
    type("one\rtwo\rthree\r");
    type(UP);
    assert_shown("msh >three|");
    type(UP UP);
    assert_shown("msh >one|");
    type(UP);
    assert_shown("msh >one|");
    assert_int_equal(terminal_bells(), 1);
    type(DOWN);
    assert_shown("msh >two|");
    assert_entered("two");
}

static void test_down_comes_back_to_the_unfinished_line(void **state)
{
    (void)state;
    type("one\rtwo\runfinished" UP UP DOWN DOWN);
    assert_shown("msh >unfinished|");
    type(DOWN);
    assert_shown("msh >unfinished|");
}

static void test_at_least_five_lines_are_remembered(void **state)
{
    (void)state;
    type("1\r2\r3\r4\r5\r" UP UP UP UP UP);
    assert_shown("msh >1|");
}

static void test_the_oldest_line_is_forgotten_first(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_HISTORY + 3; i++)
        type((char[]){ (char)('a' + i), '\r', '\0' });
    for (int i = 0; i < LINE_HISTORY; i++)
        type(UP);
    assert_shown("msh >d|");
    assert_int_equal(terminal_bells(), 0);
    type(UP);
    assert_int_equal(terminal_bells(), 1);
}

static void test_repeated_and_empty_lines_are_not_remembered(void **state)
{
    (void)state;
    type("one\rtwo\rtwo\r\r\rtwo\r" UP UP);
    assert_shown("msh >one|");
}

static void test_a_recalled_line_can_be_changed_and_the_history_keeps_the_old_one(void **state)
{
    (void)state;
    type("fal read 0 16\r" UP "0\r");
    assert_string_equal(entered, "fal read 0 160");
    type(UP UP);
    assert_shown("msh >fal read 0 16|");
}

/* ---- completion ---- */

static void test_tab_completes_a_command_that_is_clear(void **state)
{
    (void)state;
    type("if\t");
    assert_shown("msh >ifconfig |");
}

static void test_tab_lists_the_candidates_and_adds_what_they_share(void **state)
{
    (void)state;
    type("ht\t");
    assert_string_equal(terminal_row_above(), "http_ota  http_get  ");
    assert_shown("msh >http_|");
    type("o\t");
    assert_shown("msh >http_ota |");
}

static void test_tab_on_an_empty_line_lists_every_command(void **state)
{
    (void)state;
    type("\t");
    assert_string_equal(terminal_row_above(), "ifconfig  free  fal  http_ota  http_get  help  ");
    assert_shown("msh >|");
}

static void test_tab_beeps_where_nothing_fits(void **state)
{
    (void)state;
    type("x\t");
    assert_int_equal(terminal_bells(), 1);
    type(CTRL_U "fal \t");
    assert_int_equal(terminal_bells(), 2);
    assert_shown("msh >fal |");
}

static void test_tab_completes_before_the_cursor_and_keeps_what_is_behind_it(void **state)
{
    (void)state;
    type("if eth0" HOME RIGHT RIGHT "\t");
    assert_shown("msh >ifconfig | eth0");
}

static void test_tab_in_a_full_line_beeps_rather_than_overflows(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_SIZE - 3; i++)
        type("x");
    type(HOME "if\t");
    assert_int_equal(terminal_bells(), 1);
    type("\r");
    assert_int_equal(strlen(entered), LINE_SIZE - 1);
}

/* ---- whatever comes ---- */

static void test_any_characters_leave_a_line_that_is_whole(void **state)
{
    static const char keys[] = "\x1B\x1B[[AABCDHF~31\t\b\rif";
    uint32_t random = 1;
    (void)state;
    for (int i = 0; i < 300000; i++) {
        random = random * 1664525 + 1013904223;
        char c = (char)(random >> 24);
        if (random >> 8 & 1) /* every other one is likely to mean something */
            c = keys[(random >> 16) % (sizeof keys - 1)];
        if (line_feed(&line, c))
            line_prompt(&line);
        assert_in_range(line.len, 0, LINE_SIZE - 1);
        assert_in_range(line.cursor, 0, line.len);
        assert_int_equal(strlen(line.text), line.len);
        if (i % 500 == 0)
            terminal_clear();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_is_typed_is_shown_after_the_prompt_and_entered, set_up),
        cmocka_unit_test_setup(test_cr_and_lf_and_cr_lf_each_end_one_line, set_up),
        cmocka_unit_test_setup(test_enter_ends_the_line_wherever_the_cursor_is, set_up),
        cmocka_unit_test_setup(test_ctrl_c_gives_the_line_up, set_up),
        cmocka_unit_test_setup(test_backspace_and_del_both_delete_to_the_left, set_up),
        cmocka_unit_test_setup(test_the_cursor_moves_and_text_is_inserted_where_it_is, set_up),
        cmocka_unit_test_setup(test_the_cursor_stops_at_both_ends, set_up),
        cmocka_unit_test_setup(test_delete_takes_the_character_under_the_cursor, set_up),
        cmocka_unit_test_setup(test_ctrl_u_and_ctrl_k_delete_to_the_start_and_to_the_end, set_up),
        cmocka_unit_test_setup(test_home_and_end_are_known_in_every_terminals_form, set_up),
        cmocka_unit_test_setup(test_unknown_sequences_and_control_characters_leave_no_trace, set_up),
        cmocka_unit_test_setup(test_enter_inside_an_escape_sequence_still_ends_the_line, set_up),
        cmocka_unit_test_setup(test_a_line_too_long_beeps_and_keeps_what_fits, set_up),
        cmocka_unit_test_setup(test_utf_8_characters_are_moved_over_and_deleted_whole, set_up),
        cmocka_unit_test_setup(test_up_and_down_walk_through_the_history, set_up),
        cmocka_unit_test_setup(test_down_comes_back_to_the_unfinished_line, set_up),
        cmocka_unit_test_setup(test_at_least_five_lines_are_remembered, set_up),
        cmocka_unit_test_setup(test_the_oldest_line_is_forgotten_first, set_up),
        cmocka_unit_test_setup(test_repeated_and_empty_lines_are_not_remembered, set_up),
        cmocka_unit_test_setup(test_a_recalled_line_can_be_changed_and_the_history_keeps_the_old_one, set_up),
        cmocka_unit_test_setup(test_tab_completes_a_command_that_is_clear, set_up),
        cmocka_unit_test_setup(test_tab_lists_the_candidates_and_adds_what_they_share, set_up),
        cmocka_unit_test_setup(test_tab_on_an_empty_line_lists_every_command, set_up),
        cmocka_unit_test_setup(test_tab_beeps_where_nothing_fits, set_up),
        cmocka_unit_test_setup(test_tab_completes_before_the_cursor_and_keeps_what_is_behind_it, set_up),
        cmocka_unit_test_setup(test_tab_in_a_full_line_beeps_rather_than_overflows, set_up),
        cmocka_unit_test_setup(test_any_characters_leave_a_line_that_is_whole, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
