/*
 * Flash that isn't there: the board has PSRAM, which QEMU keeps in a file, and this driver makes it behave as the NOR
 * flash of layout.h. Erasing sets whole blocks to 0xFF; a program unit is programmed once; anything else is refused, as
 * the chips would. Bytes are written in ascending order, so a killed QEMU leaves what a power cut leaves: a prefix.
 *
 * What it cannot show: a unit once programmed with 0xFF looks erased here, and erasing takes no time.
 */
#include <stdbool.h>
#include <string.h>

#include "boards/board.h"
#include "boards/mps2/mps2.h"
#include "core/err.h"

static uint8_t *mapped(const struct otter_flash *flash, uint32_t off)
{
    return (uint8_t *)(uintptr_t)(flash->addr + off);
}

/* `unit` is a power of two. */
static int check(const struct otter_flash *flash, uint32_t off, uint32_t len, uint32_t unit)
{
    if (off > flash->size || len > flash->size - off)
        return OTTER_E_RANGE;
    return (off | len) & (unit - 1) ? OTTER_E_ALIGN : OTTER_OK;
}

/* In ascending order, which memcpy doesn't promise. */
static void copy(volatile uint8_t *to, const uint8_t *from, uint32_t len)
{
    for (; len && (uintptr_t)to % 4; len--)
        *to++ = *from++;
    for (; len >= 4; to += 4, from += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, from, 4);
        *(volatile uint32_t *)to = word;
    }
    while (len--)
        *to++ = *from++;
}

static bool is_blank(const uint8_t *p, uint32_t len)
{
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        if (word != UINT32_MAX)
            return false;
    }
    while (len--)
        if (*p++ != OTTER_ERASED)
            return false;
    return true;
}

int mps2_flash_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    int err = check(flash, off, len, 1);
    board_watchdog_feed();
    if (!err)
        memcpy(buf, mapped(flash, off), len);
    return err;
}

int __attribute__((noinline))
mps2_flash_prog(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    int err = check(flash, off, len, flash->prog_size);
    board_watchdog_feed();
    if (!err && !is_blank(mapped(flash, off), len))
        err = OTTER_E_NOT_ERASED;
    if (!err)
        copy(mapped(flash, off), buf, len);
    return err;
}

int __attribute__((noinline)) mps2_flash_erase(const struct otter_flash *flash, uint32_t off, uint32_t len)
{
    int err = check(flash, off, len, flash->erase_size);
    board_watchdog_feed();
    if (err)
        return err;
    volatile uint32_t *to = (volatile uint32_t *)mapped(flash, off);
    for (; len; len -= 4)
        *to++ = UINT32_MAX;
    return OTTER_OK;
}
