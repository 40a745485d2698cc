/*
 * Any bytes as a package: it is refused, and nothing was written for it; or it verifies, and then installs as what it
 * says it is. Whichever it is, the device starts an app that is whole.
 *
 *     fixes | first bytes of `download` ...
 *
 * Random bytes do not get past checksums, so the harness makes those right that `fixes` names.
 */
#include <string.h>

#include "boot/boot.h"
#include "core/err.h"
#include "core/install.h"
#include "tests/fuzz/target.h"
#include "tests/sim/device.h"

enum {
    FIX_HEADER_CRC = 1,
    FIX_BODY_CRC = 2,   /* and the body's size */
    FIX_RAW_HASH = 4,   /* where the stages give as many bytes as the image has */
    FOR_WIFI_IMAGE = 8, /* which needs no vectors */
};

static struct sim_device device;
static struct sim_package package;
static uint8_t *blank, old_image[3000];
static const struct otter_progress silent;
static const struct boot_view blind;

/* A board that runs 1.0.0, with an empty `download`. */
static void init(void)
{
    const struct sim_recipe r = { "app", "1.0.0", OTTER_RBL_STORED, OTTER_RBL_FNV1A, NULL, NULL };
    struct otter_rbl app;

    sim_device_init(&device, &sim_board_pages);
    sim_image(&device, 1, old_image, sizeof old_image);
    sim_pack(&package, &r, old_image, sizeof old_image);
    sim_device_download(&device, &package);
    must(!boot_run(&device.config, sim_mem(&device), &blind, &app), "a first app");
    otter_part_erase(sim_part(&device, SIM_DOWNLOAD), 0, sim_part(&device, SIM_DOWNLOAD)->size);
    blank = malloc(sim_device_image_size(&device));
    sim_device_save(&device, blank);
}

/* The hash of what the stages give, if they give enough. */
static bool hash_image(struct otter_package *pkg, uint32_t *hash)
{
    struct otter_mem mem = sim_mem(&device);
    struct otter_body body;
    uint8_t buf[512];
    int n = otter_body_open(&body, pkg, &mem);

    while (!n && (n = otter_stream_read(&body.stream, buf, sizeof buf)) > 0)
        n = 0;
    *hash = otter_sum_stream_value(&body.image_sum);
    return n == OTTER_E_HASH;
}

static void fix(unsigned fixes)
{
    struct otter_package pkg;

    memcpy(package.bytes, "RBL", 4);
    for (int i = 0; i < 4; i++)
        package.bytes[92 + i] = (uint8_t)(otter_sum_of(&otter_crc32, package.bytes, 92) >> 8 * i);
    must(!otter_rbl_decode(package.bytes, &package.header), "a header with a right CRC is read");
    if (fixes & FOR_WIFI_IMAGE)
        strcpy(package.header.part, "wifi_image");
    if (fixes & FIX_BODY_CRC)
        sim_seal(&package);
    sim_seal_header(&package);
    if (!(fixes & FIX_RAW_HASH))
        return;
    sim_device_download(&device, &package);
    if (!otter_package_open(&pkg, &device.config, sim_part(&device, SIM_DOWNLOAD)) &&
        hash_image(&pkg, &package.header.raw_hash))
        sim_seal_header(&package);
}

static int verify(struct otter_package *pkg)
{
    int err = otter_package_open(pkg, &device.config, sim_part(&device, SIM_DOWNLOAD));

    return err ? err : otter_package_verify(pkg, sim_mem(&device), silent);
}

static void check_installed(const struct otter_package *pkg)
{
    struct otter_rbl header;

    must(!otter_install(pkg, sim_mem(&device), silent), "what verifies can be installed");
    must(!otter_installed_verify(pkg->dest, &header), "what was installed is whole");
    must(header.raw_hash == pkg->header.raw_hash && header.raw_size == pkg->header.raw_size,
         "what was installed is what was in the package");
    must(otter_install_is_done(pkg), "what was installed is known to be");
}

static void check_boot(void)
{
    struct otter_rbl app;

    must(!boot_run(&device.config, sim_mem(&device), &blind, &app), "the device starts an app");
    must(!otter_installed_verify(sim_part(&device, SIM_APP), &app), "the app that starts is whole");
    uint64_t ops = device.power.ops;
    must(!boot_run(&device.config, sim_mem(&device), &blind, &app), "it starts again");
    must(device.power.ops == ops, "a second start writes nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct otter_package pkg;

    if (!blank)
        init();
    uint32_t room = sim_part(&device, SIM_DOWNLOAD)->size;
    if (size < 1 + OTTER_RBL_HEADER_SIZE || size - 1 > room)
        return 0;
    sim_device_restore(&device, blank);
    memcpy(package.bytes, data + 1, size - 1);
    package.body_size = (uint32_t)size - 1 - OTTER_RBL_HEADER_SIZE;
    if (data[0] & FIX_HEADER_CRC)
        fix(data[0]);
    sim_device_download(&device, &package);

    uint64_t ops = device.power.ops;
    int err = verify(&pkg);
    must(err == verify(&pkg), "verifying may be repeated");
    if (err)
        must(err != OTTER_E_NO_MEMORY && err != OTTER_E_IO, "the package is at fault, not the device");
    must(device.power.ops == ops, "verifying writes nothing");
    check_boot();
    if (!err)
        check_installed(&pkg);
    must(!sim_device_violation(&device), "no rule of flash is broken");
    return 0;
}
