#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/term.h"
#include "cli/text.h"

enum { HELP_COLUMN = 24 };

struct suggestion {
    char text[64];
};

/* The end of an error: "; did you mean ...?" or nothing. */
static struct suggestion suggest(const char *typed, const char *const *names)
{
    const char *nearest = text_nearest(typed, names);
    struct suggestion s = { "" };

    if (nearest)
        snprintf(s.text, sizeof s.text, "; did you mean '%s'?", nearest);
    return s;
}

/* Lines that fill one column, the first of which begins there already. */
static void print_column(const char *text)
{
    for (; *text; text++) {
        putchar(*text);
        if (*text == '\n')
            printf("%*s", HELP_COLUMN, "");
    }
    putchar('\n');
}

static void print_row(const char *name, const char *value, const char *help)
{
    int width = printf("  %s%s%s", name, value ? " " : "", value ? value : "");

    if (width >= HELP_COLUMN) {
        putchar('\n');
        width = 0;
    }
    printf("%*s", HELP_COLUMN - width, "");
    print_column(help);
}

static void print_help(const struct command_line *line)
{
    term_bold(stdout, "Usage:");
    printf(" otter %s %s\n\n%s\n\n", line->name, line->usage, line->summary);
    term_bold(stdout, "Options:");
    putchar('\n');
    for (const struct option_row *row = line->options; row->name; row++)
        print_row(row->name, row->value, row->help);
    print_row("--help", NULL, "show this text");
    if (line->notes)
        printf("\n%s", line->notes);
}

/* The row's place, or -1 after an error. What follows '=' may be a secret: it is never repeated. */
static int find_option(const struct command_line *line, const char *arg, size_t name_len)
{
    const char *names[OPTIONS_MAX + 2];
    char typed[32];
    int n = 0;

    for (const struct option_row *row = line->options; row->name; row++, n++) {
        if (strlen(row->name) == name_len && !strncmp(row->name, arg, name_len))
            return n;
        names[n] = row->name;
    }
    names[n] = "--help";
    names[n + 1] = NULL;
    snprintf(typed, sizeof typed, "%.*s", (int)name_len, arg);
    term_usage("%s: unknown option '%s'%s", line->name, typed, suggest(typed, names).text);
    return -1;
}

static int keep_value(const struct command_line *line, int row, const char *value, struct arguments *args)
{
    if (args->value_count == VALUES_MAX)
        return term_usage("%s: more than %d options", line->name, VALUES_MAX);
    if (!args->option[row])
        args->option[row] = value;
    args->values[args->value_count].row = row;
    args->values[args->value_count++].text = value;
    return 0;
}

/* Takes argv[*i], and its value if that is the next one: 0, or EXIT_USAGE. */
static int take_option(const struct command_line *line, char **argv, int *i, struct arguments *args)
{
    const char *arg = argv[*i];
    const char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL;
    int n = find_option(line, arg, equals ? (size_t)(equals - arg) : strlen(arg));

    if (n < 0)
        return EXIT_USAGE;
    const struct option_row *row = &line->options[n];
    if (args->option[n] && !row->repeats)
        return term_usage("%s: '%s' is given twice", line->name, row->name);
    if (!row->value && equals)
        return term_usage("%s: '%s' takes no value", line->name, row->name);
    if (row->value && !equals && !argv[*i + 1])
        return term_usage("%s: '%s' needs a value: %s", line->name, row->name, row->value);
    return keep_value(line, n, !row->value ? "" : equals ? equals + 1 : argv[++*i], args);
}

static int take_operand(const struct command_line *line, const char *arg, struct arguments *args)
{
    for (int n = 0; line->operands[n]; n++)
        if (!args->operand[n]) {
            args->operand[n] = arg;
            return 0;
        }
    return term_usage("%s: '%s' is one argument too many", line->name, arg);
}

/* With the first line of its help. */
static int missing(const struct command_line *line, const struct option_row *row)
{
    return term_usage("%s: '%s %s' is missing: %.*s", line->name, row->name, row->value, (int)strcspn(row->help, "\n"),
                      row->help);
}

static int check_complete(const struct command_line *line, const struct arguments *args)
{
    for (int n = 0; line->options[n].name; n++)
        if ((line->needed >> n & 1) && !args->option[n])
            return missing(line, &line->options[n]);
    for (int n = 0; line->operands[n] && !line->operands_may_miss; n++)
        if (!args->operand[n])
            return term_usage("%s: the argument %s is missing", line->name, line->operands[n]);
    return 0;
}

bool options_parse(const struct command_line *line, int argc, char **argv, struct arguments *args, int *status)
{
    bool only_operands = false;

    *args = (struct arguments){ 0 };
    *status = 0;
    for (int i = 1; i < argc && !*status; i++) {
        if (only_operands || argv[i][0] != '-' || !argv[i][1]) {
            *status = take_operand(line, argv[i], args);
        } else if (!strcmp(argv[i], "--")) {
            only_operands = true;
        } else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(line);
            return false;
        } else {
            *status = take_option(line, argv, &i, args);
        }
    }
    if (!*status)
        *status = check_complete(line, args);
    if (*status == EXIT_USAGE)
        fprintf(stderr, "Try 'otter %s --help'.\n", line->name);
    return !*status;
}

const char *options_value(const struct arguments *args, int row, int n)
{
    for (int i = 0; i < args->value_count; i++)
        if (args->values[i].row == row && !n--)
            return args->values[i].text;
    return NULL;
}

int options_choose(const char *option, const char *value, const char *const *names)
{
    char list[128] = "";

    for (int n = 0; names[n]; n++) {
        if (!strcmp(names[n], value))
            return n;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", n ? ", " : "", names[n]);
    }
    term_usage("%s: '%s' is not one of %s%s", option, value, list, suggest(value, names).text);
    return -1;
}

bool options_number(const char *option, const char *value, uint64_t most, uint64_t *number)
{
    const char *p = value;

    for (*number = 0; *p >= '0' && *p <= '9' && *number <= most; p++)
        *number = *number * 10 + (uint64_t)(*p - '0');
    if (*p || p == value || *number > most) {
        term_usage("%s: '%s' is not a number from 0 to %llu", option, value, (unsigned long long)most);
        return false;
    }
    return true;
}

int options_text(const char *option, const char *value, char *field, size_t size)
{
    size_t len = strlen(value);

    if (!len || len > size - 1)
        return term_usage("%s: '%s' has %zu bytes; 1 to %zu are possible", option, value, len, size - 1);
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            return term_usage("%s: '%s' has a control character", option, value);
    memcpy(field, value, len + 1);
    return EXIT_OK;
}
