#include "app/line.h"

#include <string.h>

enum {
    CTRL_A = 0x01,
    CTRL_C = 0x03,
    CTRL_E = 0x05,
    BELL = 0x07,
    BACKSPACE = 0x08,
    TAB = 0x09,
    CTRL_K = 0x0B,
    CTRL_U = 0x15,
    ESC = 0x1B,
    DEL = 0x7F,
};

struct key {
    unsigned code;
    void (*act)(struct line *line);
};

static void put_text(const struct line *line, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        line->put(text[i]);
}

static void put_string(const struct line *line, const char *text)
{
    put_text(line, text, strlen(text));
}

static void beep(struct line *line)
{
    line->put(BELL);
}

/* The terminal alone knows how wide its characters are: so it moves the cursor by showing what stands before it. */
static void show(const struct line *line)
{
    put_string(line, "\r");
    put_string(line, line->prompt);
    put_text(line, line->text, line->len);
    put_string(line, "\x1B[K");
    if (line->cursor == line->len)
        return;
    put_string(line, "\r");
    put_string(line, line->prompt);
    put_text(line, line->text, line->cursor);
}

static void clear(struct line *line)
{
    line->len = 0;
    line->cursor = 0;
    line->recalled = 0;
    line->text[0] = '\0';
}

void line_prompt(struct line *line)
{
    clear(line);
    put_string(line, line->prompt);
}

void line_init(struct line *line, const char *prompt, void (*put)(char c),
               const char *(*complete)(const char *start, size_t len, unsigned n))
{
    memset(line, 0, sizeof *line);
    line->prompt = prompt;
    line->put = put;
    line->complete = complete;
    line_prompt(line);
}

/* ---- the text ---- */

static bool continues_character(char c)
{
    return (c & 0xC0) == 0x80;
}

static size_t previous(const struct line *line)
{
    size_t at = line->cursor;
    while (at > 0 && continues_character(line->text[--at]))
        ;
    return at;
}

static size_t next(const struct line *line)
{
    size_t at = line->cursor;
    if (at < line->len)
        at++;
    while (at < line->len && continues_character(line->text[at]))
        at++;
    return at;
}

/* Leaves the cursor at `from`. */
static void erase(struct line *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->len - to + 1);
    line->len -= to - from;
    line->cursor = from;
    show(line);
}

static bool insert(struct line *line, const char *text, size_t len)
{
    if (len > LINE_SIZE - 1 - line->len)
        return false;
    memmove(line->text + line->cursor + len, line->text + line->cursor, line->len - line->cursor + 1);
    memcpy(line->text + line->cursor, text, len);
    line->len += len;
    line->cursor += len;
    return true;
}

static void type(struct line *line, char c)
{
    if (!insert(line, &c, 1))
        beep(line);
    else if (line->cursor == line->len)
        line->put(c);
    else
        show(line);
}

/* ---- keys ---- */

static void move(struct line *line, size_t to)
{
    line->cursor = to;
    show(line);
}

static void go_left(struct line *line)
{
    move(line, previous(line));
}

static void go_right(struct line *line)
{
    move(line, next(line));
}

static void go_home(struct line *line)
{
    move(line, 0);
}

static void go_end(struct line *line)
{
    move(line, line->len);
}

static void delete_left(struct line *line)
{
    erase(line, previous(line), line->cursor);
}

static void delete_right(struct line *line)
{
    erase(line, line->cursor, next(line));
}

static void delete_to_start(struct line *line)
{
    erase(line, 0, line->cursor);
}

static void delete_to_end(struct line *line)
{
    erase(line, line->cursor, line->len);
}

static void give_up(struct line *line)
{
    put_string(line, "^C\r\n");
    line_prompt(line);
}

/* ---- history ---- */

static void recall(struct line *line, unsigned which)
{
    if (line->recalled == 0)
        strcpy(line->history[0], line->text);
    line->recalled = which;
    strcpy(line->text, line->history[which]);
    line->len = strlen(line->text);
    move(line, line->len);
}

