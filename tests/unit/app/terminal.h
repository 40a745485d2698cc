/*
 * A terminal for tests: what a user would see of what a program sends. One byte takes one column.
 */
#ifndef TESTS_TERMINAL_H
#define TESTS_TERMINAL_H

#include <stddef.h>

void terminal_clear(void);
void terminal_put(char c);

/* Everything sent since terminal_clear. */
const char *terminal_sent(void);

/* The row that the cursor is in, and the column. */
const char *terminal_row(void);
size_t terminal_column(void);

/* The row above it. */
const char *terminal_row_above(void);

unsigned terminal_bells(void);

#endif
