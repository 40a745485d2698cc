/*
 * Flash in a file, as strict as the chips: erasing sets whole blocks to 0xFF, a program unit is programmed once.
 * Killing the program is a power cut: what was written is in the file.
 *
 * What it cannot show: a unit once programmed with 0xFF looks erased, and erasing takes no time.
 */
#include "boards/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boards/posix/layout.h"
#include "core/err.h"

enum {
    BLOCK_SIZE = 4096, /* of erased bytes that are written at a time */
};

static int file;

static const char *path(void)
{
    const char *named = getenv("OTTER_FLASH");
    return named && *named ? named : "flash.img";
}

static bool write_all(int fd, const void *data, size_t len, off_t off)
{
    const char *from = data;
    while (len) {
        ssize_t n = pwrite(fd, from, len, off);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        from += n;
        off += n;
        len -= (size_t)n;
    }
    return true;
}

static bool write_erased(int fd, off_t off, size_t len)
{
    uint8_t block[BLOCK_SIZE];
    memset(block, OTTER_ERASED, sizeof block);
    for (size_t n; len; off += (off_t)n, len -= n) {
        n = len < sizeof block ? len : sizeof block;
        if (!write_all(fd, block, n, off))
            return false;
    }
    return true;
}

/* Under another name until it is whole. */
static void make(void)
{
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s.XXXXXX", path()) >= (int)sizeof name)
        posix_die("the flash file's name is too long: %s", path());
    int fd = mkstemp(name);
    if (fd < 0)
        posix_die("cannot make the flash file %s: %s", path(), strerror(errno));
    if (!write_erased(fd, 0, POSIX_FLASH_FILE_SIZE) || fchmod(fd, 0644) || rename(name, path())) {
        int reason = errno;
        unlink(name);
        posix_die("cannot make the flash file %s: %s", path(), strerror(reason));
    }
    close(fd);
}

void posix_flash_open(void)
{
    struct stat stat;
    if (access(path(), F_OK))
        make();
    file = open(path(), O_RDWR | O_CLOEXEC);
    if (file < 0 || fstat(file, &stat))
        posix_die("cannot open the flash file %s: %s", path(), strerror(errno));
    if (stat.st_size != POSIX_FLASH_FILE_SIZE)
        posix_die("the flash file %s has %lld bytes, not %u: name another in OTTER_FLASH", path(),
                  (long long)stat.st_size, POSIX_FLASH_FILE_SIZE);
    if (flock(file, LOCK_EX | LOCK_NB))
        posix_die("the flash file %s is in use by another board: name another in OTTER_FLASH", path());
}

/* The file is the address space of both devices. */
static off_t place(const struct otter_flash *flash, uint32_t off)
{
    return (off_t)flash->addr + off;
}

/* `unit` is a power of two. */
static int check(const struct otter_flash *flash, uint32_t off, uint32_t len, uint32_t unit)
{
    if (off > flash->size || len > flash->size - off)
        return OTTER_E_RANGE;
    return (off | len) & (unit - 1) ? OTTER_E_ALIGN : OTTER_OK;
}

static int load(off_t at, uint8_t *to, size_t len)
{
    while (len) {
        ssize_t n = pread(file, to, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return OTTER_E_IO;
        to += n;
        at += n;
        len -= (size_t)n;
    }
    return OTTER_OK;
}

int posix_flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    int err = check(flash, off, len, 1);
    return err ? err : load(place(flash, off), buf, len);
}

static int require_erased(off_t at, uint32_t len)
{
    uint8_t block[BLOCK_SIZE];
    int err = OTTER_OK;
    for (uint32_t n; !err && len; at += n, len -= n) {
        n = len < sizeof block ? len : sizeof block;
        err = load(at, block, n);
        for (uint32_t i = 0; !err && i < n; i++)
            if (block[i] != OTTER_ERASED)
                err = OTTER_E_NOT_ERASED;
    }
    return err;
}

int posix_flash_prog(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    int err = check(flash, off, len, flash->prog_size);
    if (!err)
        err = require_erased(place(flash, off), len);
    if (!err && !write_all(file, buf, len, place(flash, off)))
        err = OTTER_E_IO;
    return err;
}

int posix_flash_erase(const struct otter_flash *flash, uint32_t off, uint32_t len)
{
    int err = check(flash, off, len, flash->erase_size);
    if (!err && !write_erased(file, place(flash, off), len))
        err = OTTER_E_IO;
    return err;
}
