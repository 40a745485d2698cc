/*
 * What the user sees. Colour only on a terminal, and not where NO_COLOR is set
 * (no-color.org) or the terminal is dumb.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdio.h>

#define EXIT_OK    0
#define EXIT_FAIL  1 /* the operation failed: a bad package, input or output */
#define EXIT_USAGE 2 /* the command line makes no sense */

/* One line on stderr, whatever the texts in it hold. Returns the status it stands for, so that it ends a function. */
int term_error(const char *format, ...) __attribute__((format(printf, 1, 2))); /* EXIT_FAIL */
int term_usage(const char *format, ...) __attribute__((format(printf, 1, 2))); /* EXIT_USAGE */
void term_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line of a command's own output. */
void term_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints bold, if `out` is to have colour. */
void term_bold(FILE *out, const char *text);

#endif
