/*
 * Otter packages, to people.
 */
#include <string.h>

#include "cli/package_file.h"
#include "cli/term.h"
#include "cli/text.h"
#include "core/bytes.h"
#include "core/err.h"

enum { PROOF_KIND = 5, KEY_ID = 8, TEXT_MAX = 1024 };

/* An id as hexadecimal digits. */
struct id {
    char digits[2 * OTTER_KEY_ID_SIZE + 1];
};

static struct id id_of(const uint8_t bytes[OTTER_KEY_ID_SIZE])
{
    struct id id;

    text_encode_hex(bytes, OTTER_KEY_ID_SIZE, id.digits);
    return id;
}

/* Who only wants to see what a package says takes it as proven. */
static bool believe(const uint8_t *key, const void *data, size_t len, const uint8_t *proof)
{
    (void)key, (void)data, (void)len, (void)proof;
    return true;
}

static const struct otter_auth believed[] = {
    [1] = { 1, OTTER_P256_KEY_SIZE, OTTER_P256_SIGNATURE_SIZE, believe },
    [2] = { 2, 32, 32, believe },
};

static const char *const proof_names[] = { [1] = "ECDSA P-256 with SHA-256", [2] = "HMAC-SHA-256" };

/* ---- fields ---- */

static bool find(const struct package_file *f, uint16_t tag, unsigned n, struct otter_field *field)
{
    return otter_manifest_find(f->bytes.data, tag, n, field);
}

static const char *copy_text(const struct otter_field *field, char *text, size_t room)
{
    size_t len = field->size < room - 1 ? field->size : room - 1;

    memcpy(text, field->value, len);
    text[len] = 0;
    return text;
}

/* NULL if the field is not there. */
static const char *find_text(const struct package_file *f, uint16_t tag, unsigned n, char text[TEXT_MAX + 1])
{
    struct otter_field field;

    return find(f, tag, n, &field) ? copy_text(&field, text, TEXT_MAX + 1) : NULL;
}

static bool find_number(const struct package_file *f, uint16_t tag, uint32_t *number)
{
    struct otter_field field;

    if (!find(f, tag, 0, &field) || field.size < 4)
        return false;
    *number = otter_le32(field.value);
    return true;
}

/* ---- checks ---- */

/* The made-up board trusts the key that was given, or else the one that the package names; and is what it is for. */
static void begin(struct package_file *f)
{
    const struct reader_keys *keys = f->keys;
    const uint8_t *b = f->bytes.data;
    struct otter_field field;
    size_t size;

    if (keys->has_proof) {
        f->trusted[0] = (struct otter_key){ .auth = key_auth(&keys->proof), .bytes = key_bytes(&keys->proof, &size) };
        memcpy(f->trusted[0].id, keys->proof.id, OTTER_KEY_ID_SIZE);
    } else if (b[PROOF_KIND] && b[PROOF_KIND] < sizeof believed / sizeof *believed) {
        f->trusted[0].auth = &believed[b[PROOF_KIND]];
        memcpy(f->trusted[0].id, b + KEY_ID, OTTER_KEY_ID_SIZE);
    }
    f->config.keys = f->trusted;
    if (keys->has_product) {
        memcpy(f->product_key.id, keys->product.id, OTTER_KEY_ID_SIZE);
        f->product_key.bytes = keys->product.secret;
        f->config.product_key = &f->product_key;
    }
    if (otter_manifest_size(b) > f->bytes.size)
        return;
    f->config.product = find(f, OTTER_TAG_PRODUCT, 0, &field) ? copy_text(&field, f->product, sizeof f->product) : "";
    f->config.hardware = find(f, OTTER_TAG_HARDWARE, 0, &field) ? copy_text(&field, f->hardware, sizeof f->hardware)
                                                                : "";
}

static bool check_start(const struct package_file *f, struct problems *p)
{
    const uint8_t *b = f->bytes.data;
    int head = otter_manifest_head_size(b);

    if (head == OTTER_E_UNSUPPORTED)
        problems_add(p, "its manifest has version %u; this otter reads version %u", b[4], OTTER_MANIFEST_VERSION);
    else if (head <= 0)
        problems_add(p, "its manifest makes no sense: %u bytes, and proof %u", otter_manifest_size(b), b[PROOF_KIND]);
    else if (f->bytes.size < (size_t)head)
        problems_add(p, "the file ends early: manifest and proof have %d bytes, %zu are there", head, f->bytes.size);
    return !p->count;
}

