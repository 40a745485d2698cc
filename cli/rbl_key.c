#include "cli/rbl_key.h"

#include <string.h>

#include "cli/secret_file.h"
#include "cli/term.h"
#include "cli/text.h"

#define HEX "hex:"

static const uint8_t public_key[] = "0123456789ABCDEF0123456789ABCDEF";

/* `where` names the option or the line. The error tells the length, but nothing of the value. */
static bool decode(const char *where, const char *text, uint8_t *out, size_t size)
{
    size_t len = strlen(text);

    if (len == size) {
        memcpy(out, text, size);
        return true;
    }
    if (!strncmp(text, HEX, strlen(HEX)) && text_decode_hex(text + strlen(HEX), out, size))
        return true;
    if (!strncmp(text, HEX, strlen(HEX)))
        term_error("%s: 'hex:' must be followed by exactly %zu hexadecimal digits", where, 2 * size);
    else
        term_error("%s: the value has %zu characters; it needs exactly %zu, or 'hex:' and %zu digits", where, len, size,
                   2 * size);
    return false;
}

struct reader {
    struct rbl_key *out;
    bool has_key, has_iv;
};

static bool take_line(void *arg, const char *where, const char *name, const char *value)
{
    struct reader *r = arg;
    bool is_key = !strcmp(name, "key"), is_iv = !strcmp(name, "iv");
    bool *has = is_key ? &r->has_key : &r->has_iv;

    if (!is_key && !is_iv)
        term_error("%s: neither 'key = ...' nor 'iv = ...'", where);
    else if (*has)
        term_error("%s: a second %s", where, is_key ? "key" : "iv");
    else
        return *has = is_key ? decode(where, value, r->out->key, sizeof r->out->key)
                             : decode(where, value, r->out->iv, sizeof r->out->iv);
    return false;
}

static int take_file(const char *path, struct rbl_key *out)
{
    struct reader r = { .out = out };
    struct secret_file file;

    if (!secret_file_read(&file, path))
        return EXIT_FAIL;
    secret_file_warn_if_readable(&file);
    bool good = secret_file_lines(&file, take_line, &r);
    secret_file_wipe(&file);
    if (good && !(r.has_key && r.has_iv))
        return term_error("'%s' has no line '%s = ...'", path, r.has_key ? "iv" : "key");
    return good ? EXIT_OK : EXIT_FAIL;
}

static int take_options(const char *key, const char *iv, struct rbl_key *out)
{
    if (!key || !iv)
        return term_usage("%s needs %s, too", key ? "--key" : "--iv", key ? "--iv" : "--key");
    if (!decode("--key", key, out->key, sizeof out->key) || !decode("--iv", iv, out->iv, sizeof out->iv))
        return EXIT_USAGE;
    term_warning("other users of this machine can see a key on the command line; --key-file hides it");
    return EXIT_OK;
}

int rbl_key_take(const char *key, const char *iv, const char *file, struct rbl_key *out, bool *given)
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
