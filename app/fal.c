/*
 * The command `fal`: looks at flash devices and partitions, and changes them by hand.
 */
#include <inttypes.h>
#include <string.h>

#include "app/commands.h"
#include "app/keys.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"

enum {
    DUMP_WIDTH = 16, /* bytes a line */
    BENCH_BLOCK_MAX = 4096,
    BENCH_POLL_SIZE = 64 * 1024, /* bytes between two looks at the console */
};

struct subcommand {
    const char *name, *arguments, *help;
    int argc_min, argc_max; /* `fal` and the name included */
    void (*run)(int argc, char **argv);
};

/* What they work on: a partition, or one that spans a whole device, named like it. No name: nothing yet. */
static struct otter_part probed;

static bool is_device(void)
{
    return probed.name == probed.flash->name;
}

static bool is_probed(void)
{
    if (!probed.name)
        console_print("Nothing is probed: use fal probe dev|part first.\n");
    return probed.name;
}

static bool number(const char *text, uint32_t max, uint32_t *value)
{
    bool ok = shell_number(text, value) && *value <= max;
    if (!ok)
        console_print("%s is not a number from 0 to 0x%" PRIx32 ": write 16, 0x10 or 020.\n", text, max);
    return ok;
}

static bool is_inside(uint32_t off, uint32_t size)
{
    bool inside = off <= probed.size && size <= probed.size - off;
    if (!inside)
        console_print("0x%08" PRIx32 " + 0x%" PRIx32 " is outside of %s, which has 0x%" PRIx32 " bytes.\n", off, size,
                      probed.name, probed.size);
    return inside;
}

static bool is_multiple(const char *what, uint32_t value, uint32_t unit)
{
    bool multiple = value % unit == 0;
    if (!multiple)
        console_print("%s 0x%" PRIx32 " is not a multiple of 0x%" PRIx32 ", which %s needs.\n", what, value, unit,
                      probed.flash->name);
    return multiple;
}

/* A slip of the hand must not cost the board its programs: only an installed package replaces them. */
static bool is_spare(uint32_t off, uint32_t size)
{
    static const char *const programs[] = { "bootloader", "app", NULL };
    uint32_t start = probed.off + off;
    for (const char *const *name = programs; *name; name++) {
        const struct otter_part *p = otter_part_find(board_config.parts, *name);
        if (!p || p->flash != probed.flash || start >= p->off + p->size || p->off >= start + size)
            continue;
        console_print("Refused: the board could not start without its partition %s. Install a package instead.\n",
                      p->name);
        return false;
    }
    return true;
}

static void print_result(const char *what, uint32_t off, uint32_t size, int err)
{
    if (err)
        console_print("%s failed: %s (%d).\n", what, otter_strerror(err), err);
    else
        console_print("%s success: %" PRIu32 " bytes from 0x%08" PRIx32 " of %s.\n", what, size, off, probed.name);
}

/* ---- probe ---- */

static void print_table(void)
{
    console_print("==================== FAL partition table ====================\n");
    console_print("| %-16s | %-12s |   offset   |    length  |\n", "name", "flash_dev");
    console_print("-------------------------------------------------------------\n");
    for (const struct otter_part *p = board_config.parts; p->name; p++)
        console_print("| %-16s | %-12s | 0x%08" PRIx32 " | 0x%08" PRIx32 " |\n", p->name, p->flash->name, p->off,
                      p->size);
    console_print("=============================================================\n");
}

static void print_probed(void)
{
    const struct otter_flash *flash = probed.flash;
    if (is_device())
        console_print("Probed flash device %s: 0x%" PRIx32 " bytes at 0x%08" PRIx32 ", erased by 0x%" PRIx32
                      ", programmed by %" PRIu32 ".\n",
                      flash->name, flash->size, flash->addr, flash->erase_size, flash->prog_size);
    else
        console_print("Probed partition %s: 0x%" PRIx32 " bytes at 0x%08" PRIx32 " of %s.\n", probed.name, probed.size,
                      probed.off, flash->name);
}

/* Devices go before partitions, as in FAL. */
static bool find(const char *name)
{
    for (const struct otter_flash *const *flash = board_flashes; *flash; flash++) {
        if (strcmp((*flash)->name, name))
            continue;
        probed = (struct otter_part){ (*flash)->name, *flash, 0, (*flash)->size, 0 };
        return true;
    }
    const struct otter_part *part = otter_part_find(board_config.parts, name);
    if (part)
        probed = *part;
    return part;
}

static void probe(int argc, char **argv)
{
    if (argc == 3 && !find(argv[2]))
        console_print("No flash device or partition is named %s.\n", argv[2]);
    else if (probed.name)
        print_probed();
    if (argc == 2)
        print_table();
}

/* ---- read, write, erase ---- */

static void dump_line(uint32_t off, const uint8_t *data, uint32_t len)
{
    console_print("%08" PRIx32 ": ", off);
    for (uint32_t i = 0; i < DUMP_WIDTH; i++)
        if (i < len)
            console_print("%02x ", data[i]);
        else
            console_print("   ");
    console_print("| ");
    for (uint32_t i = 0; i < len; i++)
        console_print("%c", data[i] >= ' ' && data[i] <= '~' ? data[i] : '.');
    console_print("\n");
}

