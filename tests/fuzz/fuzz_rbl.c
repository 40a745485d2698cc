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
#include "core/bytes.h"
#include "core/err.h"
#include "core/install.h"
#include "core/update.h"
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
    struct otter_update update;
    struct boot_app app;

    sim_device_init(&device, &sim_board_pages);
    sim_image(&device, 1, old_image, sizeof old_image);
    sim_pack(&package, &r, old_image, sizeof old_image);
    sim_device_download(&device, &package);
    must(!boot_run(&device.config, sim_mem(&device), &blind, false, &app), "a first app");
    otter_update_open(&update, &device.config, device.work, sizeof device.work);
    must(!otter_confirm(&update), "the first app confirms itself");
    otter_part_erase(sim_part(&device, SIM_DOWNLOAD), 0, sim_part(&device, SIM_DOWNLOAD)->size);
    blank = malloc(sim_device_image_size(&device));
    sim_device_save(&device, blank);
}

/* The hash of what the stages give, if they give enough. */
static bool hash_image(struct otter_package *pkg, uint32_t *hash)
{
    struct otter_mem mem = sim_mem(&device);
    struct otter_body body;
    uint8_t buf[512], digest[OTTER_HASH_MAX];
    struct otter_hash_state state;
    int n = otter_body_open(&body, pkg, 0, &mem);

    if (n)
        return false;
    body.image.hash->init(&state);
    while ((n = otter_stream_read(&body.stream, buf, sizeof buf)) > 0)
        body.image.hash->update(&state, buf, (size_t)n);
    body.image.hash->finish(&state, digest);
    *hash = otter_le32(digest);
    return n == OTTER_E_HASH;
}

static void fix(unsigned fixes)
{
    struct otter_package pkg;

    memcpy(package.bytes, "RBL", 4);
    for (int i = 0; i < 4; i++)
        package.bytes[92 + i] = (uint8_t)(otter_hash32_of(&otter_crc32, package.bytes, 92) >> 8 * i);
    must(!otter_rbl_decode(package.bytes, &package.header), "a header with a right CRC is read");
    if (fixes & FOR_WIFI_IMAGE)
        strcpy(package.header.part, "wifi_image");
    if (fixes & FIX_BODY_CRC)
        sim_seal(&package);
    sim_seal_header(&package);
    if (!(fixes & FIX_RAW_HASH))
        return;
    sim_device_download(&device, &package);
    if (!sim_open(&device, &pkg) && hash_image(&pkg, &package.header.raw_hash))
        sim_seal_header(&package);
}

static int verify(struct otter_package *pkg)
{
    int err = sim_open(&device, pkg);

    return err ? err : otter_package_verify(pkg, sim_mem(&device), silent);
}

static void check_installed(const struct otter_package *pkg)
{
    static const struct otter_resume uncut = { .group = OTTER_NO_GROUP };
    struct otter_installed installed;
    struct otter_image image;

    must(!otter_install_image(pkg, 0, sim_mem(&device), &uncut, silent), "what verifies can be installed");
    must(!otter_package_image(pkg, 0, &image), "its image is known");
    int part = image.dest == sim_part(&device, SIM_APP) ? SIM_APP : SIM_WIFI;
    must(!sim_installed(&device, part, &installed), "what was installed is whole");
    must(!memcmp(installed.image.digest, image.digest, 4) && installed.image.raw_size == image.raw_size,
         "what was installed is what was in the package");
    must(otter_install_is_done(pkg, 0), "what was installed is known to be");
}

static void start(void)
{
    struct otter_installed installed;
    struct boot_app app;

    must(!boot_run(&device.config, sim_mem(&device), &blind, false, &app), "the device starts an app");
    must(!sim_installed(&device, SIM_APP, &installed), "the app that starts is whole");
}

/* Nobody confirms what was installed, so in the end the first app is back. */
static void check_boot(void)
{
    for (int i = 0; i < BOOT_TRIALS + 1; i++)
        start();
    uint64_t ops = device.power.ops;
    start();
    must(device.power.ops == ops, "once settled, a start writes nothing");
    must(sim_part_holds(&device, SIM_APP, old_image, sizeof old_image), "what nobody confirms is rolled back");
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
    package.head_size = OTTER_RBL_HEADER_SIZE;
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
    if (!err)
        check_installed(&pkg);
    sim_device_restore(&device, blank);
    sim_device_download(&device, &package);
    check_boot();
    must(!sim_device_violation(&device), "no rule of flash is broken");
    return 0;
}
