#include "cli/keys.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/file.h"
#include "cli/term.h"

#define HEX "hex:"

static const uint8_t public_key[] = "0123456789ABCDEF0123456789ABCDEF";

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)((at - digits) % 16) : -1;
}

static bool decode_hex(const char *digits, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(digits[2 * i]), low = high < 0 ? -1 : hex_digit(digits[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return !digits[2 * size];
}

/* `where` names the option or the line. The error tells the length, but nothing of the value. */
static bool decode(const char *where, const char *text, uint8_t *out, size_t size)
{
    size_t len = strlen(text);

    if (len == size) {
        memcpy(out, text, size);
        return true;
    }
    if (!strncmp(text, HEX, strlen(HEX)) && decode_hex(text + strlen(HEX), out, size))
        return true;
    if (!strncmp(text, HEX, strlen(HEX)))
        term_error("%s: 'hex:' must be followed by exactly %zu hexadecimal digits", where, 2 * size);
    else
        term_error("%s: the value has %zu characters; it needs exactly %zu, or 'hex:' and %zu digits", where, len, size,
                   2 * size);
    return false;
}

struct reader {
    const char *path;
    int line;
    struct cipher_key *out;
    bool has_key, has_iv;
};

static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len && strchr(" \t\r", text[len - 1]))
        text[--len] = 0;
    return text;
}

static bool read_value(struct reader *r, const char *name, const char *value)
{
    bool is_key = !strcmp(name, "key"), is_iv = !strcmp(name, "iv");
    bool *has = is_key ? &r->has_key : &r->has_iv;
    char where[256];

    snprintf(where, sizeof where, "%s:%d", r->path, r->line);
    if (!is_key && !is_iv)
        term_error("%s: neither 'key = ...' nor 'iv = ...'", where);
    else if (*has)
        term_error("%s: a second %s", where, is_key ? "key" : "iv");
    else
        return *has = is_key ? decode(where, value, r->out->key, sizeof r->out->key)
                             : decode(where, value, r->out->iv, sizeof r->out->iv);
    return false;
}

static bool read_line(struct reader *r, char *line)
{
    char *text = trim(line);
    char *equals = strchr(text, '=');

    if (!*text || *text == '#')
        return true;
    if (equals)
        *equals = 0;
    return read_value(r, trim(text), equals ? trim(equals + 1) : "");
}

static bool read_lines(struct reader *r, char *text)
{
    while (text) {
        char *end = strchr(text, '\n');
        if (end)
            *end++ = 0;
        r->line++;
        if (!read_line(r, text))
            return false;
        text = end;
    }
    if (r->has_key && r->has_iv)
        return true;
    term_error("'%s' has no line '%s = ...'", r->path, r->has_key ? "iv" : "key");
    return false;
}

static void warn_if_readable(const char *path)
{
    struct stat st;

    if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_mode & (S_IRGRP | S_IROTH))
        term_warning("'%s' can be read by other users: chmod 600 it", path);
}

static int take_file(const char *path, struct cipher_key *out)
{
    struct reader r = { .path = path, .out = out };
    struct buffer content = { 0 };
    bool good = !file_load(path, 4096, &content, NULL);

    if (good) {
        warn_if_readable(path);
        buffer_add(&content, "", 1);
        if (strlen((char *)content.data) + 1 < content.size)
            good = false, term_error("'%s' is not a text file", path);
    }
    good = good && read_lines(&r, (char *)content.data);
    buffer_free(&content);
    return good ? EXIT_OK : EXIT_FAIL;
}

static int take_options(const char *key, const char *iv, struct cipher_key *out)
{
    if (!key || !iv)
        return term_usage("%s needs %s, too", key ? "--key" : "--iv", key ? "--iv" : "--key");
    if (!decode("--key", key, out->key, sizeof out->key) || !decode("--iv", iv, out->iv, sizeof out->iv))
        return EXIT_USAGE;
    term_warning("other users of this machine can see a key on the command line; --key-file hides it");
    return EXIT_OK;
}

int keys_take(const char *key, const char *iv, const char *file, struct cipher_key *out, bool *given)
{
    int status;

    *given = key || iv || file;
    if (!*given)
        return EXIT_OK;
    if (file && (key || iv))
        return term_usage("--key-file replaces --key and --iv: give one or the other");
    status = file ? take_file(file, out) : take_options(key, iv, out);
    if (!status && !memcmp(out->key, public_key, sizeof out->key))
        term_warning("this key is the official packager's public default: it protects nothing");
    return status;
}
