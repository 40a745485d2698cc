/*
 * What an Otter package says of itself, to people and to programs. It was not checked, or not yet.
 */
#include <stdio.h>
#include <string.h>

#include "cli/package_otter.h"
#include "cli/term.h"
#include "cli/text.h"
#include "core/bytes.h"

enum { TEXT_MAX = 1024 };

/* NULL if the field is not there. */
static const char *find_text(const struct package_file *f, uint16_t tag, unsigned n, char text[TEXT_MAX + 1])
{
    struct otter_field field;

    return package_otter_find(f, tag, n, &field) ? package_otter_text(&field, text, TEXT_MAX + 1) : NULL;
}

static bool find_number(const struct package_file *f, uint16_t tag, uint32_t *number)
{
    struct otter_field field;

    if (!package_otter_find(f, tag, 0, &field) || field.size < 4)
        return false;
    *number = otter_le32(field.value);
    return true;
}

static const char *stage_name(uint8_t id)
{
    const char *name = package_codec_name(id);

    return name ? name : "unknown";
}

/* "aes256-ctr, quicklz" */
static const char *list_stages(const struct otter_image *image, char text[64])
{
    strcpy(text, image->stage_count ? "" : "none");
    for (unsigned s = 0; s < image->stage_count; s++)
        snprintf(text + strlen(text), 64 - strlen(text), "%s%s", s ? ", " : "", stage_name(image->stages[s]));
    return text;
}

/* The image as the manifest has it, believed or not; false at the end, or where it makes no sense. */
static bool read_image(const struct package_file *f, unsigned i, struct otter_image *image)
{
    struct otter_package pkg = { .config = &f->config, .head = f->bytes.data };
    struct otter_field field;
    int head = otter_manifest_head_size(f->bytes.data);

    pkg.head_size = (uint32_t)head;
    return package_otter_find(f, OTTER_TAG_IMAGE, i, &field) && field.size >= OTTER_IMAGE_STAGES &&
           !otter_format_otter.image(&pkg, i, image);
}

static unsigned chunk_count(const struct otter_image *image)
{
    return (image->body_size + image->chunk_size - 1u) / image->chunk_size;
}

static void print_images(const struct package_file *f)
{
    struct otter_image image;
    char digest[2 * 32 + 1], stages[64];

    for (unsigned i = 0; read_image(f, i, &image); i++) {
        text_encode_hex(image.digest, 32, digest);
        term_line(stdout, "image %u      for '%s', %u bytes", i, image.part, image.raw_size);
        term_line(stdout, "  SHA-256    %s", digest);
        term_line(stdout, "  stages     %s", list_stages(&image, stages));
        term_line(stdout, "  body       %u bytes (%.1f %%) in %u chunk%s of at most %u", image.body_size,
                  image.raw_size ? 100.0 * image.body_size / image.raw_size : 0, chunk_count(&image),
                  chunk_count(&image) == 1 ? "" : "s", image.chunk_size);
    }
}

static void print_ids(const char *label, const struct otter_field *field)
{
    for (uint16_t off = 0; off + OTTER_KEY_ID_SIZE <= field->size; off += OTTER_KEY_ID_SIZE)
        term_line(stdout, "%-12s %s", label, key_id_text(field->value + off).digits);
}

static void print_notes(char *text)
{
    const char *label = "notes";

    for (char *line = text, *end; line; line = end, label = "") {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        if (*line || end)
            term_line(stdout, "%-12s %s", label, line);
    }
}

static void print_texts(const struct package_file *f, const char *label, uint16_t tag)
{
    char text[TEXT_MAX + 1];

    for (unsigned n = 0; find_text(f, tag, n, text); n++)
        term_line(stdout, "%-12s %s", label, text);
}

static void print_fields(const struct package_file *f)
{
    struct otter_field field;
    char text[TEXT_MAX + 1], when[32];
    uint32_t number;

    print_texts(f, "product", OTTER_TAG_PRODUCT);
    print_texts(f, "hardware", OTTER_TAG_HARDWARE);
    print_texts(f, "version", OTTER_TAG_VERSION);
    if (find_number(f, OTTER_TAG_COUNTER, &number))
        term_line(stdout, "counter      %u", number);
    if (find_number(f, OTTER_TAG_BOOT, &number))
        term_line(stdout, "bootloader   %u.%u.%u or newer", number >> 16, number >> 8 & 255, number & 255);
    if (find_number(f, OTTER_TAG_TIMESTAMP, &number)) {
        package_time(number, when, sizeof when);
        term_line(stdout, "timestamp    %u  %s", number, when);
    }
    if (find_text(f, OTTER_TAG_NOTES, 0, text))
        print_notes(text);
    if (package_otter_find(f, OTTER_TAG_KEY, 0, &field) && field.size == OTTER_CONTENT_SIZE)
        term_line(stdout, "encrypted    under product key %s", key_id_text(field.value).digits);
    if (package_otter_find(f, OTTER_TAG_REVOKE, 0, &field))
        print_ids("revokes key", &field);
    if (package_otter_find(f, OTTER_TAG_DOWNGRADE, 0, &field))
        term_line(stdout, "downgrade    allowed, where the key is for development");
}

