#include "cli/pem.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/aes.h"

/* RFC 5480: id-ecPublicKey and secp256r1, with their tags and lengths. */
#define ID_EC_PUBLIC_KEY 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01
#define ID_SECP256R1     0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07
#define EC_PRIVATE_KEY   0x02, 0x01, 0x01, 0x04, 0x20       /* its version, then the secret */
#define PUBLIC_HALF      0xA1, 0x44, 0x03, 0x42, 0x00, 0x04 /* [1], a bit string, an uncompressed point */

enum { DER_MAX = 138, LINE = 64 };

/* An encoding: head, secret, middle, public half; the secret or the public half may be missing. */
static const struct form {
    const char *label;
    uint8_t head_size, middle_size;
    bool has_secret, has_public;
    uint8_t head[36], middle[18];
} forms[] = {
    /* The ones that are written come first. */
    { "PRIVATE KEY",
      36,
      6,
      true,
      true,
      { 0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, ID_EC_PUBLIC_KEY, ID_SECP256R1, 0x04, 0x6D, 0x30, 0x6B,
        EC_PRIVATE_KEY },
      { PUBLIC_HALF } },
    { "PUBLIC KEY",
      27,
      0,
      false,
      true,
      { 0x30, 0x59, 0x30, 0x13, ID_EC_PUBLIC_KEY, ID_SECP256R1, 0x03, 0x42, 0x00, 0x04 },
      { 0 } },
    { "PRIVATE KEY",
      35,
      0,
      true,
      false,
      { 0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, ID_EC_PUBLIC_KEY, ID_SECP256R1, 0x04, 0x27, 0x30, 0x25,
        EC_PRIVATE_KEY },
      { 0 } },
    { "EC PRIVATE KEY", 7, 18, true, true, { 0x30, 0x77, EC_PRIVATE_KEY }, { 0xA0, 0x0A, ID_SECP256R1, PUBLIC_HALF } },
    { "EC PRIVATE KEY", 7, 12, true, false, { 0x30, 0x31, EC_PRIVATE_KEY }, { 0xA0, 0x0A, ID_SECP256R1 } },
};

enum { FORMS = sizeof forms / sizeof *forms };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 (RFC 4648) up to the first character that is neither of it nor blank: the bytes, or -1 for more than `room`.
 */
static int decode(const char *text, uint8_t *out, int room)
{
    uint32_t bits = 0;
    int count = 0, size = 0;

    for (;; text++) {
        const char *at = *text ? strchr(digits, *text) : NULL;
        if (!at && *text && strchr(" \t\r\n", *text))
            continue;
        if (!at)
            return size;
        bits = bits << 6 | (uint32_t)(at - digits);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        if (size == room)
            return -1;
        out[size++] = (uint8_t)(bits >> count);
    }
}

/* Takes what the form says is at *der and goes past it, or compares: false if it differs. */
static bool match(const uint8_t **der, const uint8_t *expected, size_t size)
{
    bool same = !memcmp(*der, expected, size);

    *der += size;
    return same;
}

static void copy(const uint8_t **der, uint8_t *out, size_t size)
{
    memcpy(out, *der, size);
    *der += size;
}

static int size_of(const struct form *form)
{
    return form->head_size + (form->has_secret ? P256_SECRET_SIZE : 0) + form->middle_size +
           (form->has_public ? OTTER_P256_KEY_SIZE : 0);
}

static bool read_form(const struct form *form, const uint8_t *der, int size, struct pem_key *key)
{
    if (size != size_of(form) || !match(&der, form->head, form->head_size))
        return false;
    *key = (struct pem_key){ .has_secret = form->has_secret, .has_public = form->has_public };
    if (form->has_secret)
        copy(&der, key->secret, sizeof key->secret);
    if (!match(&der, form->middle, form->middle_size))
        return false;
    if (form->has_public)
        copy(&der, key->public_half, sizeof key->public_half);
    return true;
}

/* The text behind the line "-----BEGIN label-----", or NULL. */
static const char *find_block(const char *text, const char *label)
{
    char line[48];

    snprintf(line, sizeof line, "-----BEGIN %s-----", label);
    text = strstr(text, line);
    return text ? text + strlen(line) : NULL;
}

enum pem_result pem_read(const char *text, struct pem_key *key)
{
    bool is_locked = find_block(text, "ENCRYPTED PRIVATE KEY") || strstr(text, "Proc-Type: 4,ENCRYPTED");
    enum pem_result result = PEM_NONE;

    for (int i = 0; i < FORMS && result != PEM_READ; i++) {
        uint8_t der[DER_MAX];
        const char *block = find_block(text, forms[i].label);
        if (!block)
            continue;
        result = read_form(&forms[i], der, decode(block, der, DER_MAX), key) ? PEM_READ : PEM_UNKNOWN;
        otter_wipe(der, sizeof der);
    }
    if (result != PEM_READ)
        otter_wipe(key, sizeof *key);
    return result != PEM_READ && is_locked ? PEM_LOCKED : result;
}

static uint8_t *put(uint8_t *at, const uint8_t *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static char *encode(const uint8_t *bytes, int size, char *out)
{
    for (int i = 0; i < size; i += 3) {
        int n = size - i < 3 ? size - i : 3;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        if (n > 1)
            bits |= (uint32_t)bytes[i + 1] << 8;
        if (n > 2)
            bits |= bytes[i + 2];
        for (int k = 0; k < 4; k++)
            *out++ = k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
        if ((i + 3) % (LINE / 4 * 3) == 0 || i + 3 >= size)
            *out++ = '\n';
    }
    return out;
}

void pem_write(const struct pem_key *key, char text[PEM_TEXT_MAX])
{
    const struct form *form = &forms[key->has_secret ? 0 : 1];
    uint8_t der[DER_MAX];
    uint8_t *end = put(der, form->head, form->head_size);

    if (form->has_secret)
        end = put(end, key->secret, sizeof key->secret);
    end = put(end, form->middle, form->middle_size);
    put(end, key->public_half, sizeof key->public_half);
    text += sprintf(text, "-----BEGIN %s-----\n", form->label);
    text = encode(der, size_of(form), text);
    sprintf(text, "-----END %s-----\n", form->label);
    otter_wipe(der, sizeof der);
}