static void go_back(struct line *line)
{
    if (line->recalled < line->remembered)
        recall(line, line->recalled + 1);
    else
        beep(line);
}

static void go_forth(struct line *line)
{
    if (line->recalled > 0)
        recall(line, line->recalled - 1);
    else
        beep(line);
}

static void remember(struct line *line)
{
    if (line->len == 0 || (line->remembered && !strcmp(line->text, line->history[1])))
        return;
    memmove(line->history[2], line->history[1], (LINE_HISTORY - 1) * sizeof line->history[0]);
    strcpy(line->history[1], line->text);
    if (line->remembered < LINE_HISTORY)
        line->remembered++;
}

/* ---- completion ---- */

static size_t common_length(const char *a, const char *b, size_t len)
{
    size_t n = 0;
    while (n < len && a[n] == b[n])
        n++;
    return n;
}

static void list(struct line *line)
{
    const char *name;
    put_string(line, "\r\n");
    for (unsigned n = 0; (name = line->complete(line->text, line->cursor, n)); n++) {
        put_string(line, name);
        put_string(line, "  ");
    }
    put_string(line, "\r\n");
}

/* Only the first word is a command. */
static void complete(struct line *line)
{
    const char *first = line->complete(line->text, line->cursor, 0);
    if (!first || memchr(line->text, ' ', line->cursor)) {
        beep(line);
        return;
    }
    size_t common = strlen(first);
    unsigned count = 1;
    for (const char *other; (other = line->complete(line->text, line->cursor, count)); count++)
        common = common_length(first, other, common);

    if (count > 1)
        list(line);
    if (!insert(line, first + line->cursor, common - line->cursor) || (count == 1 && !insert(line, " ", 1)))
        beep(line);
    show(line);
}

/* ---- characters ---- */

static const struct key control_keys[] = {
    { CTRL_A, go_home },         { CTRL_C, give_up },  { CTRL_E, go_end },
    { BACKSPACE, delete_left },  { TAB, complete },    { CTRL_K, delete_to_end },
    { CTRL_U, delete_to_start }, { DEL, delete_left }, { 0, NULL },
};

/* The last character of ESC [ x and ESC O x. */
static const struct key final_keys[] = {
    { 'A', go_back }, { 'B', go_forth }, { 'C', go_right }, { 'D', go_left },
    { 'F', go_end },  { 'H', go_home },  { 0, NULL },
};

/* The number of ESC [ n ~. */
static const struct key number_keys[] = {
    { 1, go_home }, { 3, delete_right }, { 4, go_end }, { 7, go_home }, { 8, go_end }, { 0, NULL },
};

static void press(struct line *line, const struct key *keys, unsigned code)
{
    for (; keys->act; keys++)
        if (keys->code == code)
            keys->act(line);
}

/* ECMA-48, 5.4: parameters and intermediates up to 0x3F, then one final character. */
static void feed_escape(struct line *line, unsigned char c)
{
    if (line->escape == ESC) {
        line->escape = c == '[' || c == 'O' ? c : 0;
        line->parameter = 0;
    } else if (c >= '@') {
        line->escape = 0;
        press(line, c == '~' ? number_keys : final_keys, c == '~' ? line->parameter : c);
    } else if (line->parameter < 100) {
        line->parameter = line->parameter * 10 + (c & 0x0F);
    }
}

static char *end(struct line *line)
{
    put_string(line, "\r\n");
    remember(line);
    return line->text;
}

char *line_feed(struct line *line, char typed)
{
    unsigned char c = (unsigned char)typed, last = line->last;
    bool is_control = c < ' ' || c == DEL;

    line->last = c;
    if (is_control)
        line->escape = c == ESC ? ESC : 0;
    if (c == '\r' || (c == '\n' && last != '\r'))
        return end(line);
    if (is_control)
        press(line, control_keys, c);
    else if (line->escape)
        feed_escape(line, c);
    else
        type(line, typed);
    return NULL;
}
