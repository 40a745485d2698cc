#include "cli/package_file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "cli/term.h"
#include "core/bytes.h"
#include "core/err.h"
#include "core/sum.h"

enum { HEADER = OTTER_RBL_HEADER_SIZE };

static const struct otter_codec *const codecs[] = {
    &otter_codec_aes256_cbc, &otter_codec_gzip, &otter_codec_quicklz, &otter_codec_fastlz, NULL,
};

static const uint8_t magic[4] = { 'R', 'B', 'L', 0 };

static const char *const cipher_names[] = { "none", "xor", "aes256" };
static const char *const compression_names[] = { "none", "gzip", "quicklz", "fastlz" };
static const char *const hash_names[] = { "fnv1a", "crc32" };

#define NAME(names, i) ((i) < sizeof(names) / sizeof *(names) ? (names)[i] : NULL)

const char *package_cipher_name(const struct otter_rbl *h)
{
    return NAME(cipher_names, h->cipher);
}

const char *package_compression_name(const struct otter_rbl *h)
{
    return NAME(compression_names, h->compression);
}

const char *package_hash_name(const struct otter_rbl *h)
{
    return NAME(hash_names, h->hash_kind);
}

static int store_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    const struct package_file *f = flash->ctx;

    memcpy(buf, f->bytes.data + off, len);
    return 0;
}

/* core decodes no header whose magic or CRC is wrong; a copy with right ones shows what there is. */
static void read_header(struct package_file *f)
{
    uint8_t repaired[HEADER];

    memcpy(repaired, f->bytes.data, HEADER);
    memcpy(repaired, magic, sizeof magic);
    otter_put_le32(repaired + HEADER - 4, otter_sum_of(&otter_crc32, repaired, HEADER - 4));
    otter_rbl_decode(repaired, &f->header);
    f->header_crc = otter_le32(f->bytes.data + HEADER - 4);
    f->header_sum = otter_sum_of(&otter_crc32, f->bytes.data, HEADER - 4);
}

void package_file_wrap(struct package_file *f, const char *name, struct buffer bytes)
{
    uint32_t size = (uint32_t)bytes.size;

    *f = (struct package_file){ .name = name, .bytes = bytes };
    read_header(f);
    f->store = (struct otter_flash){
        .name = "file", .size = size, .erase_size = 1, .prog_size = 1, .read = store_read, .ctx = f
    };
    f->nowhere = (struct otter_flash){ .name = "nowhere", .size = UINT32_MAX, .erase_size = 1, .prog_size = 1 };
    f->src = (struct otter_part){ "download", &f->store, 0, size, 0 };
    f->dest[0] = (struct otter_part){ f->header.part, &f->nowhere, 0, UINT32_MAX, OTTER_PART_INSTALL };
    f->config = (struct otter_config){ "host", f->dest, codecs, OTTER_ACCEPT_RBL, f->key.key, f->key.iv };
}

int package_file_load(struct package_file *f, const char *path)
{
    struct buffer bytes = { 0 };

    if (file_load(path, UINT32_MAX, &bytes, NULL)) {
        buffer_free(&bytes);
        return EXIT_FAIL;
    }
    if (bytes.size < HEADER) {
        term_error("'%s' is no package: it has %zu bytes, and the header alone has %d", path, bytes.size, HEADER);
        buffer_free(&bytes);
        return EXIT_FAIL;
    }
    package_file_wrap(f, path, bytes);
    return EXIT_OK;
}

void package_file_free(struct package_file *f)
{
    buffer_free(&f->bytes);
}

__attribute__((format(printf, 2, 3))) static void add(struct problems *p, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(p->line[p->count++], sizeof p->line[0], format, args);
    va_end(args);
}

bool package_file_is_rbl(const struct package_file *f)
{
    return !memcmp(f->bytes.data, magic, sizeof magic);
}

static void check_header(const struct package_file *f, struct problems *p)
{
    const uint8_t *b = f->bytes.data;

    if (!package_file_is_rbl(f))
        add(p, "no RBL package: it begins with %02x %02x %02x %02x, not with 'RBL' and a zero", b[0], b[1], b[2], b[3]);
    else if (f->header_crc != f->header_sum)
        add(p, "the header is damaged: its CRC-32 is 0x%08x, its bytes give 0x%08x", f->header_crc, f->header_sum);
}

