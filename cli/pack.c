#include "cli/pack.h"

#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/term.h"

static const char *const names[] = { "otter", "rbl", NULL };
static int (*const packers[])(int argc, char **argv) = { pack_otter, pack_rbl };

/* What --format was given, or NULL: it decides which table all else is read with. */
static const char *format_of(int argc, char **argv)
{
    static const char option[] = "--format";
    const size_t len = sizeof option - 1;

    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strncmp(argv[i], option, len) && (argv[i][len] == '=' || (!argv[i][len] && i + 1 < argc)))
            return argv[i][len] ? argv[i] + len + 1 : argv[i + 1];
    return NULL;
}

int pack_command(int argc, char **argv)
{
    const char *format = format_of(argc, argv);
    int n = format ? options_choose("--format", format, names) : 0;

    return n < 0 ? EXIT_USAGE : packers[n](argc, argv);
}

const struct encoder *pack_encoder(const char *name)
{
    const char *encoder_names[8] = { NULL };

    for (int i = 0; encoders[i].name; i++)
        encoder_names[i] = encoders[i].name;
    int n = options_choose("--compress", name ? name : "quicklz", encoder_names);
    return n < 0 ? NULL : &encoders[n];
}

int pack_load_image(const char *path, uint64_t most, struct buffer *image, time_t *mtime)
{
    if (file_load(path, most, image, mtime))
        return EXIT_FAIL;
    if (!image->size)
        return term_error("'%s' is empty: there is nothing to pack", path);
    if (image->size >= 4 && !memcmp(image->data, "\177ELF", 4))
        term_warning("'%s' is an ELF file; a microcontroller needs the raw image (objcopy -O binary)", path);
    return EXIT_OK;
}

void pack_warn_of_part(const char *part)
{
    if (!strcmp(part, "bootloader"))
        term_warning("devices refuse a package for 'bootloader'");
}

int pack_check(const char *name, struct buffer package, const struct reader_keys *keys)
{
    struct package_file f;
    int status = package_file_wrap(&f, name, package, keys);

    if (!status)
        status = package_file_judge(&f);
    if (!status)
        status = package_file_verify(&f);
    return status ? term_error("'%s' was not written", name) : EXIT_OK;
}
