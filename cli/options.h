/*
 * Command lines: each command has a const table of its options, from which it is both parsed and explained.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_row {
    const char *name;  /* "--compress" or "-o" */
    const char *value; /* what its value is called in help, or NULL for a switch */
    const char *help;  /* lines after the first are indented by the printer */
    bool repeats;      /* may be given several times */
};

#define OPTIONS_MAX  32
#define OPERANDS_MAX 2
#define VALUES_MAX   64 /* of all options together */

struct command_line {
    const char *name;                 /* "pack" */
    const char *summary;              /* one line, a sentence */
    const char *usage;                /* what follows the name */
    const char *notes;                /* the end of its help, or NULL */
    const struct option_row *options; /* at most OPTIONS_MAX, ends with a NULL name */
    uint32_t needed;                  /* which rows must be given: bit 0 for the first */
    const char *const *operands;      /* what each is called: as many must be given; ends with NULL */
    bool operands_may_miss;           /* or fewer */
};

/* Points into argv. */
struct arguments {
    const char *option[OPTIONS_MAX]; /* by row: the first value, "" for a switch, NULL if not given */
    const char *operand[OPERANDS_MAX];
    int value_count;
    struct {
        int row;
        const char *text;
    } values[VALUES_MAX]; /* of all options, as they came */
};

/* argv[0] is the command's name. True: go on. False: end with *status, all is said (a mistake, or --help). */
bool options_parse(const struct command_line *line, int argc, char **argv, struct arguments *args, int *status);

/* The nth value (from 0) of a row that repeats, or NULL. */
const char *options_value(const struct arguments *args, int row, int n);

/* One of a set of names, such as --compress takes: its place in the list that ends with NULL, or -1 after an error. */
int options_choose(const char *option, const char *value, const char *const *names);

/* A decimal number up to `most`, which is far below UINT64_MAX: false after an error. */
bool options_number(const char *option, const char *value, uint64_t most, uint64_t *number);

/* A text for a header's field of `size - 1` bytes, which it may fill: EXIT_OK, or EXIT_USAGE after an error. */
int options_text(const char *option, const char *value, char *field, size_t size);

#endif
