/*
 * otter pack --format rbl. The order is the format's: compress, pad, encrypt, sum up.
 */
#include <string.h>

#include "cli/encode/encode.h"
#include "cli/file.h"
#include "cli/pack.h"
#include "cli/package_file.h"
#include "cli/term.h"
#include "cli/timestamp.h"

enum { FORMAT, PART, VERSION, COMPRESS, ENCRYPT, KEY, IV, KEY_FILE, TIMESTAMP, SN, HASH, OUTPUT };

static const struct option_row options[] = {
    [FORMAT] = { "--format", "rbl", "the package format of RT-Thread's tools, which has no signature" },
    [PART] = { "--part", "NAME", "the partition that the image is for, at most 16 bytes" },
    [VERSION] = { "--version", "V", "the image's version, at most 24 bytes" },
    [COMPRESS] = { "--compress", "HOW",
                   "none, gzip, quicklz (the default) or fastlz. gzip makes\n"
                   "the smallest package, but the official bootloader does\n"
                   "not read it, and Otter's needs 32 KB of RAM for it" },
    [ENCRYPT] = { "--encrypt", "aes256", "AES-256-CBC, with the key below" },
    RBL_KEY_OPTION_ROWS,
    [TIMESTAMP] = { "--timestamp", "T", TIMESTAMP_HELP },
    [SN] = { "--sn", "S", "the serial or product code, at most 24 bytes;\n" PACKAGE_DEFAULT_SN " if not given" },
    [HASH] = { "--hash", "KIND", "of the raw image: fnv1a (the default) or crc32 (QBoot's)" },
    [OUTPUT] = { "-o", "PKG", "where to write the package" },
    { 0 },
};

static const char *const operands[] = { "IMAGE", NULL };

static const struct command_line line = {
    .name = "pack",
    .usage = "--format rbl --part NAME --version V [options] IMAGE -o PKG",
    .summary = "Packs a raw firmware image for a device to download and install. The package is\n"
               "decoded again and compared before it gets its name; the same inputs give the same\n"
               "bytes (with gzip: for the same version of zlib).",
    .options = options,
    .needed = 1u << FORMAT | 1u << PART | 1u << VERSION | 1u << OUTPUT,
    .operands = operands,
    .notes = "The official packager differs in one thing: its timestamps are local time minus\n"
             "1970-01-01 08:00, which is Unix time only at UTC+8.\n\n" RBL_KEY_NOTES,
};

/* The largest image that a 32-bit reader can place: image and header must be less than its partition. */
#define PACKED_IMAGE_MAX (UINT32_MAX - OTTER_RBL_HEADER_SIZE - 1)

/* Everything that the command line asks for. */
struct recipe {
    const char *image, *package;
    const struct encoder *encoder;
    bool encrypt;
    struct rbl_key key;
    struct otter_rbl header; /* filled as the work goes on */
};

static int take_texts(const struct arguments *args, struct otter_rbl *h)
{
    const char *sn = args->option[SN] ? args->option[SN] : PACKAGE_DEFAULT_SN;
    int status = options_text("--part", args->option[PART], h->part, sizeof h->part);

    if (!status)
        status = options_text("--version", args->option[VERSION], h->version, sizeof h->version);
    if (!status)
        status = options_text("--sn", sn, h->sn, sizeof h->sn);
    return status;
}

/* What an option was given, or else `otherwise`, as a place among the names it knows: false after an error. */
static bool take_choice(const struct arguments *args, int option, const char *const *names, const char *otherwise,
                        int *choice)
{
    const char *value = args->option[option];

    *choice = options_choose(options[option].name, value ? value : otherwise, names);
    return *choice >= 0;
}

