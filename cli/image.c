/*
 * otter image: what a programmer writes to a board's flash first. The app gets the header that an install would have
 * left, since a bootloader starts no app without one.
 */
#include <string.h>

#include "cli/boards.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/hex.h"
#include "cli/options.h"
#include "cli/package_file.h"
#include "cli/term.h"
#include "cli/timestamp.h"
#include "core/bytes.h"
#include "core/err.h"
#include "core/install.h"
#include "core/sum.h"
#include "core/vectors.h"

enum { BOARD, VERSION, TIMESTAMP, SIZE, OUTPUT };

static const struct option_row options[] = {
    [BOARD] = { "--board", "NAME", "mps2 or posix" },
    [VERSION] = { "--version", "V",
                  "the app's version in its header; 0.0.0 if not given,\n"
                  "so that any release is newer" },
    [TIMESTAMP] = { "--timestamp", "T", TIMESTAMP_HELP },
    [SIZE] = { "--size", "HOW",
               "of an .img file: full (the default) is all of the board's\n"
               "flash, used ends behind the app's partition" },
    [OUTPUT] = { "-o", "FILE",
                 "FILE.img: the flash's bytes from its lowest address on,\n"
                 "FILE.hex: Intel HEX of what is not erased" },
    { 0 },
};

static const char *const operands[] = { "BOOT", "APP", NULL };

static const struct command_line line = {
    .name = "image",
    .usage = "--board NAME [options] BOOT APP -o FILE.img|FILE.hex",
    .summary = "Makes what a programmer writes to a board's flash first: bootloader, app and the\n"
               "app's header. BOOT and APP are raw images; '-' for BOOT leaves its partition erased.",
    .options = options,
    .needed = 1u << BOARD | 1u << OUTPUT,
    .operands = operands,
};

/* All of a board's flash, in memory. */
struct flash_image {
    const struct board *board;
    uint32_t base;       /* the lowest address of its devices */
    struct buffer bytes; /* from there to the highest */
    struct {
        uint32_t addr, size;
    } written[3]; /* bootloader, app, header */
    int written_count;
};

enum kind { IMG, HEX };

struct job {
    struct flash_image flash;
    const char *boot, *app, *output;
    enum kind kind;
    bool used_only;
    struct otter_rbl header;
};

static void erase_all(struct flash_image *flash)
{
    uint32_t end = 0;

    flash->base = flash->board->flashes[0]->addr;
    for (const struct otter_flash *const *f = flash->board->flashes; *f; f++)
        end = (*f)->addr + (*f)->size;
    flash->bytes.size = end - flash->base;
    flash->bytes.data = must_alloc(flash->bytes.size);
    memset(flash->bytes.data, OTTER_ERASED, flash->bytes.size);
}

static void write_at(struct flash_image *flash, const struct otter_part *part, uint32_t off, const struct buffer *data)
{
    uint32_t addr = part->flash->addr + part->off + off;

    memcpy(flash->bytes.data + (addr - flash->base), data->data, data->size);
    flash->written[flash->written_count].addr = addr;
    flash->written[flash->written_count++].size = (uint32_t)data->size;
}

/* A raw image of at most `room` bytes for that partition: EXIT_OK, or EXIT_FAIL after an error. */
static int load(const char *path, const struct otter_part *part, uint32_t room, struct buffer *content, time_t *mtime)
{
    if (file_load(path, UINT32_MAX, content, mtime))
        return EXIT_FAIL;
    if (!content->size)
        return term_error("'%s' is empty", path);
    if (content->size > room)
        return term_error("'%s' has %zu bytes; '%s' has room for %u", path, content->size, part->name, room);
    return EXIT_OK;
}

static int put_boot(struct job *job)
{
    const struct otter_part *part = otter_part_find(job->flash.board->parts, "bootloader");
    struct buffer boot = { 0 };
    int status = load(job->boot, part, part->size, &boot, NULL);

    if (!status)
        write_at(&job->flash, part, 0, &boot);
    buffer_free(&boot);
    return status;
}

static int flash_read(const struct otter_flash *device, uint32_t off, void *buf, uint32_t len)
{
    const struct flash_image *flash = device->ctx;

    memcpy(buf, flash->bytes.data + (device->addr - flash->base) + off, len);
    return 0;
}

