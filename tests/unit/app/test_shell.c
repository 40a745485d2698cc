/*
 * app/shell: words, numbers, commands, completion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/shell.h"
#include "boards/board.h"
#include "tests/unit/app/terminal.h"

void board_console_put(char c)
{
    terminal_put(c);
}

/* ---- two groups of commands, which note how they were run ---- */

static char noted[256];

static void note(int argc, char **argv)
{
    noted[0] = '\0';
    for (int i = 0; i < argc; i++)
        snprintf(noted + strlen(noted), sizeof noted - strlen(noted), "<%s>", argv[i]);
    assert_null(argv[argc]);
}

static const struct shell_command first[] = { { "free", "", note }, { "fal", "", note }, { NULL, NULL, NULL } };
static const struct shell_command second[] = { { "ping", "", note }, { "f", "", note }, { NULL, NULL, NULL } };

const struct shell_command *const shell_commands[] = { first, second, NULL };

static void run(const char *text)
{
    char line[256];
    noted[0] = '\0';
    terminal_clear();
    strcpy(line, text);
    shell_run(line);
}

/* ---- words ---- */

static void test_blanks_separate_words(void **state)
{
    (void)state;
    run("  fal\tread   0x10  16 ");
    assert_string_equal(noted, "<fal><read><0x10><16>");
}

static void test_quotes_keep_blanks_in_a_word(void **state)
{
    (void)state;
    run("fal \"a b\" c\" \"d \"\"");
    assert_string_equal(noted, "<fal><a b><c d><>");
}

static void test_an_open_quote_is_an_error(void **state)
{
    (void)state;
    run("fal \"a b");
    assert_string_equal(noted, "");
    assert_string_equal(terminal_row_above(), "A double quote is not closed.");
}

static void test_too_many_words_are_an_error_and_64_are_not(void **state)
{
    char line[2 * (SHELL_WORDS_MAX + 1) + 1] = "", *words[SHELL_WORDS_MAX + 1];
    (void)state;
    for (int i = 0; i < SHELL_WORDS_MAX; i++)
        strcat(line, "a ");
    assert_int_equal(shell_split(line, words), SHELL_WORDS_MAX);
    memset(line, 0, sizeof line);
    for (int i = 0; i < SHELL_WORDS_MAX + 1; i++)
        strcat(line, "a ");
    assert_int_equal(shell_split(line, words), SHELL_E_WORDS);
}

/* ---- commands ---- */

static void test_an_unknown_command_is_named(void **state)
{
    (void)state;
    run("flash erase");
    assert_string_equal(terminal_row_above(), "flash: command not found.");
}

static void test_an_empty_line_does_nothing(void **state)
{
    (void)state;
    run("");
    run("  \t ");
    assert_string_equal(noted, "");
    assert_string_equal(terminal_sent(), "");
}

static void test_commands_of_every_group_are_found(void **state)
{
    (void)state;
    run("ping");
    assert_string_equal(noted, "<ping>");
    run("f");
    assert_string_equal(noted, "<f>");
}

static void test_completion_counts_through_all_groups(void **state)
{
    (void)state;
    assert_string_equal(shell_complete("f", 1, 0), "free");
    assert_string_equal(shell_complete("f", 1, 1), "fal");
    assert_string_equal(shell_complete("f", 1, 2), "f");
    assert_null(shell_complete("f", 1, 3));
    assert_string_equal(shell_complete("", 0, 2), "ping");
    assert_null(shell_complete("pingx", 5, 0));
}

/* ---- numbers ---- */

static void assert_number(const char *text, uint32_t expected)
{
    uint32_t value;
    assert_true(shell_number(text, &value));
    assert_int_equal(value, expected);
}

static void test_numbers_are_written_as_in_c(void **state)
{
    (void)state;
    assert_number("0", 0);
    assert_number("4096", 4096);
    assert_number("0x10", 16);
    assert_number("0XdeadBEEF", 0xDEADBEEF);
    assert_number("020", 16);
    assert_number("00", 0);
    assert_number("4294967295", UINT32_MAX);
    assert_number("0xFFFFFFFF", UINT32_MAX);
    assert_number("037777777777", UINT32_MAX);
}

static void test_what_is_not_wholly_a_number_is_none(void **state)
{
    static const char *const texts[] = { "",   "x",  "0x", "0xg",        "12a",         "-1",           "+1",
                                         "08", "1 ", " 1", "4294967296", "0x100000000", "040000000000", "1.5" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint32_t value = 77;
        assert_false(shell_number(texts[i], &value));
        assert_int_equal(value, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_separate_words),
        cmocka_unit_test(test_quotes_keep_blanks_in_a_word),
        cmocka_unit_test(test_an_open_quote_is_an_error),
        cmocka_unit_test(test_too_many_words_are_an_error_and_64_are_not),
        cmocka_unit_test(test_an_unknown_command_is_named),
        cmocka_unit_test(test_an_empty_line_does_nothing),
        cmocka_unit_test(test_commands_of_every_group_are_found),
        cmocka_unit_test(test_completion_counts_through_all_groups),
        cmocka_unit_test(test_numbers_are_written_as_in_c),
        cmocka_unit_test(test_what_is_not_wholly_a_number_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
