/*
 * otter image: what a programmer writes to a board's flash first. The app is installed there by core, so that it looks
 * as it would after an update, trailer and all: a bootloader starts no app without one.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/flash_image.h"
#include "cli/package_file.h"
#include "cli/term.h"
#include "cli/timestamp.h"
#include "core/bytes.h"
#include "core/err.h"
#include "core/install.h"
#include "core/vectors.h"

enum { BOARD, VERSION, TIMESTAMP, SIZE, FACTORY, DOWNLOAD, OUTPUT, KEYS };

static const struct option_row options[] = {
    [BOARD] = { "--board", "NAME", "mps2 or posix" },
    [VERSION] = { "--version", "V",
                  "the version of a raw APP; 0.0.0 if not given, so that\n"
                  "any release is newer" },
    [TIMESTAMP] = { "--timestamp", "T", TIMESTAMP_HELP },
    [SIZE] = { "--size", "HOW",
               "of an .img file: full (the default) is all of the board's\n"
               "flash, used ends behind the last byte that is not erased" },
    [FACTORY] = { "--factory", "PKG", "put this package into the partition factory" },
    [DOWNLOAD] = { "--download", "PKG", "and this one into download, as if it had arrived there" },
    [OUTPUT] = { "-o", "FILE",
                 "FILE.img: the flash's bytes from its lowest address on,\n"
                 "FILE.hex: Intel HEX of what is not erased" },
    READER_KEYS_ROWS(KEYS),
    { 0 },
};

static const char *const operands[] = { "BOOT", "APP", NULL };

static const struct command_line line = {
    .name = "image",
    .usage = "--board NAME [options] BOOT APP -o FILE.img|FILE.hex",
    .summary = "Makes what a programmer writes to a board's flash first: bootloader and app. BOOT is\n"
               "a raw image, or '-' to leave its partition erased. APP is a package, which is installed\n"
               "with its signature; or a raw image, for boards that accept RBL, and gets an RBL header.",
    .options = options,
    .needed = 1u << BOARD | 1u << OUTPUT,
    .operands = operands,
    .notes = "Packages are compared with what they promise. Their signature is checked if there is a\n"
             "key for it here; the board checks it in any case.\n\n" READER_KEYS_NOTES,
};

enum kind { IMG, HEX };

struct job {
    const struct board *board;
    const char *boot, *app, *output, *factory, *download;
    const char *version, *timestamp; /* or NULL */
    enum kind kind;
    bool used_only;
    struct reader_keys keys;
    struct flash_image flash;
    char running[OTTER_VERSION_MAX + 1]; /* what the app turned out to be */
    uint32_t app_size;
    bool is_proven;
};

static int check_size(const char *path, const struct buffer *raw, const struct otter_part *part, uint32_t room)
{
    if (!raw->size)
        return term_error("'%s' is empty", path);
    if (raw->size > room)
        return term_error("'%s' has %zu bytes; '%s' has room for %u", path, raw->size, part->name, room);
    return EXIT_OK;
}

static int put(const struct otter_part *part, const struct buffer *data, const char *path)
{
    int err = otter_part_prog_tail(part, 0, data->data, data->size);

    return err ? term_error("'%s' in '%s': %s", path, part->name, otter_strerror(err)) : EXIT_OK;
}

static int put_boot(struct job *job)
{
    const struct otter_part *part = otter_part_find(job->flash.parts, "bootloader");
    struct buffer boot = { 0 };
    int status = file_load(job->boot, UINT32_MAX, &boot, NULL) ? EXIT_FAIL : EXIT_OK;

    if (!status)
        status = check_size(job->boot, &boot, part, part->size);
    if (!status)
        status = put(part, &boot, job->boot);
    buffer_free(&boot);
    return status;
}

/* ---- the app ---- */

/* The package that 'otter pack --format rbl --compress none' makes of a raw app. */
static int make_rbl(struct job *job, const struct buffer *app, time_t mtime, struct buffer *package)
{
    struct otter_rbl h = { .part = "app", .sn = PACKAGE_DEFAULT_SN };
    const char *version = job->version ? job->version : "0.0.0";
    int status = options_text("--version", version, h.version, sizeof h.version);

    if (!status)
        status = timestamp_take(job->timestamp, mtime, &h.timestamp);
    if (status)
        return status;
    h.raw_size = h.body_size = (uint32_t)app->size;
    h.raw_hash = otter_hash32_of(&otter_fnv1a, app->data, app->size);
    h.body_crc = otter_hash32_of(&otter_crc32, app->data, app->size);
    otter_rbl_encode(&h, buffer_reserve(package, OTTER_RBL_HEADER_SIZE));
    package->size += OTTER_RBL_HEADER_SIZE;
    buffer_add(package, app->data, app->size);
    return EXIT_OK;
}

