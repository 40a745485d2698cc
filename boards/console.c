#include "boards/console.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>

#include "boards/board.h"

enum {
    BAR_WIDTH = 20,
    TEXT_MAX = 21, /* -9223372036854775808 */
};

/* One conversion: `%-8s`, `%08lx`. */
struct spec {
    bool left, is_long;
    char fill;
    uint32_t width;
};

static void put(char c)
{
    if (c == '\n')
        board_console_put('\r');
    board_console_put(c);
}

static void repeat(char c, uint32_t from, uint32_t to)
{
    for (; from < to; from++)
        put(c);
}

/* newlib's strlen is 220 bytes of code, for a speed that no console needs. */
static uint32_t length(const char *text)
{
    const char *end = text;
    while (*end)
        end++;
    return (uint32_t)(end - text);
}

static void put_field(const struct spec *spec, const char *text, uint32_t len)
{
    if (!spec->left)
        repeat(spec->fill, len, spec->width);
    for (uint32_t i = 0; i < len; i++)
        put(text[i]);
    if (spec->left)
        repeat(' ', len, spec->width);
}

/* The digits at the end of `text`: where they start. */
static char *format(char text[TEXT_MAX], unsigned long value, uint32_t base)
{
    char *start = text + TEXT_MAX;
    do
        *--start = "0123456789abcdef"[value % base];
    while (value /= base);
    return start;
}

static void put_number(struct spec *spec, char kind, unsigned long value)
{
    char text[TEXT_MAX];
    bool negative = kind == 'd' && (long)value < 0;
    char *start = format(text, negative ? 0 - value : value, kind == 'x' ? 16 : 10);
    if (negative && spec->fill == ' ') {
        *--start = '-';
    } else if (negative) {
        put('-');
        spec->width -= spec->width > 0;
    }
    put_field(spec, start, (uint32_t)(text + TEXT_MAX - start));
}

static const char *parse_spec(struct spec *spec, const char *fmt)
{
    *spec = (struct spec){ .fill = ' ' };
    if (*fmt == '-') {
        spec->left = true;
        fmt++;
    }
    if (*fmt == '0')
        spec->fill = '0';
    for (; *fmt >= '0' && *fmt <= '9'; fmt++)
        spec->width = spec->width * 10 + (uint32_t)(*fmt - '0');
    if (*fmt == 'l') {
        spec->is_long = true;
        fmt++;
    }
    return fmt;
}

void console_print(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(*fmt);
            continue;
        }
        struct spec spec;
        fmt = parse_spec(&spec, fmt + 1);
        if (*fmt == 's') {
            const char *text = va_arg(args, const char *);
            put_field(&spec, text, length(text));
        } else if (*fmt == 'c') {
            char c = (char)va_arg(args, int);
            put_field(&spec, &c, 1);
        } else if (*fmt == '%') {
            put('%');
        } else if (spec.is_long) {
            put_number(&spec, *fmt, va_arg(args, unsigned long));
        } else {
            int value = va_arg(args, int);
            put_number(&spec, *fmt, *fmt == 'd' ? (unsigned long)value : (unsigned)value);
        }
    }
    va_end(args);
}

void console_bar(uint32_t percent)
{
    uint32_t full = percent * BAR_WIDTH / 100;
    put('[');
    repeat('=', 0, full);
    if (full < BAR_WIDTH)
        put('>');
    repeat(' ', full + 1, BAR_WIDTH);
    console_print("] %" PRIu32 "%%", percent);
}

static uint32_t percent_of(uint32_t done, uint32_t total)
{
    for (; total > UINT32_MAX / 100; total >>= 1)
        done >>= 1;
    return total ? done * 100 / total : 100;
}

void console_progress(const char *label, uint32_t done, uint32_t total)
{
    static struct {
        const char *label;
        uint32_t percent;
    } drawn;

    uint32_t percent = percent_of(done, total);
    if (label == drawn.label && percent == drawn.percent)
        return;
    drawn.label = label;
    drawn.percent = percent;
    console_print("\r%s: ", label);
    console_bar(percent);
    if (percent == 100)
        put('\n');
}
