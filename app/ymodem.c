/*
 * The command `ymodem_ota`: takes a package, or a partition's content, from the terminal's Y-modem sender.
 */
#include <inttypes.h>
#include <string.h>

#include "app/commands.h"
#include "app/memory.h"
#include "app/version.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "fetch/copy.h"
#include "fetch/text.h"

enum { SENDER_S = 60, CTRL_C = 3, NAME_SIZE = 64 };

static struct {
    struct otter_console console;
    struct otter_store store;
} session;

/* What is printed waits until the line is the console again. */
struct transfer {
    const struct otter_part *part;
    bool streaming;
    char name[NAME_SIZE];
    uint32_t size, ms;
    bool is_package;
};

/* ---- the transfer ---- */

static int store(const struct transfer *t, struct otter_ymodem *y, struct otter_mem mem)
{
    if (!t->is_package)
        return otter_copy(t->part, &y->stream, y->size, mem);
    session.store =
        (struct otter_store){ .config = &board_config, .part = t->part, .mem = mem, .millis = board_millis };
    return otter_store(&session.store, &y->stream, y->size);
}

static int receive(struct transfer *t)
{
    struct otter_mem mem = { app_memory, APP_MEMORY_SIZE };
    struct otter_ymodem *y = otter_mem_take(&mem, sizeof *y);

    session.console = (struct otter_console){
        .get = board_console_get, .put = board_console_put, .millis = board_millis, .idle = board_idle, .key = CTRL_C
    };
    otter_console_init(&session.console);
    session.store.step = OTTER_STORE_START;
    int err = otter_ymodem_open(y, &session.console.serial, t->streaming, SENDER_S);
    if (!err) {
        uint32_t started = board_millis();
        otter_text(t->name, sizeof t->name, "%s", y->name);
        t->size = y->size;
        err = store(t, y, mem);
        t->ms = board_millis() - started;
    }
    otter_ymodem_close(y, err);
    return err;
}

/* ---- words ---- */

static const char *reason(const struct transfer *t, int err)
{
    if (session.console.pressed)
        return "stopped by Ctrl-C";
    if (!session.console.began)
        return "no Y-modem sender has begun";
    if (!t->size && err == OTTER_E_PROTOCOL)
        return "the sender tells no name and size, as Y-modem does";
    if (err == OTTER_E_CANCELED)
        return "the sender has stopped";
    return otter_strerror(err);
}

static void print_result(const struct transfer *t, int err)
{
    console_print("\n");
    if (t->name[0])
        console_print("File \"%s\", %" PRIu32 " bytes, %" PRIu32 ".%" PRIu32 " s\n", t->name, t->size, t->ms / 1000,
                      t->ms / 100 % 10);
    if (err && t->is_package && session.store.step == OTTER_STORE_HEAD)
        console_print("This is no package that this board takes, and nothing was erased.\n");
    if (err) {
        console_print("Y-modem failed: %s (%d).\n", reason(t, err), err);
        console_print("Firmware %s goes on running.\n", app_version);
        return;
    }
    if (!t->is_package) {
        console_print("Saved in partition \"%s\".\n", t->part->name);
        return;
    }
    console_print("Download firmware to flash success.\n");
    console_print("System now will restart...\n");
    board_reset();
}

/* ---- the command ---- */

static void print_usage(void)
{
    console_print("Usage: ymodem_ota [-p part] [-g]\n");
    console_print("  -p part  where the file goes: download (a package), or as it is:");
    for (const struct otter_part *p = board_config.parts; p->name; p++)
        if (p->flags & OTTER_PART_FILE)
            console_print(" %s", p->name);
    console_print("\n  -g       Y-modem-G: faster, on a line with flow control\n");
}

/* NULL, after saying why, unless the board's table lets a person put a file there. */
static const struct otter_part *find_part(const char *name, bool is_package)
{
    const struct otter_part *part = otter_part_find(board_config.parts, name);

    if (!part)
        console_print("There is no partition \"%s\"; `fal probe` lists them.\n", name);
    else if (!is_package && !(part->flags & OTTER_PART_FILE))
        console_print("This board takes no file into \"%s\".\n", name);
    else
        return part;
    print_usage();
    return NULL;
}

static void ymodem_ota(int argc, char **argv)
{
    const char *name = "download";
    struct transfer t = { .part = NULL };

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-g")) {
            t.streaming = true;
        } else if (!strcmp(argv[i], "-p") && i + 1 < argc) {
            name = argv[++i];
        } else {
            print_usage();
            return;
        }
    }
    t.is_package = !strcmp(name, "download");
    t.part = find_part(name, t.is_package);
    if (!t.part)
        return;
    console_print("Save firmware on \"%s\" partition with device \"uart0\".\n", name);
    console_print("Warning: Ymodem has started! This operator will not recovery.\n");
    console_print("Please select the ota firmware file and use Ymodem to send.\n");
    print_result(&t, receive(&t));
}

const struct shell_command ymodem_commands[] = {
    { "ymodem_ota", "Update the firmware by Y-modem: ymodem_ota [-p part] [-g]", ymodem_ota },
    { NULL, NULL, NULL },
};
