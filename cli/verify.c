/*
 * otter verify, otter unpack: decode a package as a device would, and compare everything.
 */
#include "cli/command.h"
#include "cli/file.h"
#include "cli/package_file.h"
#include "cli/term.h"

enum { KEYS = 0, IMAGE = 6, OUTPUT };

#define FILE_NOTES                                                                                                     \
    "An Otter package needs the key that its signature is checked with, and the product key\n"                         \
    "if it is encrypted. The file must hold one package and nothing after it: a file that\n"                           \
    "ends early or goes on is refused.\n\n"

static const struct option_row verify_options[] = { READER_KEYS_ROWS(KEYS), { 0 } };

static const struct option_row unpack_options[] = {
    READER_KEYS_ROWS(KEYS),
    [IMAGE] = { "--image", "NAME", "the image for this partition, where there are several" },
    [OUTPUT] = { "-o", "IMAGE", "where to write the raw image" },
    { 0 },
};

static const char *const operands[] = { "PKG", NULL };

static const struct command_line verify_line = {
    .name = "verify",
    .usage = "[--pubkey FILE | --hmac-key FILE] [--product-key FILE] PKG",
    .summary = "Checks a package's signature, decodes it as a device would, and compares it with\n"
               "every hash and checksum it has.",
    .options = verify_options,
    .operands = operands,
    .notes = FILE_NOTES READER_KEYS_NOTES,
};

static const struct command_line unpack_line = {
    .name = "unpack",
    .usage = "[--pubkey FILE | --hmac-key FILE] [--product-key FILE] [--image NAME]\n"
             "       PKG -o IMAGE",
    .summary = "Writes a raw image that a package holds, once all of it is proven right.",
    .options = unpack_options,
    .needed = 1u << OUTPUT,
    .operands = operands,
    .notes = FILE_NOTES READER_KEYS_NOTES,
};

/* Loads the package and judges what needs no decoding. *f is to be freed, whatever the result. */
static int open_package(struct package_file *f, struct reader_keys *keys, const struct arguments *args)
{
    int status = reader_keys_take(keys, args, KEYS);

    *f = (struct package_file){ 0 };
    if (!status)
        status = package_file_load(f, args->operand[0], keys);
    if (!status)
        status = package_file_judge(f);
    return status ? status : package_file_must_be_proven(f);
}

int verify_command(int argc, char **argv)
{
    struct arguments args;
    struct package_file f;
    struct reader_keys keys;
    struct otter_image image;
    int status;

    if (!options_parse(&verify_line, argc, argv, &args, &status))
        return status;
    status = open_package(&f, &keys, &args);
    if (!status)
        status = package_file_verify(&f);
    for (unsigned i = 0; i < f.package.image_count && !status; i++)
        if (!otter_package_image(&f.package, i, &image))
            term_line(stdout, "%s: good: %s %s, %u bytes of image", f.name, image.part, f.package.version,
                      image.raw_size);
    package_file_free(&f);
    reader_keys_wipe(&keys);
    return status;
}

static int choose(const struct package_file *f, const char *name, unsigned *i)
{
    int found = name ? package_file_find(f, name) : 0;

    if (found < 0)
        return term_error("'%s' has no image for '%s'; 'otter inspect' shows what it has", f->name, name);
    if (!name && f->package.image_count > 1)
        return term_error("'%s' has %u images: say which with --image", f->name, f->package.image_count);
    *i = (unsigned)found;
    return EXIT_OK;
}

/* The name appears only once core has compared the whole image. */
static int write_image(struct package_file *f, unsigned i, const struct arguments *args)
{
    const char *inputs[READER_KEYS_FILES + 2] = { f->name };
    struct output out;

    reader_keys_files(args, KEYS, inputs + 1);
    if (output_open(&out, args->option[OUTPUT], inputs))
        return EXIT_FAIL;
    if (!package_file_decode(f, i, out.file))
        return output_commit(&out) ? EXIT_FAIL : EXIT_OK;
    output_discard(&out);
    return EXIT_FAIL;
}

int unpack_command(int argc, char **argv)
{
    struct arguments args;
    struct package_file f;
    struct reader_keys keys;
    unsigned i = 0;
    int status;

    if (!options_parse(&unpack_line, argc, argv, &args, &status))
        return status;
    status = open_package(&f, &keys, &args);
    if (!status)
        status = choose(&f, args.option[IMAGE], &i);
    if (!status)
        status = write_image(&f, i, &args);
    package_file_free(&f);
    reader_keys_wipe(&keys);
    return status;
}