static int wrap_raw(struct job *job, const struct buffer *app, time_t mtime, struct buffer *package)
{
    const struct otter_part *part = otter_part_find(job->flash.parts, "app");
    int status = check_size(job->app, app, part, part->size - otter_format_rbl.trailer_area(part) - 1);

    if (!status && !job->board->accepts_rbl)
        status = term_error("'%s' is no package, and board %s starts none but signed apps", job->app, job->board->name);
    return status ? status : make_rbl(job, app, mtime, package);
}

/* The app as a package: as it is, or made of a raw image. */
static int load_app(struct job *job, struct buffer *package)
{
    struct buffer app = { 0 };
    time_t mtime;
    int status = file_load(job->app, UINT32_MAX, &app, &mtime) ? EXIT_FAIL : EXIT_OK;

    if (!status && package_file_begins(&app)) {
        *package = app;
        return job->version || job->timestamp
                   ? term_usage("image: --version and --timestamp are for a raw APP; '%s' is a package", job->app)
                   : EXIT_OK;
    }
    if (!status)
        status = wrap_raw(job, &app, mtime, package);
    buffer_free(&app);
    return status;
}

/* The address of the reset handler, where the image says it is. */
static uint32_t reset_handler(const struct otter_package *pkg, unsigned i, struct otter_mem mem)
{
    uint8_t start[OTTER_VECTORS_SIZE];
    struct otter_body body;

    if (otter_body_open(&body, pkg, i, &mem) || otter_stream_read_all(&body.stream, start, sizeof start))
        return 0;
    return otter_le32(start + 4);
}

/* What the board would say of image i. */
static int explain(const struct job *job, const struct otter_package *pkg, unsigned i, struct otter_mem mem, int err)
{
    struct otter_image image;

    pkg->format->image(pkg, i, &image);
    const struct otter_part *part = otter_part_find(job->flash.parts, image.part);
    if (err == OTTER_E_DESTINATION)
        return term_error("'%s': board %s has no partition '%s' that packages may write", job->app, job->board->name,
                          image.part);
    if (err == OTTER_E_TOO_LARGE)
        return term_error("'%s' has %u bytes for '%s', which has room for %u", job->app, image.raw_size, image.part,
                          part->size - pkg->format->trailer_area(part) - 1);
    uint32_t reset = err == OTTER_E_VECTORS ? reset_handler(pkg, i, mem) : 0;
    if (reset) {
        uint32_t start = part->flash->addr + part->off;
        return term_error("'%s' is linked for another address: its reset handler is at 0x%08x, but '%s' lies at "
                          "0x%08x to 0x%08x",
                          job->app, reset, part->name, start, start + part->size - 1);
    }
    return term_error("'%s': '%s': %s", job->app, image.part, otter_strerror(err));
}

/* As the bootloader will. */
static int check_installed(const struct otter_config *config, const struct otter_part *part, struct otter_mem mem)
{
    struct otter_installed installed;
    int err = otter_installed_open(&installed, config, part, &mem);

    return err ? err : otter_installed_verify(&installed, part, mem);
}

static int install(const struct otter_package *pkg, unsigned i, struct otter_mem mem)
{
    const struct otter_resume whole = { .group = OTTER_NO_GROUP };
    const struct otter_progress silent = { NULL, NULL };
    struct otter_image image;
    int err = otter_package_image(pkg, i, &image);

    if (!err)
        err = otter_install_image(pkg, i, mem, &whole, silent);
    return err ? err : check_installed(pkg->config, image.dest, mem);
}

/* The largest erase block, for the installer. */
static struct otter_mem work_for(const struct flash_image *flash)
{
    struct otter_mem mem = package_work();
    uint32_t most = 0;

    for (const struct otter_flash *f = flash->devices; f->name; f++)
        if (f->erase_size > most)
            most = f->erase_size;
    free(mem.at);
    mem.left += 2 * most + OTTER_HEAD_MAX;
    mem.at = must_alloc(mem.left);
    return mem;
}

/* All images of a package whose content is proven right, onto the board. */
static int install_all(struct job *job, const struct package_file *f)
{
    struct otter_config config = f->config;
    struct otter_mem mem = work_for(&job->flash);
    struct otter_package pkg;
    int status = EXIT_OK;

    config.parts = job->flash.parts;
    otter_package_parse_head(&pkg, &config, &f->src, f->package.head, f->package.head_size);
    for (unsigned i = 0; i < pkg.image_count && !status; i++) {
        int err = install(&pkg, i, mem);
        if (err)
            status = explain(job, &pkg, i, mem, err);
    }
    free(mem.at);
    return status;
}