/* As the bootloader will: EXIT_OK, or EXIT_FAIL after an error. */
static int check_app(struct job *job, const struct otter_part *part, const struct buffer *app)
{
    struct otter_flash device = *part->flash;
    struct otter_part readable = *part;
    struct otter_rbl header;
    uint32_t start = device.addr + part->off;

    device.read = flash_read;
    device.ctx = &job->flash;
    readable.flash = &device;
    int err = otter_installed_verify(&readable, &header);
    if (err == OTTER_E_VECTORS && app->size >= OTTER_VECTORS_SIZE)
        return term_error("'%s' is linked for another address: its reset handler is at 0x%08x, but '%s' lies at "
                          "0x%08x to 0x%08x",
                          job->app, otter_le32(app->data + 4), part->name, start, start + part->size - 1);
    return err ? term_error("'%s': %s", job->app, otter_strerror(err)) : EXIT_OK;
}

/* The header of the package that 'otter pack --compress none' makes of the app. */
static void put_header(struct job *job, const struct otter_part *part, const struct buffer *app)
{
    struct otter_rbl *h = &job->header;
    uint8_t bytes[OTTER_RBL_HEADER_SIZE];
    struct buffer header = { bytes, sizeof bytes, sizeof bytes };

    strcpy(h->part, part->name);
    strcpy(h->sn, PACKAGE_DEFAULT_SN);
    h->raw_size = h->body_size = (uint32_t)app->size;
    h->raw_hash = otter_sum_of(&otter_fnv1a, app->data, app->size);
    h->body_crc = otter_sum_of(&otter_crc32, app->data, app->size);
    otter_rbl_encode(h, bytes);
    write_at(&job->flash, part, part->size - OTTER_RBL_HEADER_SIZE, &header);
}

static int put_app(struct job *job, const char *timestamp)
{
    const struct otter_part *part = otter_part_find(job->flash.board->parts, "app");
    struct buffer app = { 0 };
    time_t mtime = 0;
    int status = load(job->app, part, part->size - OTTER_RBL_HEADER_SIZE - 1, &app, &mtime);

    if (!status)
        status = timestamp_take(timestamp, mtime, &job->header.timestamp);
    if (!status) {
        write_at(&job->flash, part, 0, &app);
        put_header(job, part, &app);
        status = check_app(job, part, &app);
    }
    buffer_free(&app);
    return status;
}

static void write_img(const struct job *job, FILE *out)
{
    const struct flash_image *flash = &job->flash;
    size_t size = 0;

    for (int i = 0; i < flash->written_count; i++)
        if (flash->written[i].addr + flash->written[i].size - flash->base > size)
            size = flash->written[i].addr + flash->written[i].size - flash->base;
    fwrite(flash->bytes.data, 1, job->used_only ? size : flash->bytes.size, out);
}

static void write_hex(const struct job *job, FILE *out)
{
    const struct flash_image *flash = &job->flash;

    for (int i = 0; i < flash->written_count; i++)
        hex_write(out, flash->written[i].addr, flash->bytes.data + (flash->written[i].addr - flash->base),
                  flash->written[i].size);
    hex_end(out);
}

static int save(const struct job *job)
{
    const char *const inputs[] = { job->boot, job->app, NULL };
    struct output out;

    if (output_open(&out, job->output, inputs))
        return EXIT_FAIL;
    if (job->kind == HEX)
        write_hex(job, out.file);
    else
        write_img(job, out.file);
    if (output_commit(&out))
        return EXIT_FAIL;
    term_line(stdout, "%s: board %s, app %s, %u bytes", job->output, job->flash.board->name, job->header.version,
              job->header.raw_size);
    return EXIT_OK;
}

static int take_board(const char *name, struct flash_image *flash)
{
    const char *names[8] = { NULL };

    for (int i = 0; boards[i].name; i++)
        names[i] = boards[i].name;
    int n = options_choose("--board", name, names);
    if (n < 0)
        return EXIT_USAGE;
    flash->board = &boards[n];
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
    const char *version = args->option[VERSION] ? args->option[VERSION] : "0.0.0";

    *job = (struct job){ .boot = args->operand[0], .app = args->operand[1] };
    int status = take_board(args->option[BOARD], &job->flash);
    if (!status)
        status = take_output(args, job);
    if (!status)
        status = options_text("--version", version, job->header.version, sizeof job->header.version);
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
    erase_all(&job.flash);
    if (strcmp(job.boot, "-"))
        status = put_boot(&job);
    if (!status)
        status = put_app(&job, args.option[TIMESTAMP]);
    if (!status)
        status = save(&job);
    buffer_free(&job.flash.bytes);
    return status;
}
