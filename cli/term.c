#include "cli/term.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"

#define BOLD   "\033[1m"
#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define PLAIN  "\033[0m"

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

static bool has_colour(FILE *out)
{
    const char *type = getenv("TERM");

    return isatty(fileno(out)) && !is_set("NO_COLOR") && type && *type && strcmp(type, "dumb");
}

static void print_coloured(FILE *out, const char *colour, const char *text)
{
    if (has_colour(out))
        fprintf(out, "%s%s" PLAIN, colour, text);
    else
        fputs(text, out);
}

static void print_line(FILE *out, const char *format, va_list args)
{
    char line[1024];

    vsnprintf(line, sizeof line, format, args);
    text_print(out, line);
    fputc('\n', out);
}

static void print_message(const char *colour, const char *label, const char *format, va_list args)
{
    fflush(stdout); /* what came before is seen before */
    fputs("otter: ", stderr);
    print_coloured(stderr, colour, label);
    fputc(' ', stderr);
    print_line(stderr, format, args);
}

int term_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message(RED, "error:", format, args);
    va_end(args);
    return EXIT_FAIL;
}

int term_usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message(RED, "error:", format, args);
    va_end(args);
    return EXIT_USAGE;
}

void term_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message(YELLOW, "warning:", format, args);
    va_end(args);
}

void term_line(FILE *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(out, format, args);
    va_end(args);
}

void term_bold(FILE *out, const char *text)
{
    print_coloured(out, BOLD, text);
}