static int put_app(struct job *job)
{
    struct package_file f = { 0 };
    struct buffer package = { 0 };
    struct otter_image image;
    int app = -1, status = load_app(job, &package);

    if (!status)
        status = package_file_wrap(&f, job->app, package, &job->keys);
    if (!status)
        status = package_file_judge(&f);
    if (!status)
        status = package_file_verify(&f);
    if (!status && (app = package_file_find(&f, "app")) < 0)
        status = term_error("'%s' has no image for 'app'", job->app);
    if (!status)
        status = install_all(job, &f);
    if (!status) {
        otter_package_image(&f.package, (unsigned)app, &image);
        strcpy(job->running, f.package.version);
        job->app_size = image.raw_size;
        job->is_proven = package_file_is_proven(&f) || f.kind == &package_kind_rbl;
    }
    buffer_free(&package);
    return status;
}

/* ---- packages that lie there as such ---- */

static int put_package(struct job *job, const char *path, const char *name)
{
    const struct otter_part *part = otter_part_find(job->flash.parts, name);
    struct package_file f;
    int status;

    if (!path)
        return EXIT_OK;
    if (!part)
        return term_error("board %s has no partition '%s'", job->board->name, name);
    status = package_file_load(&f, path, &job->keys);
    if (status)
        return status;
    status = package_file_judge(&f);
    if (!status && f.bytes.size > part->size)
        status = term_error("'%s' has %zu bytes; '%s' has room for %u", path, f.bytes.size, name, part->size);
    if (!status)
        status = put(part, &f.bytes, path);
    package_file_free(&f);
    return status;
}

/* ---- the command ---- */

static int save(const struct job *job)
{
    const char *const inputs[] = { job->boot, job->app, job->factory ? job->factory : job->app,
                                   job->download ? job->download : job->app, NULL };
    struct output out;

    if (output_open(&out, job->output, inputs))
        return EXIT_FAIL;
    if (job->kind == HEX)
        flash_image_write_hex(&job->flash, out.file);
    else
        flash_image_write_raw(&job->flash, out.file, job->used_only);
    if (output_commit(&out))
        return EXIT_FAIL;
    term_line(stdout, "%s: board %s, app %s, %u bytes%s", job->output, job->board->name, job->running, job->app_size,
              job->is_proven ? "" : "; signature not checked");
    return EXIT_OK;
}

static int take_board(const char *name, struct job *job)
{
    const char *names[8] = { NULL };

    for (int i = 0; boards[i].name; i++)
        names[i] = boards[i].name;
    int n = options_choose("--board", name, names);
    if (n < 0)
        return EXIT_USAGE;
    job->board = &boards[n];
    return EXIT_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len > strlen(end) && !strcmp(text + len - strlen(end), end);
}

static int take_output(const struct arguments *args, struct job *job)
{
    static const char *const sizes[] = { "full", "used", NULL };
    const char *size = args->option[SIZE];
    int n = size ? options_choose("--size", size, sizes) : 0;

    if (n < 0)
        return EXIT_USAGE;
    job->used_only = n == 1;
    job->output = args->option[OUTPUT];
    job->kind = ends_with(job->output, ".hex") ? HEX : IMG;
    if (job->kind == IMG && !ends_with(job->output, ".img"))
        return term_usage("image: '%s' ends in neither .img nor .hex", job->output);
    if (job->kind == HEX && size)
        return term_usage("image: --size is for .img files: a .hex file has only what is used");
    return EXIT_OK;
}

static int take_job(const struct arguments *args, struct job *job)
{
    *job = (struct job){
        .boot = args->operand[0],
        .app = args->operand[1],
        .factory = args->option[FACTORY],
        .download = args->option[DOWNLOAD],
        .version = args->option[VERSION],
        .timestamp = args->option[TIMESTAMP],
    };
    int status = take_board(args->option[BOARD], job);
    if (!status)
        status = take_output(args, job);
    if (!status)
        status = reader_keys_take(&job->keys, args, KEYS);
    return status;
}

int image_command(int argc, char **argv)
{
    struct arguments args;
    struct job job;
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    status = take_job(&args, &job);
    if (status)
        return status;
    flash_image_init(&job.flash, job.board);
    if (strcmp(job.boot, "-"))
        status = put_boot(&job);
    if (!status)
        status = put_app(&job);
    if (!status)
        status = put_package(&job, job.factory, "factory");
    if (!status)
        status = put_package(&job, job.download, "download");
    if (!status)
        status = save(&job);
    flash_image_free(&job.flash);
    reader_keys_wipe(&job.keys);
    return status;
}
