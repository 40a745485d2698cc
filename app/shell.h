/*
 * The shell: a line becomes words, and the first word finds a command in a list of const tables.
 */
#ifndef APP_SHELL_H
#define APP_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shell_command {
    const char *name;
    const char *help; /* one line */

    /* argv[0] is the command's name, argv[argc] is NULL. */
    void (*run)(int argc, char **argv);
};

/* What the shell knows: tables that each end with a NULL name. The list ends with NULL. */
extern const struct shell_command *const shell_commands[];

/* Does what a line says, and says so where it cannot. Changes the line. */
void shell_run(char *line);

/* Command number n (from 0) of those whose names start with these len bytes, or NULL. */
const char *shell_complete(const char *start, size_t len, unsigned n);

enum {
    SHELL_WORDS_MAX = 64,

    SHELL_E_QUOTE = -1, /* a double quote without its partner */
    SHELL_E_WORDS = -2, /* more than SHELL_WORDS_MAX */
};

/*
 * Cuts a line into words at blanks, in place: how many, or a negative SHELL_E_*. Double quotes keep blanks in a word
 * and are taken out; "" is an empty word.
 */
int shell_split(char *line, char *words[SHELL_WORDS_MAX + 1]);

/* A number as C writes it (16, 0x10, 020) that is the whole text and fits; false if it is not. */
bool shell_number(const char *text, uint32_t *value);

#endif
