/*
 * RBL packages, to people.
 */
#include <string.h>

#include "cli/package_file.h"
#include "cli/term.h"
#include "core/bytes.h"
#include "core/err.h"

enum { HEADER = OTTER_RBL_HEADER_SIZE };

static const char *const cipher_names[] = { "none", "xor", "aes256" };
static const char *const compression_names[] = { "none", "gzip", "quicklz", "fastlz" };
static const char *const hash_names[] = { "fnv1a", "crc32" };

/* What the header's numbers stand for, or NULL. */
#define NAME(names, i) ((i) < sizeof(names) / sizeof *(names) ? (names)[i] : NULL)

static const char *cipher_name(const struct otter_rbl *h)
{
    return NAME(cipher_names, h->cipher);
}

static const char *compression_name(const struct otter_rbl *h)
{
    return NAME(compression_names, h->compression);
}

static const char *hash_name(const struct otter_rbl *h)
{
    return NAME(hash_names, h->hash_kind);
}

/* core decodes no header whose CRC is wrong; a copy with a right one shows what there is. */
static void begin(struct package_file *f)
{
    uint8_t repaired[HEADER];

    memcpy(repaired, f->bytes.data, HEADER);
    otter_put_le32(repaired + HEADER - 4, otter_hash32_of(&otter_crc32, repaired, HEADER - 4));
    otter_rbl_decode(repaired, &f->header);
    f->header_crc = otter_le32(f->bytes.data + HEADER - 4);
    f->header_sum = otter_hash32_of(&otter_crc32, f->bytes.data, HEADER - 4);
    f->dest[0] = (struct otter_part){ f->header.part, &f->nowhere, 0, UINT32_MAX, OTTER_PART_INSTALL };
    f->config.rbl_key = f->keys->rbl.key;
    f->config.rbl_iv = f->keys->rbl.iv;
}

static void check_stages(const struct otter_rbl *h, struct problems *p)
{
    if (h->cipher == OTTER_RBL_XOR)
        problems_add(p, "its cipher is xor, which the format reserves but no tool implements");
    else if (!cipher_name(h))
        problems_add(p, "its cipher %u is unknown", h->cipher);
    if (!compression_name(h))
        problems_add(p, "its compression %u is unknown", h->compression);
    if (!hash_name(h))
        problems_add(p, "its hash %u is unknown", h->hash_kind);
}

/* The file must end where the body does: a device would not see what comes after, and misses what does not. */
static void check_body(const struct package_file *f, struct problems *p)
{
    uint64_t there = f->bytes.size - HEADER, size = f->header.body_size;

    if (there < size) {
        problems_add(p, "the body ends early: the header promises %llu bytes, %llu are there", (unsigned long long)size,
                     (unsigned long long)there);
        return;
    }
    uint32_t crc = otter_hash32_of(&otter_crc32, f->bytes.data + HEADER, (size_t)size);
    if (crc != f->header.body_crc)
        problems_add(p, "the body is damaged: its CRC-32 is 0x%08x, the header says 0x%08x", crc, f->header.body_crc);
    if (there > size)
        problems_add(p, "%llu bytes follow the package; 'head -c %llu' would cut them off",
                     (unsigned long long)(there - size), (unsigned long long)(HEADER + size));
}

/* Whatever else core refuses: with the right stages and a whole body, only sizes are left. */
static void check_sizes(struct package_file *f, struct problems *p)
{
    const struct otter_rbl *h = &f->header;
    int err = otter_package_parse(&f->package, &f->config, &f->src, f->bytes.data, HEADER);

    if (err == OTTER_E_FORMAT)
        problems_add(p, "the sizes in the header make no sense: %u bytes of image, %u of body", h->raw_size,
                     h->body_size);
    else if (err)
        problems_add(p, "%s: %u bytes of image, %u of body", otter_strerror(err), h->raw_size, h->body_size);
}

