/*
 * Otter packages, to people.
 */
#include <string.h>

#include "cli/package_otter.h"
#include "cli/term.h"
#include "core/bytes.h"
#include "core/err.h"

enum { PROOF_KIND = PACKAGE_OTTER_PROOF_KIND, KEY_ID = PACKAGE_OTTER_KEY_ID };

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

const char *package_otter_proof_name(const uint8_t *manifest)
{
    return proof_names[manifest[PROOF_KIND]];
}

bool package_otter_is_readable(const struct package_file *f)
{
    int head = otter_manifest_head_size(f->bytes.data);

    return head > 0 && f->bytes.size >= (size_t)head;
}

bool package_otter_find(const struct package_file *f, uint16_t tag, unsigned n, struct otter_field *field)
{
    return otter_manifest_find(f->bytes.data, tag, n, field);
}

const char *package_otter_text(const struct otter_field *field, char *text, size_t room)
{
    size_t len = field->size < room - 1 ? field->size : room - 1;

    memcpy(text, field->value, len);
    text[len] = 0;
    return text;
}

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
    if (!package_otter_is_readable(f))
        return;
    f->config.product = package_otter_find(f, OTTER_TAG_PRODUCT, 0, &field)
                            ? package_otter_text(&field, f->product, sizeof f->product)
                            : "";
    f->config.hardware = package_otter_find(f, OTTER_TAG_HARDWARE, 0, &field)
                             ? package_otter_text(&field, f->hardware, sizeof f->hardware)
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
        problems_add(p, "it is signed with key %s, and the key given is %s", key_id_text(b + KEY_ID).digits,
                     key_id_text(trusted->id).digits);
    return !p->count;
}

bool package_otter_is_unsigned(const struct package_file *f)
{
    static const uint8_t zeros[OTTER_PROOF_MAX];
    uint32_t size = otter_manifest_size(f->bytes.data);

    return !memcmp(f->bytes.data + size, zeros, (size_t)otter_manifest_head_size(f->bytes.data) - size);
}

static bool check_manifest(struct package_file *f, struct problems *p)
{
    const uint8_t *b = f->bytes.data;
    int head = otter_manifest_head_size(b);
    int err = otter_package_parse_head(&f->package, &f->config, &f->src, b, (uint32_t)head);

    if (err == OTTER_E_SIGNATURE && package_otter_is_unsigned(f))
        problems_add(p, "it is not signed yet: 'otter sign' does that");
    else if (err == OTTER_E_SIGNATURE)
        problems_add(p, "its signature is not that of key %s: somebody else made it, or it was changed",
                     key_id_text(b + KEY_ID).digits);
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
    bool is_encrypted = package_otter_find(f, OTTER_TAG_KEY, 0, &field);

    if (is_encrypted && !f->keys->has_product)
        return term_error("'%s' is encrypted: give --product-key", f->name);
    if (is_encrypted && memcmp(field.value, f->keys->product.id, OTTER_KEY_ID_SIZE))
        return term_error("'%s' is encrypted under product key %s, and the key given is %s", f->name,
                          key_id_text(field.value).digits, key_id_text(f->keys->product.id).digits);
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

const struct package_kind package_kind_otter = {
    "otter", { 'O', 'T', 'T', 'R' }, OTTER_HEAD_PREFIX,        begin, check, check_keys,
    explain, package_otter_print,    package_otter_print_json,
};
