#include "tests/unit/core/downloaded.h"

#include <string.h>

#include "core/err.h"
#include "core/install.h"
#include "tests/sim/test.h"

const struct sim_board board = {
    .chip = { .erase_size = 2048, .prog_size = 8 },
    .nor = { .erase_size = 4096, .prog_size = 1 },
    .boot_size = 2 * 2048,
    .app_size = 40 * 2048,
    .download_size = 20 * 4096,
    .wifi_size = 12 * 4096,
};

const struct sim_recipe plain = { "app", "2.0.0", OTTER_RBL_STORED, OTTER_RBL_FNV1A, NULL, NULL };
const struct sim_recipe quicklz = { "app", "2.0.0", OTTER_RBL_QUICKLZ, OTTER_RBL_FNV1A, NULL, NULL };
const struct sim_recipe encrypted = { "app", "2.0.0", OTTER_RBL_QUICKLZ, OTTER_RBL_FNV1A, sim_key, sim_iv };

struct sim_device device;
struct sim_package package;
struct otter_package pkg;
uint8_t image[IMAGE_SIZE];
static const struct otter_progress silent;

int setup(void **state)
{
    (void)state;
    sim_device_init(&device, &board);
    sim_image(&device, 11, image, IMAGE_SIZE);
    memset(image + 2000, 'z', 3000);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    assert_null(sim_device_violation(&device));
    sim_device_free(&device);
    return 0;
}

int verify(void)
{
    int err = otter_package_open(&pkg, &device.config, sim_part(&device, SIM_DOWNLOAD));

    return err ? err : otter_package_verify(&pkg, sim_mem(&device), silent);
}

int verify_downloaded(void)
{
    sim_device_download(&device, &package);
    return verify();
}

void assert_refused(int reason)
{
    device.power.ops = 0;
    assert_int_equal(verify_downloaded(), reason);
    if (!otter_package_open(&pkg, &device.config, sim_part(&device, SIM_DOWNLOAD)))
        assert_int_equal(otter_install(&pkg, sim_mem(&device), silent), reason);
    assert_int_equal(device.power.ops, 0);
}
