#include "fetch/text.h"

#include <stdarg.h>

struct out {
    char *at, *end; /* end is kept for the NUL */
};

static void put(struct out *o, char c)
{
    if (o->at < o->end)
        *o->at++ = c;
}

static void put_string(struct out *o, const char *s)
{
    for (; *s; s++)
        put(o, *s < ' ' || *s > '~' ? '?' : *s);
}

static void put_number(struct out *o, unsigned value, unsigned base, int digits)
{
    char text[11];
    char *at = text + sizeof text - 1;

    *at = 0;
    do {
        *--at = "0123456789ABCDEF"[value % base];
        value /= base;
        digits--;
    } while (value || digits > 0);
    put_string(o, at);
}

void otter_text(char *text, size_t size, const char *fmt, ...)
{
    struct out o = { text, text + size - 1 };
    va_list args;

    va_start(args, fmt);
    for (; *fmt; fmt++) {
        if (*fmt != '%')
            put(&o, *fmt);
        else if (*++fmt == 's')
            put_string(&o, va_arg(args, const char *));
        else if (*fmt == 'u')
            put_number(&o, va_arg(args, unsigned), 10, 1);
        else if (*fmt == 'x')
            put_number(&o, va_arg(args, unsigned), 16, 8);
        else
            put(&o, '%');
    }
    va_end(args);
    *o.at = 0;
}