static void read(int argc, char **argv)
{
    uint8_t data[DUMP_WIDTH];
    uint32_t off, size;
    (void)argc;
    if (!number(argv[2], UINT32_MAX, &off) || !number(argv[3], UINT32_MAX, &size) || !is_inside(off, size))
        return;
    int err = OTTER_OK;
    for (uint32_t n, end = off + size; !err && off < end && keys_wait(0); off += n) {
        n = end - off < sizeof data ? end - off : sizeof data;
        err = otter_part_read(&probed, off, data, n);
        if (!err)
            dump_line(off, data, n);
    }
    if (err)
        print_result("Read", off, size, err);
}

static int write_and_compare(uint32_t off, const uint8_t *data, uint32_t size)
{
    uint8_t back[SHELL_WORDS_MAX];
    int err = otter_part_prog_tail(&probed, off, data, size);
    if (!err)
        err = otter_part_read(&probed, off, back, size);
    if (!err && memcmp(back, data, size))
        err = OTTER_E_IO;
    return err;
}

static void write(int argc, char **argv)
{
    uint8_t data[SHELL_WORDS_MAX];
    uint32_t off, value, size = (uint32_t)(argc - 3), unit = probed.flash->prog_size;
    if (!number(argv[2], UINT32_MAX, &off))
        return;
    for (uint32_t i = 0; i < size; i++) {
        if (!number(argv[3 + i], UINT8_MAX, &value))
            return;
        data[i] = (uint8_t)value;
    }
    uint32_t whole = (size + unit - 1) / unit * unit;
    if (is_inside(off, whole) && is_multiple("addr", off, unit) && is_spare(off, whole))
        print_result("Write", off, size, write_and_compare(off, data, size));
}

static void erase(int argc, char **argv)
{
    uint32_t off, size, unit = probed.flash->erase_size;
    (void)argc;
    if (number(argv[2], UINT32_MAX, &off) && number(argv[3], UINT32_MAX, &size) && is_inside(off, size) &&
        is_multiple("addr", off, unit) && is_multiple("size", size, unit) && is_spare(off, size))
        print_result("Erase", off, size, otter_part_erase(&probed, off, size));
}

/* ---- bench ---- */

static uint8_t block[BENCH_BLOCK_MAX];

static int bench_erase(uint32_t off, uint32_t len)
{
    return otter_part_erase(&probed, off, len);
}

static int bench_write(uint32_t off, uint32_t len)
{
    return otter_part_prog(&probed, off, block, len);
}

static int bench_read(uint32_t off, uint32_t len)
{
    return otter_part_read(&probed, off, block, len);
}

static uint32_t rate(uint32_t bytes, uint32_t micros)
{
    return (uint32_t)((uint64_t)bytes * 1000000 / 1024 / (micros ? micros : 1));
}

/* All of the partition, `step` bytes at a time. */
static int measure(const char *what, int (*run)(uint32_t off, uint32_t len), uint32_t step)
{
    uint32_t started = board_micros();
    int err = OTTER_OK;
    for (uint32_t off = 0; !err && off < probed.size; off += step) {
        if (off % BENCH_POLL_SIZE == 0 && !keys_wait(0))
            err = OTTER_E_CANCELED;
        else
            err = run(off, step);
    }
    uint32_t micros = board_micros() - started;
    if (err)
        console_print("%s failed: %s (%d).\n", what, otter_strerror(err), err);
    else
        console_print("%-5s %" PRIu32 " bytes by %" PRIu32 ": %" PRIu32 " ms, %" PRIu32 " KB/s\n", what, probed.size,
                      step, micros / 1000, rate(probed.size, micros));
    return err;
}

static void bench(int argc, char **argv)
{
    uint32_t step, unit = probed.flash->prog_size;
    if (!number(argv[2], UINT32_MAX, &step))
        return;
    if (step < unit || step > BENCH_BLOCK_MAX || (step & (step - 1))) {
        console_print("The block size must be a power of two from %" PRIu32 " to %d.\n", unit, BENCH_BLOCK_MAX);
    } else if (is_device()) {
        console_print("Only a partition can be measured, and %s is a device: probe a partition.\n", probed.name);
    } else if (argc < 4 || strcmp(argv[3], "yes")) {
        console_print("This erases all of partition %s. If you mean it: fal bench %s yes\n", probed.name, argv[2]);
    } else if (is_spare(0, probed.size)) {
        memset(block, 0, sizeof block);
        if (!measure("Erase", bench_erase, probed.flash->erase_size) && !measure("Write", bench_write, step))
            measure("Read", bench_read, step);
    }
}

/* ---- the command ---- */

static const struct subcommand subcommands[] = {
    { "probe", "[dev|part]", "choose a flash device or a partition; show the table", 2, 3, probe },
    { "read", "addr size", "show bytes", 4, 4, read },
    { "write", "addr d1 ... dN", "program erased bytes", 4, SHELL_WORDS_MAX, write },
    { "erase", "addr size", "erase whole blocks", 4, 4, erase },
    { "bench", "blk_size yes", "measure a partition's speed; erases it", 3, 4, bench },
    { NULL, NULL, NULL, 0, 0, NULL },
};

static void usage(void)
{
    console_print("Usage:\n");
    for (const struct subcommand *s = subcommands; s->name; s++)
        console_print("fal %-6s%-15s - %s\n", s->name, s->arguments, s->help);
}

static void fal(int argc, char **argv)
{
    const struct subcommand *s = subcommands;
    while (s->name && (argc < 2 || strcmp(s->name, argv[1])))
        s++;
    if (!s->name || argc < s->argc_min || argc > s->argc_max)
        usage();
    else if (s->run == probe || is_probed())
        s->run(argc, argv);
}

const struct shell_command fal_commands[] = {
    { "fal", "Look at flash and change it: probe, read, write, erase, bench", fal },
    { NULL, NULL, NULL },
};