static bool take_choices(const struct arguments *args, struct recipe *r)
{
    static const char *const ciphers[] = { "aes256", NULL };
    static const char *const hashes[] = { "fnv1a", "crc32", NULL };
    int cipher, hash;

    r->encoder = pack_encoder(args->option[COMPRESS]);
    if (!r->encoder || !take_choice(args, ENCRYPT, ciphers, "aes256", &cipher) ||
        !take_choice(args, HASH, hashes, "fnv1a", &hash))
        return false;
    r->encrypt = args->option[ENCRYPT];
    r->header.compression = (uint8_t)r->encoder->compression;
    r->header.cipher = r->encrypt ? OTTER_RBL_AES256 : OTTER_RBL_PLAIN;
    r->header.hash_kind = (uint16_t)hash;
    return true;
}

static int take_key(const struct arguments *args, struct recipe *r)
{
    bool given;
    int status = rbl_key_take(args->option[KEY], args->option[IV], args->option[KEY_FILE], &r->key, &given);

    if (!status && r->encrypt && !given)
        return term_usage("pack: --encrypt needs --key-file, or --key and --iv");
    if (!status && !r->encrypt && given)
        return term_usage("pack: there is a key, but no '--encrypt aes256': the package would not be encrypted");
    return status;
}

static int take_recipe(const struct arguments *args, struct recipe *r)
{
    *r = (struct recipe){ .image = args->operand[0], .package = args->option[OUTPUT] };
    int status = take_texts(args, &r->header);

    if (!status && !take_choices(args, r))
        status = EXIT_USAGE;
    if (!status)
        status = take_key(args, r);
    if (!status)
        pack_warn_of_part(r->header.part);
    return status;
}

static int load_image(const struct arguments *args, struct recipe *r, struct buffer *image)
{
    time_t mtime;
    int status = pack_load_image(r->image, PACKED_IMAGE_MAX, image, &mtime);

    return status ? status : timestamp_take(args->option[TIMESTAMP], mtime, &r->header.timestamp);
}

/* Header and body. */
static int build(struct recipe *r, const struct buffer *image, struct buffer *package)
{
    struct otter_rbl *h = &r->header;
    struct buffer body = { 0 };
    int status = EXIT_OK;

    r->encoder->encode(image->data, image->size, &body);
    if (r->encrypt)
        encrypt_aes256_cbc(&body, r->key.key, r->key.iv);
    if (body.size > UINT32_MAX - OTTER_RBL_HEADER_SIZE) {
        status = term_error("'%s' makes a package of over 4 GB, which no header can describe", r->image);
    } else {
        h->raw_size = (uint32_t)image->size;
        h->raw_hash = otter_hash32_of(otter_rbl_hash_of(h), image->data, image->size);
        h->body_size = (uint32_t)body.size;
        h->body_crc = otter_hash32_of(&otter_crc32, body.data, body.size);
        otter_rbl_encode(h, buffer_reserve(package, OTTER_RBL_HEADER_SIZE));
        package->size += OTTER_RBL_HEADER_SIZE;
        buffer_add(package, body.data, body.size);
    }
    buffer_free(&body);
    return status;
}

/* Through the reader that devices have: EXIT_OK, or EXIT_FAIL after an error. */
static int check(const struct recipe *r, struct buffer package)
{
    const struct reader_keys keys = { .rbl = r->key, .has_rbl = r->encrypt };

    return pack_check(r->package, package, &keys);
}

static int pack(const struct arguments *args, struct recipe *r)
{
    const char *const inputs[] = { r->image, args->option[KEY_FILE], NULL };
    struct buffer image = { 0 }, package = { 0 };
    int status = load_image(args, r, &image);

    if (!status)
        status = build(r, &image, &package);
    if (!status)
        status = check(r, package);
    if (!status && output_save(r->package, inputs, &package))
        status = EXIT_FAIL;
    if (!status)
        term_line(stdout, "%s: %s %s, %zu bytes of image in %zu", r->package, r->header.part, r->header.version,
                  image.size, package.size);
    buffer_free(&image);
    buffer_free(&package);
    return status;
}

int pack_rbl(int argc, char **argv)
{
    struct arguments args;
    struct recipe recipe;
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    status = take_recipe(&args, &recipe);
    return status ? status : pack(&args, &recipe);
}
