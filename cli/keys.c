#include "cli/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/buffer.h"
#include "cli/pem.h"
#include "cli/secret_file.h"
#include "cli/term.h"
#include "cli/text.h"
#include "core/crypto/aes.h"
#include "core/crypto/sha256.h"
#include "core/hash.h"

#define HEX "hex:"

static const struct kind {
    const char *words, *line, *use;
    const struct otter_auth *auth;
} kinds[] = {
    [KEY_P256] = { "a P-256 key", NULL, NULL, &otter_auth_p256 },
    [KEY_HMAC] = { "an HMAC key", "hmac-key", "signs packages, and checks them on every board", &otter_auth_hmac },
    [KEY_PRODUCT] = { "a product key", "product-key", "encrypts packages, and decrypts them on boards", NULL },
};

const char *const key_type_names[] = { [KEY_P256] = "p256", [KEY_HMAC] = "hmac", [KEY_PRODUCT] = "product", NULL };

const char *key_kind_words(enum key_kind kind)
{
    return kinds[kind].words;
}

struct key_id_text key_id_text(const uint8_t id[OTTER_KEY_ID_SIZE])
{
    struct key_id_text text;

    text_encode_hex(id, OTTER_KEY_ID_SIZE, text.digits);
    return text;
}

const uint8_t *key_bytes(const struct key *key, size_t *size)
{
    *size = key->kind == KEY_P256 ? sizeof key->public_half : sizeof key->secret;
    return key->kind == KEY_P256 ? key->public_half : key->secret;
}

static void name(struct key *key)
{
    uint8_t digest[OTTER_SHA256_SIZE];
    size_t size;
    const uint8_t *bytes = key_bytes(key, &size);

    otter_hash_of(&otter_sha256, bytes, size, digest);
    memcpy(key->id, digest, sizeof key->id);
}

bool key_from_secret(struct key *key, enum key_kind kind, const uint8_t secret[32])
{
    *key = (struct key){ .kind = kind, .has_secret = true };
    memcpy(key->secret, secret, sizeof key->secret);
    if (kind == KEY_P256 && !p256_public_half(secret, key->public_half)) {
        key_wipe(key);
        return false;
    }
    name(key);
    return true;
}

bool key_from_public(struct key *key, const uint8_t public_half[OTTER_P256_KEY_SIZE])
{
    *key = (struct key){ .kind = KEY_P256 };
    memcpy(key->public_half, public_half, sizeof key->public_half);
    name(key);
    return p256_is_public(public_half);
}

bool key_generate(struct key *key, enum key_kind kind)
{
    uint8_t secret[32];
    bool made = kind == KEY_P256 ? p256_new_secret(secret) : getrandom(secret, sizeof secret, 0) == sizeof secret;

    made = made && key_from_secret(key, kind, secret);
    otter_wipe(secret, sizeof secret);
    if (!made)
        term_error("the system gives no random numbers");
    return made;
}

void key_wipe(struct key *key)
{
    otter_wipe(key, sizeof *key);
}

const struct otter_auth *key_auth(const struct key *key)
{
    return kinds[key->kind].auth;
}

bool key_prove(const struct key *key, const void *data, size_t len, uint8_t *proof)
{
    uint8_t digest[OTTER_SHA256_SIZE];

    if (key->kind == KEY_HMAC) {
        otter_hmac_sha256(key->secret, sizeof key->secret, data, len, proof);
        return true;
    }
    otter_hash_of(&otter_sha256, data, len, digest);
    return p256_sign(key->secret, digest, proof);
}

static int take_pem(struct key *key, const struct pem_key *pem, const char *path)
{
    if (!pem->has_secret)
        return key_from_public(key, pem->public_half) ? EXIT_OK : term_error("'%s' holds no point of P-256", path);
    if (!key_from_secret(key, KEY_P256, pem->secret))
        return term_error("'%s' holds no private key of P-256", path);
    if (!pem->has_public || !memcmp(pem->public_half, key->public_half, sizeof key->public_half))
        return EXIT_OK;
    key_wipe(key);
    return term_error("'%s': its public half is not that of its private half", path);
}

