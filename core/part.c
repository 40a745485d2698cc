#include "core/part.h"

#include <string.h>

#include "core/err.h"

/* Names are short and compared once: newlib's strcmp is 732 bytes of code for a speed that nobody needs here. */
static bool same_name(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool is_name_short(const char *name)
{
    for (size_t len = 0; len <= OTTER_PART_NAME_MAX; len++)
        if (!name[len])
            return true;
    return false;
}

const struct otter_part *otter_part_find(const struct otter_part *table, const char *name)
{
    for (; table->name; table++)
        if (same_name(table->name, name))
            return table;
    return NULL;
}

static bool aligned(uint32_t value, uint32_t unit)
{
    return (value & (unit - 1)) == 0;
}

static bool is_sound(const struct otter_part *p)
{
    const struct otter_flash *f = p->flash;

    return is_name_short(p->name) && f->prog_size && aligned(f->prog_size, f->prog_size) &&
           f->prog_size <= OTTER_PROG_MAX && f->erase_size >= f->prog_size && aligned(f->erase_size, f->erase_size) &&
           p->size && aligned(p->off, f->erase_size) && aligned(p->size, f->erase_size) && p->off <= f->size &&
           p->size <= f->size - p->off;
}

static bool overlap(const struct otter_part *a, const struct otter_part *b)
{
    return a->flash == b->flash && a->off < b->off + b->size && b->off < a->off + a->size;
}

int otter_part_check(const struct otter_part *table)
{
    for (const struct otter_part *p = table; p->name; p++) {
        if (!is_sound(p))
            return OTTER_E_CONFIG;
        for (const struct otter_part *q = table; q < p; q++)
            if (overlap(p, q) || same_name(p->name, q->name))
                return OTTER_E_CONFIG;
    }
    return 0;
}

/* The unit's size is a power of two. */
static int check(const struct otter_part *part, uint32_t off, size_t len, uint32_t unit)
{
    if (off > part->size || len > part->size - off)
        return OTTER_E_RANGE;
    if (!aligned(off, unit) || !aligned((uint32_t)len, unit))
        return OTTER_E_ALIGN;
    return 0;
}

int otter_part_read(const struct otter_part *part, uint32_t off, void *buf, size_t len)
{
    int err = check(part, off, len, 1);

    return err ? err : part->flash->read(part->flash, part->off + off, buf, (uint32_t)len);
}

int otter_part_prog(const struct otter_part *part, uint32_t off, const void *buf, size_t len)
{
    int err = check(part, off, len, part->flash->prog_size);

    return err ? err : part->flash->prog(part->flash, part->off + off, buf, (uint32_t)len);
}

int otter_part_erase(const struct otter_part *part, uint32_t off, size_t len)
{
    int err = check(part, off, len, part->flash->erase_size);

    return err ? err : part->flash->erase(part->flash, part->off + off, (uint32_t)len);
}

int otter_part_prog_tail(const struct otter_part *part, uint32_t off, const void *buf, size_t len)
{
    uint8_t unit[OTTER_PROG_MAX];
    size_t rest = len & (part->flash->prog_size - 1);
    size_t whole = len - rest;
    int err = check(part, off, rest ? whole + part->flash->prog_size : whole, part->flash->prog_size);

    if (!err && whole)
        err = otter_part_prog(part, off, buf, whole);
    if (err || !rest)
        return err;
    memset(unit, OTTER_ERASED, sizeof unit);
    memcpy(unit, (const uint8_t *)buf + whole, rest);
    return otter_part_prog(part, off + (uint32_t)whole, unit, part->flash->prog_size);
}

static bool all_erased(const uint8_t *p, size_t len)
{
    while (len && *p == OTTER_ERASED)
        p++, len--;
    return !len;
}

int otter_part_is_blank(const struct otter_part *part, uint32_t off, size_t len)
{
    uint8_t buf[64];

    while (len) {
        size_t n = len < sizeof buf ? len : sizeof buf;
        int err = otter_part_read(part, off, buf, n);
        if (err)
            return err;
        if (!all_erased(buf, n))
            return 0;
        off += (uint32_t)n;
        len -= n;
    }
    return 1;
}