void package_otter_print(const struct package_file *f)
{
    const uint8_t *b = f->bytes.data;

    if (!package_otter_is_readable(f))
        return;
    term_line(stdout, "format       Otter, manifest of %u bytes", otter_manifest_size(b));
    term_line(stdout, "signature    %s, key %s, %s", package_otter_proof_name(b),
              key_id_text(b + PACKAGE_OTTER_KEY_ID).digits,
              package_otter_is_unsigned(f) ? "empty: not signed yet"
              : f->keys->has_proof         ? "compared with the key given"
                                           : "not checked: no key was given");
    print_fields(f);
    print_images(f);
    term_line(stdout, "file size    %zu", f->bytes.size);
}

static void json_texts(const struct package_file *f, struct json *j, const char *name, uint16_t tag)
{
    char text[TEXT_MAX + 1];

    json_open(j, name, '[');
    for (unsigned n = 0; find_text(f, tag, n, text); n++)
        json_text(j, NULL, text);
    json_close(j, ']');
}

static void json_images(const struct package_file *f, struct json *j)
{
    struct otter_image image;

    json_open(j, "images", '[');
    for (unsigned i = 0; read_image(f, i, &image); i++) {
        json_open(j, NULL, '{');
        json_text(j, "part", image.part);
        json_number(j, "raw_size", image.raw_size);
        json_hex(j, "sha256", image.digest, 32);
        json_number(j, "body_size", image.body_size);
        json_number(j, "chunk_size", image.chunk_size);
        json_number(j, "chunks", chunk_count(&image));
        json_hex(j, "first_chunk", image.chunk_hash, 32);
        json_open(j, "stages", '[');
        for (unsigned s = 0; s < image.stage_count; s++)
            json_text(j, NULL, stage_name(image.stages[s]));
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_ids(const struct package_file *f, struct json *j)
{
    struct otter_field field;

    json_open(j, "revokes", '[');
    if (!package_otter_find(f, OTTER_TAG_REVOKE, 0, &field))
        field.size = 0;
    for (uint16_t off = 0; off + OTTER_KEY_ID_SIZE <= field.size; off += OTTER_KEY_ID_SIZE)
        json_hex(j, NULL, field.value + off, OTTER_KEY_ID_SIZE);
    json_close(j, ']');
}

static void json_fields(const struct package_file *f, struct json *j)
{
    char text[TEXT_MAX + 1], when[32];
    struct otter_field field;
    uint32_t number;

    json_text(j, "product", find_text(f, OTTER_TAG_PRODUCT, 0, text));
    json_texts(f, j, "hardware", OTTER_TAG_HARDWARE);
    json_text(j, "version", find_text(f, OTTER_TAG_VERSION, 0, text));
    if (find_number(f, OTTER_TAG_COUNTER, &number))
        json_number(j, "counter", number);
    if (find_number(f, OTTER_TAG_BOOT, &number)) {
        snprintf(text, sizeof text, "%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
        json_text(j, "min_boot", text);
    }
    if (find_number(f, OTTER_TAG_TIMESTAMP, &number)) {
        package_time(number, when, sizeof when);
        json_number(j, "timestamp", number);
        json_text(j, "time", when);
    }
    json_text(j, "notes", find_text(f, OTTER_TAG_NOTES, 0, text));
    if (package_otter_find(f, OTTER_TAG_KEY, 0, &field) && field.size == OTTER_CONTENT_SIZE) {
        json_hex(j, "product_key", field.value, OTTER_KEY_ID_SIZE);
        json_hex(j, "nonce", field.value + OTTER_CONTENT_NONCE, 8);
    }
    json_ids(f, j);
    json_bool(j, "allow_downgrade", package_otter_find(f, OTTER_TAG_DOWNGRADE, 0, &field));
}

void package_otter_print_json(const struct package_file *f, struct json *j)
{
    const uint8_t *b = f->bytes.data;

    if (!package_otter_is_readable(f))
        return;
    json_number(j, "manifest_size", otter_manifest_size(b));
    json_text(j, "proof", package_otter_proof_name(b));
    json_hex(j, "key", b + PACKAGE_OTTER_KEY_ID, OTTER_KEY_ID_SIZE);
    json_bool(j, "signed", !package_otter_is_unsigned(f));
    json_bool(j, "signature_checked", f->keys->has_proof);
    json_fields(f, j);
    json_images(f, j);
}
