#include "tests/sim/device.h"

#include <string.h>

#include "core/bytes.h"
#include "core/manifest.h"
#include "core/package.h"
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
    &otter_codec_aes256_ctr, &otter_codec_aes256_cbc, &otter_codec_gzip,
    &otter_codec_quicklz,    &otter_codec_fastlz,     NULL,
};

static const struct otter_format *const formats[] = { &otter_format_otter, &otter_format_rbl, NULL };

static struct sim_geometry sized(struct sim_geometry g, uint32_t size)
{
    g.size = size;
    return g;
}

static uint32_t rounded(uint32_t size, uint32_t unit)
{
    return (size + unit - 1) / unit * unit;
}

struct row {
    const char *name;
    uint32_t size, flags;
};

/* Lays partitions out one after the other: where the last one ends. */
static uint32_t lay(struct otter_part *part, const struct otter_flash *flash, const struct row *rows, unsigned count)
{
    uint32_t off = 0;

    for (unsigned i = 0; i < count; off += rows[i++].size)
        part[i] = (struct otter_part){ rows[i].name, flash, off, rows[i].size, rows[i].flags };
    return off;
}

void sim_device_init(struct sim_device *d, const struct sim_board *b)
{
    uint32_t sector = b->nor.erase_size;
    const struct row chip_rows[] = {
        { "bootloader", b->boot_size, 0 },
        { "journal", 2 * b->chip.erase_size, 0 },
        { "app", b->app_size, OTTER_PART_INSTALL | OTTER_PART_EXEC },
    };
    const struct row nor_rows[] = {
        { "download", b->download_size, 0 },
        { "wifi_image", b->wifi_size, OTTER_PART_INSTALL },
        { "recovery", rounded(b->app_size, sector) + sector + b->wifi_size, 0 },
        { "factory", b->download_size, 0 },
    };
    struct sim_geometry chip = sized(b->chip, lay(d->parts, &d->chip.flash, chip_rows, 3));
    struct sim_geometry nor = sized(b->nor, lay(d->parts + SIM_DOWNLOAD, &d->nor.flash, nor_rows, 4));

    sim_power_init(&d->power, 1);
    sim_flash_init(&d->chip, "onchip_flash", SIM_CHIP_ADDR, &chip, &d->power);
    sim_flash_init(&d->nor, "nor_flash", 0, &nor, &d->power);
    d->parts[SIM_PARTS] = (struct otter_part){ 0 };
    d->config = (struct otter_config){
        .board = "sim",
        .parts = d->parts,
        .codecs = codecs,
        .formats = formats,
        .rbl_key = sim_key,
        .rbl_iv = sim_iv,
        .keys = sim_trusted_keys(),
        .product_key = sim_product_key(),
        .product = SIM_PRODUCT,
        .hardware = SIM_HARDWARE,
        .boot_version = SIM_BOOT_VERSION,
        .chunk_max = OTTER_CHUNK_MAX,
    };
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

void sim_device_load(struct sim_device *d, int part, const struct sim_package *p)
{
    sim_flash_load(sim_part(d, part)->flash->ctx, sim_part(d, part)->off, p->bytes, sim_package_size(p));
}

void sim_device_download(struct sim_device *d, const struct sim_package *p)
{
    sim_device_load(d, SIM_DOWNLOAD, p);
}

int sim_open(struct sim_device *d, struct otter_package *pkg)
{
    struct otter_mem mem = { d->heads[0], OTTER_HEAD_MAX };

    return otter_package_open(pkg, &d->config, sim_part(d, SIM_DOWNLOAD), &mem);
}

int sim_installed(struct sim_device *d, int part, struct otter_installed *installed)
{
    struct otter_mem mem = { d->heads[1], OTTER_HEAD_MAX };
    int err = otter_installed_open(installed, &d->config, sim_part(d, part), &mem);

    return err ? err : otter_installed_verify(installed, sim_part(d, part), sim_mem(d));
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

uint8_t *sim_cells(const struct sim_device *d, int part)
{
    const struct otter_part *p = sim_part(d, part);
    const struct sim_flash *f = p->flash->ctx;

    return f->bytes + p->off;
}

bool sim_part_holds(const struct sim_device *d, int part, const uint8_t *image, uint32_t size)
{
    return !memcmp(sim_cells(d, part), image, size);
}

void sim_device_reset_counts(struct sim_device *d)
{
    sim_flash_reset_counts(&d->chip);
    sim_flash_reset_counts(&d->nor);
}

uint64_t sim_device_writes(const struct sim_device *d)
{
    return d->chip.counts.progs + d->chip.counts.erases + d->nor.counts.progs + d->nor.counts.erases;
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
