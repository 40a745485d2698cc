#include "cli/flash_image.h"

#include <stdlib.h>
#include <string.h>

#include "cli/buffer.h"
#include "cli/hex.h"

static uint32_t place(const struct otter_flash *device, uint32_t off)
{
    const struct flash_image *image = device->ctx;

    return device->addr - image->base + off;
}

static int read(const struct otter_flash *device, uint32_t off, void *buf, uint32_t len)
{
    const struct flash_image *image = device->ctx;

    memcpy(buf, image->bytes + place(device, off), len);
    return 0;
}

static int prog(const struct otter_flash *device, uint32_t off, const void *buf, uint32_t len)
{
    struct flash_image *image = device->ctx;

    memcpy(image->bytes + place(device, off), buf, len);
    memset(image->used + place(device, off), 1, len);
    return 0;
}

static int erase(const struct otter_flash *device, uint32_t off, uint32_t len)
{
    struct flash_image *image = device->ctx;

    memset(image->bytes + place(device, off), OTTER_ERASED, len);
    memset(image->used + place(device, off), 0, len);
    return 0;
}

/* The board's device, with drivers. */
static const struct otter_flash *find_device(const struct flash_image *image, const struct otter_flash *device)
{
    const struct otter_flash *own = image->devices;

    for (const struct otter_flash *const *f = image->board->flashes; *f != device; f++)
        own++;
    return own;
}

void flash_image_init(struct flash_image *image, const struct board *board)
{
    uint32_t end = 0;
    int n = 0;

    *image = (struct flash_image){ .board = board, .base = board->flashes[0]->addr };
    for (const struct otter_flash *const *f = board->flashes; *f && n < FLASH_IMAGE_DEVICES; f++, n++) {
        struct otter_flash *own = &image->devices[n];
        memcpy(own, *f, sizeof *own);
        own->read = read;
        own->prog = prog;
        own->erase = erase;
        own->ctx = image;
        end = own->addr + own->size;
    }
    n = 0;
    for (const struct otter_part *p = board->parts; p->name && n < FLASH_IMAGE_PARTS; p++, n++) {
        image->parts[n] = *p;
        image->parts[n].flash = find_device(image, p->flash);
    }
    image->size = end - image->base;
    image->bytes = must_alloc(image->size);
    image->used = must_alloc(image->size);
    memset(image->bytes, OTTER_ERASED, image->size);
    memset(image->used, 0, image->size);
}

void flash_image_free(struct flash_image *image)
{
    free(image->bytes);
    free(image->used);
}

void flash_image_write_raw(const struct flash_image *image, FILE *out, bool used_only)
{
    uint32_t size = image->size;

    while (used_only && size && !image->used[size - 1])
        size--;
    fwrite(image->bytes, 1, size, out);
}

void flash_image_write_hex(const struct flash_image *image, FILE *out)
{
    uint32_t at = 0, end;

    for (; at < image->size; at = end + 1) {
        for (end = at; end < image->size && image->used[end]; end++)
            ;
        if (end > at)
            hex_write(out, image->base + at, image->bytes + at, end - at);
    }
    hex_end(out);
}