/* That the key is the one that was given; whether the proof is right comes later. */
static bool check_key(const struct package_file *f, struct problems *p)
{
    const uint8_t *b = f->bytes.data;
    const struct otter_key *trusted = &f->trusted[0];

    if (trusted->auth->id != b[PROOF_KIND])
        problems_add(p, "it is proven by %s, so it needs %s", proof_names[b[PROOF_KIND]],
                     b[PROOF_KIND] == otter_auth_p256.id ? "--pubkey" : "--hmac-key");
    else if (memcmp(trusted->id, b + KEY_ID, OTTER_KEY_ID_SIZE))
        problems_add(p, "it is signed with key %s, and the key given is %s", id_of(b + KEY_ID).digits,
                     id_of(trusted->id).digits);
    return !p->count;
}

static bool check_manifest(struct package_file *f, struct problems *p)
{
    const uint8_t *b = f->bytes.data;
    int head = otter_manifest_head_size(b);
    int err = otter_package_parse_head(&f->package, &f->config, &f->src, b, (uint32_t)head);

    if (err == OTTER_E_SIGNATURE)
        problems_add(p, "its signature is not that of key %s: somebody else made it, or it was changed",
                     id_of(b + KEY_ID).digits);
    else if (err == OTTER_E_FORMAT)
        problems_add(p, "its manifest is malformed");
    else if (err == OTTER_E_UNSUPPORTED)
        problems_add(p, "its manifest has a field that this otter does not know and must not skip");
    else if (err)
        problems_add(p, "%s", otter_strerror(err));
    return !p->count;
}

static void check_image(struct package_file *f, unsigned i, struct problems *p)
{
    struct otter_image image;
    int err = f->package.format->image(&f->package, i, &image);

    if (!err) {
        strcpy(f->names[i], image.part);
        f->dest[i] = (struct otter_part){ f->names[i], &f->nowhere, 0, UINT32_MAX, OTTER_PART_INSTALL };
        err = otter_package_image(&f->package, i, &image);
    }
    if (err == OTTER_E_UNSUPPORTED)
        problems_add(p, "image %u asks for a stage that this otter does not know", i);
    else if (err == OTTER_E_TOO_LARGE)
        problems_add(p, "the file ends before the body of image %u does", i);
    else if (err)
        problems_add(p, "the manifest's image %u is malformed", i);
}

/* The file must end where the package does. */
static void check_end(const struct package_file *f, struct problems *p)
{
    if (f->bytes.size > f->package.size)
        problems_add(p, "%zu bytes follow the package; 'head -c %u' would cut them off",
                     f->bytes.size - f->package.size, f->package.size);
}

static void check_chunks(const struct package_file *f, unsigned i, struct problems *p)
{
    struct otter_image image;
    struct otter_chain chain;
    const uint8_t *at;

    otter_package_image(&f->package, i, &image);
    otter_chain_init(&chain, &image);
    at = f->bytes.data + image.body_off;
    for (unsigned k = 0; chain.left; k++) {
        int n = otter_chain_feed(&chain, at, otter_chain_chunk(&chain));
        if (n < 0) {
            problems_add(p, "chunk %u of image %u, for '%s', is damaged", k, i, image.part);
            return;
        }
        at += n;
    }
}

static void check(struct package_file *f, struct problems *p)
{
    if (!check_start(f, p) || !check_key(f, p) || !check_manifest(f, p))
        return;
    for (unsigned i = 0; i < f->package.image_count && !p->count; i++)
        check_image(f, i, p);
    if (!p->count)
        check_end(f, p);
    for (unsigned i = 0; i < f->package.image_count && !p->count; i++)
        check_chunks(f, i, p);
}

static int check_keys(const struct package_file *f)
{
    struct otter_field field;
    bool is_encrypted = find(f, OTTER_TAG_KEY, 0, &field);

    if (is_encrypted && !f->keys->has_product)
        return term_error("'%s' is encrypted: give --product-key", f->name);
    if (is_encrypted && memcmp(field.value, f->keys->product.id, OTTER_KEY_ID_SIZE))
        return term_error("'%s' is encrypted under product key %s, and the key given is %s", f->name,
                          id_of(field.value).digits, id_of(f->keys->product.id).digits);
    if (!is_encrypted && f->keys->has_product)
        term_warning("'%s' is not encrypted; the product key is not used", f->name);
    if (f->keys->has_rbl)
        term_warning("'%s' is no RBL package; its key is not used", f->name);
    return EXIT_OK;
}

