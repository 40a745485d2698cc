/*
 * otter verify, otter unpack: decode a package as a device would, and compare everything.
 */
#include "cli/command.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/package_file.h"
#include "cli/term.h"

enum { KEY, IV, KEY_FILE, OUTPUT };

#define FILE_NOTES                                                                                                     \
    "The file must hold one package and nothing after it: a file that ends early or goes\n"                            \
    "on is refused.\n\n"

static const struct option_row verify_options[] = { KEY_OPTION_ROWS, { 0 } };

static const struct option_row unpack_options[] = {
    KEY_OPTION_ROWS,
    [OUTPUT] = { "-o", "IMAGE", "where to write the raw image" },
    { 0 },
};

static const char *const operands[] = { "PKG", NULL };

static const struct command_line verify_line = {
    .name = "verify",
    .usage = "[--key-file FILE | --key K --iv V] PKG",
    .summary = "Decodes a package as a device would, and compares it with every checksum it has.",
    .options = verify_options,
    .operands = operands,
    .notes = FILE_NOTES KEY_NOTES,
};

static const struct command_line unpack_line = {
    .name = "unpack",
    .usage = "[--key-file FILE | --key K --iv V] PKG -o IMAGE",
    .summary = "Writes the raw image that a package holds, once all of it is proven right.",
    .options = unpack_options,
    .needed = 1u << OUTPUT,
    .operands = operands,
    .notes = FILE_NOTES KEY_NOTES,
};

/* Loads the package and judges what needs no decoding. *f is to be freed if it was loaded, whatever the result. */
static int open_package(struct package_file *f, const struct arguments *args)
{
    struct cipher_key key;
    struct problems problems;
    bool has_key;
    int status = keys_take(args->option[KEY], args->option[IV], args->option[KEY_FILE], &key, &has_key);

    *f = (struct package_file){ 0 };
    if (!status)
        status = package_file_load(f, args->operand[0]);
    if (status)
        return status;
    if (has_key)
        f->key = key;
    f->has_key = has_key;
    package_file_check(f, &problems);
    for (int i = 0; i < problems.count; i++)
        status = term_error("'%s': %s", f->name, problems.line[i]);
    return status;
}

int verify_command(int argc, char **argv)
{
    struct arguments args;
    struct package_file f;
    int status;

    if (!options_parse(&verify_line, argc, argv, &args, &status))
        return status;
    status = open_package(&f, &args);
    if (!status)
        status = package_file_decode(&f, NULL);
    if (!status)
        term_line(stdout, "%s: good: %s %s, %u bytes of image", f.name, f.header.part, f.header.version,
                  f.header.raw_size);
    package_file_free(&f);
    return status;
}

/* The name appears only once core has compared the whole image. */
static int write_image(struct package_file *f, const struct arguments *args)
{
    const char *const inputs[] = { f->name, args->option[KEY_FILE], NULL };
    struct output out;

    if (output_open(&out, args->option[OUTPUT], inputs))
        return EXIT_FAIL;
    if (!package_file_decode(f, out.file))
        return output_commit(&out) ? EXIT_FAIL : EXIT_OK;
    output_discard(&out);
    return EXIT_FAIL;
}

int unpack_command(int argc, char **argv)
{
    struct arguments args;
    struct package_file f;
    int status;

    if (!options_parse(&unpack_line, argc, argv, &args, &status))
        return status;
    status = open_package(&f, &args);
    if (!status)
        status = write_image(&f, &args);
    package_file_free(&f);
    return status;
}
