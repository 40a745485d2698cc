#include "tests/sim/device.h"

#include <string.h>

#include "core/bytes.h"
#include "tests/sim/random.h"

const struct sim_board sim_board_pages = {
    .chip = { .erase_size = 2048, .prog_size = 8 },
    .nor = { .erase_size = 4096, .prog_size = 1 },
    .boot_size = 2 * 2048,
    .app_size = 6 * 2048,
    .download_size = 6 * 4096,
    .wifi_size = 4 * 4096,
};

const struct sim_board sim_board_ecc = {
    .chip = { .erase_size = 2048, .prog_size = 8, .ecc = true },
    .nor = { .erase_size = 4096, .prog_size = 1 },
    .boot_size = 2 * 2048,
    .app_size = 6 * 2048,
    .download_size = 6 * 4096,
    .wifi_size = 4 * 4096,
};

const struct sim_board sim_board_sectors = {
    .chip = { .erase_size = 8192, .prog_size = 32 },
    .nor = { .erase_size = 4096, .prog_size = 32 },
    .boot_size = 8192,
    .app_size = 4 * 8192,
    .download_size = 10 * 4096,
    .wifi_size = 4 * 4096,
};

const uint8_t sim_key[32] = "a key for tests, and nothing els";
const uint8_t sim_iv[16] = "an iv for tests.";

static const struct otter_codec *const codecs[] = {
    &otter_codec_aes256_cbc, &otter_codec_gzip, &otter_codec_quicklz, &otter_codec_fastlz, NULL,
};

static struct sim_geometry sized(struct sim_geometry g, uint32_t size)
{
    g.size = size;
    return g;
}

void sim_device_init(struct sim_device *d, const struct sim_board *b)
{
    struct sim_geometry chip = sized(b->chip, b->boot_size + b->app_size);
    struct sim_geometry nor = sized(b->nor, b->download_size + b->wifi_size);

    sim_power_init(&d->power, 1);
    sim_flash_init(&d->chip, "onchip_flash", SIM_CHIP_ADDR, &chip, &d->power);
    sim_flash_init(&d->nor, "nor_flash", 0, &nor, &d->power);
    d->parts[SIM_BOOTLOADER] = (struct otter_part){ "bootloader", &d->chip.flash, 0, b->boot_size, 0 };
    d->parts[SIM_APP] = (struct otter_part){ "app", &d->chip.flash, b->boot_size, b->app_size,
                                             OTTER_PART_INSTALL | OTTER_PART_EXEC };
    d->parts[SIM_DOWNLOAD] = (struct otter_part){ "download", &d->nor.flash, 0, b->download_size, 0 };
    d->parts[SIM_WIFI] = (struct otter_part){ "wifi_image", &d->nor.flash, b->download_size, b->wifi_size,
                                              OTTER_PART_INSTALL };
    d->parts[SIM_PARTS] = (struct otter_part){ 0 };
    d->config = (struct otter_config){ "sim", d->parts, codecs, OTTER_ACCEPT_RBL, sim_key, sim_iv };
}

void sim_device_free(struct sim_device *d)
{
    sim_flash_free(&d->chip);
    sim_flash_free(&d->nor);
}

bool sim_device_run(struct sim_device *d, void (*code)(void *arg), void *arg)
{
    sim_flash_power_on(&d->chip);
    sim_flash_power_on(&d->nor);
    return sim_power_run(&d->power, code, arg);
}

void sim_device_download(struct sim_device *d, const struct sim_package *p)
{
    sim_flash_load(&d->nor, sim_part(d, SIM_DOWNLOAD)->off, p->bytes, sim_package_size(p));
}

void sim_image(const struct sim_device *d, uint32_t seed, uint8_t *image, uint32_t size)
{
    const struct otter_part *app = sim_part(d, SIM_APP);

    sim_random_fill(&seed, image, size);
    if (size < 8)
        return;
    otter_put_le32(image, 0x20001000);
    otter_put_le32(image + 4, app->flash->addr + app->off + (size < 1024 ? 9 : 0x201));
}

bool sim_part_holds(const struct sim_device *d, int part, const uint8_t *image, uint32_t size)
{
    const struct otter_part *p = sim_part(d, part);
    const struct sim_flash *f = p->flash->ctx;

    return !memcmp(f->bytes + p->off, image, size);
}

void sim_device_reset_counts(struct sim_device *d)
{
    sim_flash_reset_counts(&d->chip);
    sim_flash_reset_counts(&d->nor);
}

const char *sim_device_violation(const struct sim_device *d)
{
    if (d->chip.violations)
        return d->chip.violation;
    return d->nor.violations ? d->nor.violation : NULL;
}

size_t sim_device_image_size(const struct sim_device *d)
{
    return sim_flash_image_size(&d->chip) + sim_flash_image_size(&d->nor);
}

void sim_device_save(const struct sim_device *d, uint8_t *image)
{
    sim_flash_save(&d->chip, image);
    sim_flash_save(&d->nor, image + sim_flash_image_size(&d->chip));
}

void sim_device_restore(struct sim_device *d, const uint8_t *image)
{
    sim_flash_restore(&d->chip, image);
    sim_flash_restore(&d->nor, image + sim_flash_image_size(&d->chip));
}
