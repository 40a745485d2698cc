#include "cli/package_file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/file.h"
#include "cli/term.h"
#include "core/err.h"

static const struct otter_codec *const codecs[] = {
    &otter_codec_aes256_ctr, &otter_codec_aes256_cbc, &otter_codec_gzip,
    &otter_codec_quicklz,    &otter_codec_fastlz,     NULL,
};

static const struct otter_format *const formats[] = { &otter_format_otter, &otter_format_rbl, NULL };
static const struct package_kind *const kinds[] = { &package_kind_otter, &package_kind_rbl, NULL };

void problems_add(struct problems *problems, const char *format, ...)
{
    const int room = sizeof problems->line / sizeof *problems->line;
    va_list args;

    if (problems->count == room)
        return;
    va_start(args, format);
    vsnprintf(problems->line[problems->count++], sizeof problems->line[0], format, args);
    va_end(args);
}

const char *package_codec_name(uint8_t id)
{
    const struct otter_codec *codec = otter_codec_find(codecs, (enum otter_codec_id)id);

    return codec ? codec->name : NULL;
}

void package_time(uint64_t seconds, char *text, size_t size)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || !strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
        snprintf(text, size, "beyond all calendars");
}

static int store_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    const struct package_file *f = flash->ctx;

    memcpy(buf, f->bytes.data + off, len);
    return 0;
}

static const struct package_kind *recognise(const struct buffer *bytes)
{
    for (const struct package_kind *const *kind = kinds; *kind && bytes->size >= OTTER_HEAD_PREFIX; kind++)
        if (!memcmp(bytes->data, (*kind)->magic, sizeof(*kind)->magic))
            return *kind;
    return NULL;
}

bool package_file_begins(const struct buffer *bytes)
{
    return recognise(bytes);
}

int package_file_wrap(struct package_file *f, const char *name, struct buffer bytes, const struct reader_keys *keys)
{
    uint32_t size = (uint32_t)bytes.size;
    const struct package_kind *kind = recognise(&bytes);
    uint32_t least = kind ? kind->head_size : OTTER_HEAD_PREFIX;

    *f = (struct package_file){ .name = name, .bytes = bytes, .keys = keys, .kind = kind };
    if (size < least)
        return term_error("'%s' is no package: it has %u bytes, and the header alone has %u", name, size, least);
    f->store = (struct otter_flash){
        .name = "file", .size = size, .erase_size = 1, .prog_size = 1, .read = store_read, .ctx = f
    };
    f->nowhere = (struct otter_flash){ .name = "nowhere", .size = UINT32_MAX, .erase_size = 1, .prog_size = 1 };
    f->src = (struct otter_part){ "download", &f->store, 0, size, 0 };
    f->config = (struct otter_config){
        .board = "host",
        .parts = f->dest,
        .codecs = codecs,
        .formats = formats,
        .boot_version = UINT32_MAX,
        .chunk_max = OTTER_CHUNK_MAX,
    };
    if (kind)
        kind->begin(f);
    return EXIT_OK;
}

int package_file_load(struct package_file *f, const char *path, const struct reader_keys *keys)
{
    struct buffer bytes = { 0 };
    int status = file_load(path, UINT32_MAX, &bytes, NULL) ? EXIT_FAIL : EXIT_OK;

    *f = (struct package_file){ .bytes = bytes };
    if (!status)
        status = package_file_wrap(f, path, bytes, keys);
    if (status)
        package_file_free(f);
    return status;
}

void package_file_free(struct package_file *f)
{
    buffer_free(&f->bytes);
}

void package_file_check(struct package_file *f, struct problems *problems)
{
    const uint8_t *b = f->bytes.data;

    problems->count = 0;
    if (f->kind)
        f->kind->check(f, problems);
    else
        problems_add(problems,
                     "no Otter package and no RBL package: it begins with %02x %02x %02x %02x, not with 'OTTR' or "
                     "'RBL' and a zero",
                     b[0], b[1], b[2], b[3]);
}

int package_file_judge(struct package_file *f)
{
    struct problems problems;
    int status = EXIT_OK;

    package_file_check(f, &problems);
    for (int i = 0; i < problems.count; i++)
        status = term_error("'%s': %s", f->name, problems.line[i]);
    return status;
}

bool package_file_is_proven(const struct package_file *f)
{
    return f->kind == &package_kind_otter && f->keys->has_proof;
}

int package_file_must_be_proven(const struct package_file *f)
{
    if (f->kind != &package_kind_otter || f->keys->has_proof)
        return EXIT_OK;
    return term_error("'%s' is signed: give %s to check the signature with", f->name,
                      f->trusted[0].auth->id == otter_auth_p256.id ? "--pubkey" : "--hmac-key");
}

struct otter_mem package_work(void)
{
    struct otter_mem mem = { NULL, OTTER_MEM_ALIGN + OTTER_HEAD_MAX + OTTER_CHUNK_MAX + OTTER_SOURCE_MAX };

    for (const struct otter_codec *const *codec = codecs; *codec; codec++)
        mem.left += OTTER_MEM_ROUND((*codec)->work_size);
    mem.at = must_alloc(mem.left);
    return mem;
}

static int copy_image(const struct package_file *f, unsigned i, struct otter_mem mem, FILE *out)
{
    struct otter_body body;
    uint8_t buf[4096];
    int n = otter_body_open(&body, &f->package, i, &mem);

    if (n)
        return n;
    while ((n = otter_stream_read(&body.stream, buf, sizeof buf)) > 0)
        if (out)
            fwrite(buf, 1, (size_t)n, out);
    return n;
}

int package_file_decode(struct package_file *f, unsigned i, FILE *out)
{
    struct otter_image image;
    struct otter_mem mem;
    int err, status = f->kind->check_keys(f);

    if (status)
        return status;
    mem = package_work();
    err = copy_image(f, i, mem, out);
    free(mem.at);
    if (!err)
        return EXIT_OK;
    f->package.format->image(&f->package, i, &image);
    return f->kind->explain(f, image.part, err);
}

int package_file_verify(struct package_file *f)
{
    int status = EXIT_OK;

    for (unsigned i = 0; i < f->package.image_count && !status; i++)
        status = package_file_decode(f, i, NULL);
    return status;
}

int package_file_find(const struct package_file *f, const char *part)
{
    struct otter_image image;

    for (unsigned i = 0; i < f->package.image_count; i++)
        if (!otter_package_image(&f->package, i, &image) && !strcmp(image.part, part))
            return (int)i;
    return -1;
}