static int load_pem(struct key *key, const struct secret_file *file, enum pem_result *result)
{
    struct pem_key pem;
    int status;

    *result = pem_read(file->text, &pem);
    switch (*result) {
    case PEM_READ:
        status = take_pem(key, &pem, file->path);
        otter_wipe(&pem, sizeof pem);
        return status;
    case PEM_LOCKED:
        return term_error("'%s' is protected by a password, which otter does not ask for; 'openssl pkey' removes it",
                          file->path);
    case PEM_UNKNOWN:
        return term_error("'%s' is no P-256 key, or encoded in an unusual way: 'openssl pkey -in %s' shows a usual one",
                          file->path, file->path);
    case PEM_NONE:
        break;
    }
    return EXIT_FAIL;
}

struct reader {
    struct key *key;
    bool found;
};

static bool keep(struct key *key, enum key_kind kind, uint8_t secret[32])
{
    bool good = key_from_secret(key, kind, secret);

    otter_wipe(secret, 32);
    return good;
}

static bool take_line(void *arg, const char *where, const char *line, const char *value)
{
    struct reader *r = arg;
    enum key_kind kind = strcmp(line, kinds[KEY_HMAC].line) ? KEY_PRODUCT : KEY_HMAC;
    uint8_t secret[32];

    if (strcmp(line, kinds[kind].line))
        term_error("%s: neither a key in PEM, nor 'hmac-key = hex:...' or 'product-key = hex:...'", where);
    else if (r->found)
        term_error("%s: a second key", where);
    else if (strncmp(value, HEX, strlen(HEX)) || !text_decode_hex(value + strlen(HEX), secret, sizeof secret))
        term_error("%s: the key must be 'hex:' and exactly %zu hexadecimal digits", where, 2 * sizeof secret);
    else
        return r->found = keep(r->key, kind, secret);
    return false;
}

int key_load(struct key *key, const char *path)
{
    struct reader r = { key, false };
    struct secret_file file;
    enum pem_result pem;

    if (!secret_file_read(&file, path))
        return EXIT_FAIL;
    int status = load_pem(key, &file, &pem);
    if (pem == PEM_NONE && secret_file_lines(&file, take_line, &r))
        status = r.found ? EXIT_OK : term_error("'%s' holds no key", path);
    if (!status && key->has_secret)
        secret_file_warn_if_readable(&file);
    secret_file_wipe(&file);
    if (status)
        key_wipe(key);
    return status;
}

int key_take(struct key *key, const char *option, const char *path, enum key_kind wanted)
{
    int status = key_load(key, path);

    if (status || key->kind == wanted)
        return status;
    const char *words = kinds[key->kind].words;
    key_wipe(key);
    return term_error("%s: '%s' is %s, and %s is needed", option, path, words, kinds[wanted].words);
}

/* The private half first, so that there is never a public one whose private half was not kept. */
static bool save_pem(const struct key *key, const char *path)
{
    struct pem_key pem = { .has_secret = true, .has_public = true };
    char text[PEM_TEXT_MAX];
    char *public_path = must_alloc(strlen(path) + sizeof ".pub");

    sprintf(public_path, "%s.pub", path);
    memcpy(pem.secret, key->secret, sizeof pem.secret);
    memcpy(pem.public_half, key->public_half, sizeof pem.public_half);
    pem_write(&pem, text);
    bool saved = secret_file_create(path, text, 0600);
    if (saved) {
        pem.has_secret = false;
        pem_write(&pem, text);
        saved = secret_file_create(public_path, text, 0644);
        if (!saved)
            unlink(path);
    }
    otter_wipe(&pem, sizeof pem);
    otter_wipe(text, sizeof text);
    free(public_path);
    return saved;
}

bool key_save(const struct key *key, const char *path)
{
    const struct kind *kind = &kinds[key->kind];
    char text[512], digits[2 * 32 + 1];

    if (key->kind == KEY_P256)
        return save_pem(key, path);
    text_encode_hex(key->secret, sizeof key->secret, digits);
    snprintf(text, sizeof text, "# Otter: key %s, which %s. Keep it secret.\n%s = " HEX "%s\n",
             key_id_text(key->id).digits, kind->use, kind->line, digits);
    otter_wipe(digits, sizeof digits);
    bool saved = secret_file_create(path, text, 0600);
    otter_wipe(text, sizeof text);
    return saved;
}