static void check_stages(const struct otter_rbl *h, struct problems *p)
{
    if (h->cipher == OTTER_RBL_XOR)
        add(p, "its cipher is xor, which the format reserves but no tool implements");
    else if (!package_cipher_name(h))
        add(p, "its cipher %u is unknown", h->cipher);
    if (!package_compression_name(h))
        add(p, "its compression %u is unknown", h->compression);
    if (!package_hash_name(h))
        add(p, "its hash %u is unknown", h->hash_kind);
}

/* The file must end where the body does: a device would not see what comes after, and misses what does not. */
static void check_body(const struct package_file *f, struct problems *p)
{
    uint64_t there = f->bytes.size - HEADER, size = f->header.body_size;

    if (there < size) {
        add(p, "the body ends early: the header promises %llu bytes, %llu are there", (unsigned long long)size,
            (unsigned long long)there);
        return;
    }
    uint32_t crc = otter_sum_of(&otter_crc32, f->bytes.data + HEADER, (size_t)size);
    if (crc != f->header.body_crc)
        add(p, "the body is damaged: its CRC-32 is 0x%08x, the header says 0x%08x", crc, f->header.body_crc);
    if (there > size)
        add(p, "%llu bytes follow the package; 'head -c %llu' would cut them off", (unsigned long long)(there - size),
            (unsigned long long)(HEADER + size));
}

/* Whatever else core refuses: with the right stages and a whole body, only sizes are left. */
static void check_sizes(struct package_file *f, struct problems *p)
{
    const struct otter_rbl *h = &f->header;
    int err = otter_package_open(&f->package, &f->config, &f->src);

    if (err == OTTER_E_FORMAT)
        add(p, "the sizes in the header make no sense: %u bytes of image, %u of body", h->raw_size, h->body_size);
    else if (err)
        add(p, "%s: %u bytes of image, %u of body", otter_strerror(err), h->raw_size, h->body_size);
}

void package_file_check(struct package_file *f, struct problems *problems)
{
    problems->count = 0;
    check_header(f, problems);
    if (problems->count)
        return;
    check_stages(&f->header, problems);
    check_body(f, problems);
    if (!problems->count)
        check_sizes(f, problems);
}

static int explain(const struct package_file *f, int err)
{
    const struct otter_rbl *h = &f->header;

    if (h->cipher)
        return term_error("'%s' is whole, but does not decrypt to what was packed: wrong key or IV? (%s)", f->name,
                          otter_strerror(err));
    if (err == OTTER_E_HASH)
        return term_error("'%s': its image does not have the %s 0x%08x that the header promises", f->name,
                          package_hash_name(h), h->raw_hash);
    if (err == OTTER_E_TRUNCATED)
        return term_error("'%s': its %s data ends before the image's %u bytes", f->name, package_compression_name(h),
                          h->raw_size);
    if (err == OTTER_E_FORMAT)
        return term_error("'%s': its %s data is malformed, or goes on after the image", f->name,
                          package_compression_name(h));
    return term_error("'%s': %s", f->name, otter_strerror(err));
}

static struct otter_mem allocate_work(void)
{
    struct otter_mem mem = { NULL, OTTER_MEM_ALIGN };

    for (const struct otter_codec *const *codec = codecs; *codec; codec++)
        mem.left += OTTER_MEM_ROUND((*codec)->work_size);
    mem.at = must_alloc(mem.left);
    return mem;
}

static int copy_image(const struct package_file *f, struct otter_mem mem, FILE *out)
{
    struct otter_body body;
    uint8_t buf[OTTER_RBL_PIECE_SIZE];
    int n = otter_body_open(&body, &f->package, &mem);

    if (n)
        return n;
    while ((n = otter_stream_read(&body.stream, buf, sizeof buf)) > 0)
        fwrite(buf, 1, (size_t)n, out);
    return n;
}

int package_file_decode(struct package_file *f, FILE *out)
{
    struct otter_progress silent = { NULL, NULL };
    struct otter_mem mem;
    int err;

    if (f->header.cipher && !f->has_key)
        return term_error("'%s' is encrypted: give --key-file, or --key and --iv", f->name);
    if (!f->header.cipher && f->has_key)
        term_warning("'%s' is not encrypted; the key is not used", f->name);
    mem = allocate_work();
    err = out ? copy_image(f, mem, out) : otter_package_verify(&f->package, mem, silent);
    free(mem.at);
    return err ? explain(f, err) : EXIT_OK;
}