static void check(struct package_file *f, struct problems *p)
{
    if (f->header_crc != f->header_sum) {
        problems_add(p, "the header is damaged: its CRC-32 is 0x%08x, its bytes give 0x%08x", f->header_crc,
                     f->header_sum);
        return;
    }
    check_stages(&f->header, p);
    check_body(f, p);
    if (!p->count)
        check_sizes(f, p);
}

static int check_keys(const struct package_file *f)
{
    if (f->header.cipher && !f->keys->has_rbl)
        return term_error("'%s' is encrypted: give --key-file, or --key and --iv", f->name);
    if (!f->header.cipher && f->keys->has_rbl)
        term_warning("'%s' is not encrypted; the key is not used", f->name);
    if (f->keys->has_proof || f->keys->has_product)
        term_warning("'%s' is RBL, which has no signature: --pubkey, --hmac-key and --product-key are not used",
                     f->name);
    return EXIT_OK;
}

static int explain(const struct package_file *f, const char *part, int err)
{
    const struct otter_rbl *h = &f->header;

    (void)part;
    if (h->cipher)
        return term_error("'%s' is whole, but does not decrypt to what was packed: wrong key or IV? (%s)", f->name,
                          otter_strerror(err));
    if (err == OTTER_E_HASH)
        return term_error("'%s': its image does not have the %s 0x%08x that the header promises", f->name, hash_name(h),
                          h->raw_hash);
    if (err == OTTER_E_TRUNCATED)
        return term_error("'%s': its %s data ends before the image's %u bytes", f->name, compression_name(h),
                          h->raw_size);
    if (err == OTTER_E_FORMAT)
        return term_error("'%s': its %s data is malformed, or goes on after the image", f->name, compression_name(h));
    return term_error("'%s': %s", f->name, otter_strerror(err));
}

static const char *or_unknown(const char *name)
{
    return name ? name : "unknown";
}

static void print(const struct package_file *f)
{
    const struct otter_rbl *h = &f->header;
    char when[32];

    package_time(h->timestamp, when, sizeof when);
    term_line(stdout, "partition    %s", h->part);
    term_line(stdout, "version      %s", h->version);
    term_line(stdout, "serial       %s", h->sn);
    term_line(stdout, "timestamp    %u  %s", h->timestamp, when);
    term_line(stdout, "cipher       %s (%u)", or_unknown(cipher_name(h)), h->cipher);
    term_line(stdout, "compression  %s (%u)", or_unknown(compression_name(h)), h->compression);
    term_line(stdout, "image size   %u", h->raw_size);
    term_line(stdout, "image hash   0x%08x  %s (%u)", h->raw_hash, or_unknown(hash_name(h)), h->hash_kind);
    term_line(stdout, "body size    %u", h->body_size);
    term_line(stdout, "body CRC     0x%08x", h->body_crc);
    term_line(stdout, "header CRC   0x%08x", f->header_crc);
    term_line(stdout, "file size    %zu", f->bytes.size);
}

/* Texts that are not UTF-8 lose bytes here, so the header is there as it is, too. */
static void print_json(const struct package_file *f, struct json *j)
{
    const struct otter_rbl *h = &f->header;
    char when[32];

    package_time(h->timestamp, when, sizeof when);
    json_text(j, "part", h->part);
    json_text(j, "version", h->version);
    json_text(j, "sn", h->sn);
    json_number(j, "timestamp", h->timestamp);
    json_text(j, "time", when);
    json_number(j, "cipher_id", h->cipher);
    json_text(j, "cipher", cipher_name(h));
    json_number(j, "compression_id", h->compression);
    json_text(j, "compression", compression_name(h));
    json_number(j, "hash_id", h->hash_kind);
    json_text(j, "hash", hash_name(h));
    json_number(j, "raw_size", h->raw_size);
    json_number(j, "raw_hash", h->raw_hash);
    json_number(j, "body_size", h->body_size);
    json_number(j, "body_crc", h->body_crc);
    json_number(j, "header_crc", f->header_crc);
    json_hex(j, "header", f->bytes.data, HEADER);
}

const struct package_kind package_kind_rbl = {
    "rbl", { 'R', 'B', 'L', 0 }, HEADER, begin, check, check_keys, explain, print, print_json,
};
