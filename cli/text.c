#include "cli/text.h"

#include <string.h>

/*
 * The length of the character at *s, 1 to 4, and its code; 0 if the bytes are not UTF-8: not the shortest form, a
 * surrogate, beyond U+10FFFF, or cut short (Unicode 15, table 3-7).
 */
static size_t decode_utf8(const char *s, uint32_t *code)
{
    static const struct {
        uint8_t mask, lead;
        uint32_t least;
    } forms[] = { { 0x80, 0x00, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 }, { 0xF8, 0xF0, 0x10000 } };
    const uint8_t *p = (const uint8_t *)s;

    for (size_t n = 1; n <= 4; n++) {
        if ((*p & forms[n - 1].mask) != forms[n - 1].lead)
            continue;
        *code = *p & (uint8_t)~forms[n - 1].mask;
        for (size_t i = 1; i < n; i++) {
            if ((p[i] & 0xC0) != 0x80)
                return 0;
            *code = *code << 6 | (p[i] & 0x3F);
        }
        return *code >= forms[n - 1].least && *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF) ? n : 0;
    }
    return 0;
}

/* Controls, and the characters that turn the direction of what follows or break lines. */
static bool is_visible(uint32_t c)
{
    return c >= 0x20 && (c < 0x7F || c >= 0xA0) && (c < 0x200B || c > 0x200F) && (c < 0x2028 || c > 0x202E) &&
           (c < 0x2060 || c > 0x206F) && c != 0xFEFF;
}

void text_print(FILE *out, const char *text)
{
    while (*text) {
        uint32_t code;
        size_t n = decode_utf8(text, &code);
        if (n && is_visible(code))
            fwrite(text, 1, n, out);
        else
            for (size_t i = 0; i < (n ? n : 1); i++)
                fprintf(out, "\\x%02x", (uint8_t)text[i]);
        text += n ? n : 1;
    }
}

void text_print_json(FILE *out, const char *text)
{
    putc('"', out);
    while (*text) {
        uint32_t code;
        size_t n = decode_utf8(text, &code);
        if (!n)
            fputs("\\ufffd", out);
        else if (code == '"' || code == '\\')
            fprintf(out, "\\%c", (char)code);
        else if (!is_visible(code))
            fprintf(out, "\\u%04x", (unsigned)code);
        else
            fwrite(text, 1, n, out);
        text += n ? n : 1;
    }
    putc('"', out);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)((at - digits) % 16) : -1;
}

bool text_decode_hex(const char *digits, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(digits[2 * i]), low = high < 0 ? -1 : hex_digit(digits[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return !digits[2 * size];
}

void text_encode_hex(const uint8_t *bytes, size_t size, char *digits)
{
    for (size_t i = 0; i < size; i++) {
        *digits++ = "0123456789abcdef"[bytes[i] >> 4];
        *digits++ = "0123456789abcdef"[bytes[i] & 15];
    }
    *digits = 0;
}

/* Levenshtein's, by rows. */
unsigned text_distance(const char *a, const char *b)
{
    unsigned row[32];
    size_t width = strlen(b);

    if (strlen(a) > 31 || width > 31)
        return 32;
    for (size_t j = 0; j <= width; j++)
        row[j] = (unsigned)j;
    for (; *a; a++) {
        unsigned diagonal = row[0]++;
        for (size_t j = 1; j <= width; j++) {
            unsigned best = diagonal + (*a != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[width];
}

const char *text_nearest(const char *typed, const char *const *names)
{
    const char *nearest = NULL;
    unsigned least = 1 + (unsigned)strlen(typed) / 2;

    if (least > 3)
        least = 3;
    for (; *names; names++) {
        unsigned d = text_distance(typed, *names);
        if (d < least || (d == least && !nearest)) {
            least = d;
            nearest = *names;
        }
    }
    return nearest;
}