/* All chunks were right: whoever made the package made it wrong. */
static int explain(const struct package_file *f, const char *part, int err)
{
    if (err == OTTER_E_KEY)
        return term_error("'%s': its content key does not unwrap with the product key that it names", f->name);
    if (err == OTTER_E_HASH)
        return term_error("'%s': what is packed for '%s' is not the image that the manifest promises", f->name, part);
    if (err == OTTER_E_TRUNCATED)
        return term_error("'%s': the data for '%s' ends before its image does", f->name, part);
    if (err == OTTER_E_FORMAT)
        return term_error("'%s': the data for '%s' is malformed, or goes on after its image", f->name, part);
    return term_error("'%s': '%s': %s", f->name, part, otter_strerror(err));
}

/* ---- what it says ---- */

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
    return find(f, OTTER_TAG_IMAGE, i, &field) && field.size >= OTTER_IMAGE_STAGES &&
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
        term_line(stdout, "  body       %u bytes (%.1f %%) in %u chunks of %u", image.body_size,
                  image.raw_size ? 100.0 * image.body_size / image.raw_size : 0, chunk_count(&image), image.chunk_size);
    }
}

static void print_ids(const char *label, const struct otter_field *field)
{
    for (uint16_t off = 0; off + OTTER_KEY_ID_SIZE <= field->size; off += OTTER_KEY_ID_SIZE)
        term_line(stdout, "%-12s %s", label, id_of(field->value + off).digits);
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
    if (find(f, OTTER_TAG_KEY, 0, &field) && field.size == OTTER_CONTENT_SIZE)
        term_line(stdout, "encrypted    under product key %s", id_of(field.value).digits);
    if (find(f, OTTER_TAG_REVOKE, 0, &field))
        print_ids("revokes key", &field);
    if (find(f, OTTER_TAG_DOWNGRADE, 0, &field))
        term_line(stdout, "downgrade    allowed, where the key is for development");
}

static bool is_readable(const struct package_file *f)
{
    int head = otter_manifest_head_size(f->bytes.data);

    return head > 0 && f->bytes.size >= (size_t)head;
}

static void print(const struct package_file *f)
{
    const uint8_t *b = f->bytes.data;

    if (!is_readable(f))
        return;
    term_line(stdout, "format       Otter, manifest of %u bytes", otter_manifest_size(b));
    term_line(stdout, "signature    %s, key %s, %s", proof_names[b[PROOF_KIND]], id_of(b + KEY_ID).digits,
              f->keys->has_proof ? "compared with the key given" : "not checked: no key was given");
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
    struct otter_field field = { 0 };

    json_open(j, "revokes", '[');
    find(f, OTTER_TAG_REVOKE, 0, &field);
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
    if (find(f, OTTER_TAG_KEY, 0, &field) && field.size == OTTER_CONTENT_SIZE) {
        json_hex(j, "product_key", field.value, OTTER_KEY_ID_SIZE);
        json_hex(j, "nonce", field.value + OTTER_CONTENT_NONCE, 8);
    }
    json_ids(f, j);
    json_bool(j, "allow_downgrade", find(f, OTTER_TAG_DOWNGRADE, 0, &field));
}

static void print_json(const struct package_file *f, struct json *j)
{
    const uint8_t *b = f->bytes.data;

    if (!is_readable(f))
        return;
    json_number(j, "manifest_size", otter_manifest_size(b));
    json_text(j, "proof", proof_names[b[PROOF_KIND]]);
    json_hex(j, "key", b + KEY_ID, OTTER_KEY_ID_SIZE);
    json_bool(j, "signature_checked", f->keys->has_proof);
    json_fields(f, j);
    json_images(f, j);
}

const struct package_kind package_kind_otter = {
    "otter", { 'O', 'T', 'T', 'R' }, OTTER_HEAD_PREFIX, begin, check, check_keys, explain, print, print_json,
};
