#include "tests/unit/app/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 1024, SENT_MAX = 1 << 20 };

static struct {
    char sent[SENT_MAX], row[WIDTH], above[WIDTH];
    size_t count, column;
    unsigned bells, escape;
} t;

void terminal_clear(void)
{
    memset(&t, 0, sizeof t);
}

static void show(char c)
{
    assert_in_range(t.column, 0, WIDTH - 2);
    if (!t.row[t.column])
        t.row[t.column + 1] = '\0';
    t.row[t.column++] = c;
}

/* The only sequence that the programs send: ESC [ K, erase to the end of the row. */
static void escape(char c)
{
    assert_int_equal(c, "[K"[t.escape - 1]);
    t.escape = t.escape == 1 ? 2 : 0;
    if (!t.escape)
        memset(t.row + t.column, 0, WIDTH - t.column);
}

void terminal_put(char c)
{
    assert_in_range(t.count, 0, SENT_MAX - 2);
    t.sent[t.count++] = c;
    if (t.escape) {
        escape(c);
    } else if (c == '\x1B') {
        t.escape = 1;
    } else if (c == '\a') {
        t.bells++;
    } else if (c == '\r') {
        t.column = 0;
    } else if (c == '\n') {
        memcpy(t.above, t.row, sizeof t.above);
        memset(t.row, 0, sizeof t.row);
    } else {
        show(c);
    }
}

const char *terminal_sent(void)
{
    return t.sent;
}

const char *terminal_row(void)
{
    return t.row;
}

size_t terminal_column(void)
{
    return t.column;
}

const char *terminal_row_above(void)
{
    return t.above;
}

unsigned terminal_bells(void)
{
    return t.bells;
}
