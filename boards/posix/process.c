/*
 * Programs in place of a CPU: a reset and the start of an image each replace the running program by another. The
 * environment carries over what outlives them: where the flash file is, and where the bootloader is.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "boards/board.h"
#include "boards/posix/posix.h"
#include "core/err.h"
#include "core/install.h"

#define BOOT_VARIABLE "OTTER_BOOT"

extern char **environ;

static struct timespec started;

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - started.tv_sec) * 1000000000u + (uint64_t)(now.tv_nsec - started.tv_nsec);
}

/*
 * The kernel's alarm stands for the watchdog: it outlives the start of another program,
 * which then feeds it for what was left.
 */
static uint32_t watchdog_seconds;

void board_init(void)
{
    clock_gettime(CLOCK_MONOTONIC, &started);
    watchdog_seconds = alarm(0);
    board_watchdog_feed();
    posix_flash_open();
    posix_terminal_open();
    if (!getenv(BOOT_VARIABLE) && isatty(STDIN_FILENO))
        fprintf(stderr, "(a board on this terminal: Ctrl-\\ ends it)\r\n");
}

uint32_t board_millis(void)
{
    return (uint32_t)(nanoseconds() / 1000000);
}

uint32_t board_micros(void)
{
    return (uint32_t)(nanoseconds() / 1000);
}

/* The environment's OTTER_BUTTON holds the button, for one start. */
bool board_button_held(void)
{
    bool held = getenv("OTTER_BUTTON");
    unsetenv("OTTER_BUTTON");
    return held;
}

void board_watchdog_start(uint32_t ms)
{
    watchdog_seconds = (ms + 999) / 1000;
    alarm(watchdog_seconds);
}

void board_watchdog_feed(void)
{
    if (watchdog_seconds)
        alarm(watchdog_seconds);
}

uint32_t board_random(void)
{
    uint32_t value;
    while (getrandom(&value, sizeof value, 0) != sizeof value)
        ;
    return value;
}

int board_entropy(void *buf, size_t len)
{
    return getentropy(buf, len) ? OTTER_E_IO : 0;
}

uint32_t board_time(void)
{
    return (uint32_t)time(NULL);
}

/* ---- reset and start ---- */

static void own_path(char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[len < 0 ? 0 : len] = '\0';
}

/* The bootloader; or, where none has started this program, the program itself. */
_Noreturn void board_reset(void)
{
    char own[PATH_MAX];
    const char *path = getenv(BOOT_VARIABLE);
    own_path(own);
    if (!path)
        path = own;
    posix_terminal_close();
    execl(path, path, (char *)NULL);
    posix_die("cannot start %s again: %s", path, strerror(errno));
}

/* Sends the image's bytes to a file that only memory holds: its descriptor, or -1. */
static int load(const struct otter_part *part, uint32_t size)
{
    uint8_t block[4096];
    int fd = memfd_create(part->name, MFD_CLOEXEC);
    for (uint32_t off = 0, n; fd >= 0 && off < size; off += n) {
        n = size - off < sizeof block ? size - off : sizeof block;
        if (otter_part_read(part, off, block, n) || write(fd, block, n) != (ssize_t)n) {
            close(fd);
            return -1;
        }
    }
    return fd;
}

static uint32_t image_size(const struct otter_part *part)
{
    uint8_t head[OTTER_HEAD_MAX + OTTER_MEM_ALIGN];
    struct otter_mem mem = { head, sizeof head };
    struct otter_installed installed;
    return otter_installed_open(&installed, &board_config, part, &mem) ? 0 : installed.image.raw_size;
}

/* The image is a native program. */
void board_start(const struct otter_part *app)
{
    char own[PATH_MAX], name[] = "app", *argv[] = { name, NULL };
    uint32_t size = image_size(app);
    int fd = size ? load(app, size) : -1;
    if (fd < 0)
        return;
    own_path(own);
    setenv(BOOT_VARIABLE, own, 1);
    posix_terminal_close();
    fexecve(fd, argv, environ);
    fprintf(stderr, "board posix: cannot start the image: %s\n", strerror(errno));
    close(fd);
    posix_terminal_open();
}

/* ---- memory ---- */

/* The linker's: where variables with initial values begin, and where all variables end. */
extern char __data_start[], _end[];

/* The kernel grows the stack and never takes it back. */
static uint32_t stack_so_far(void)
{
    char line[128];
    unsigned long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmStk: %lu kB", &kilobytes) == 1)
            break;
    if (status)
        fclose(status);
    return (uint32_t)kilobytes * 1024;
}

void board_memory(struct board_memory *memory)
{
    struct rlimit stack = { 0 };
    getrlimit(RLIMIT_STACK, &stack);
    memory->fixed = (uint32_t)(_end - __data_start);
    memory->stack = stack.rlim_cur < UINT32_MAX / 2 ? (uint32_t)stack.rlim_cur : UINT32_MAX / 2;
    memory->stack_max = stack_so_far();
    memory->total = memory->fixed + memory->stack;
}
