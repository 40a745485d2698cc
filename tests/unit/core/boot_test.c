/*
 * The bootloader's decisions: what it installs, what it refuses, what it starts, and what it tells.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "boot/boot.h"
#include "core/err.h"
#include "tests/sim/device.h"

enum { SIZE = 6000 };

static struct sim_device device;
static struct sim_package package;
static uint8_t old_image[SIZE], new_image[SIZE];

/* What the view was told, in order, one letter each: r refused, b begins, e ends. */
static char told[32];
static int told_err;
static char told_old[25], told_new[25];
static uint32_t told_done;

static void tell(char what)
{
    size_t len = strlen(told);

    if (len + 1 < sizeof told)
        told[len] = what;
}

static void refused(const struct otter_package *pkg, int err)
{
    tell('r');
    strcpy(told_new, pkg->header.version);
    told_err = err;
}

static void begins(const struct otter_package *pkg, const struct otter_rbl *old)
{
    tell('b');
    strcpy(told_new, pkg->header.version);
    strcpy(told_old, old ? old->version : "none");
}

static void ends(const struct otter_package *pkg, int err)
{
    tell('e');
    strcpy(told_new, pkg->header.version);
    told_err = err;
}

static void step(void *arg, uint32_t done, uint32_t total)
{
    (void)arg;
    assert_true(done <= total);
    told_done = done;
}

static const struct boot_view view = { refused, begins, { step, NULL }, ends };

static int boot(struct otter_rbl *app)
{
    memset(told, 0, sizeof told);
    told_err = 1;
    told_done = 0;
    sim_device_reset_counts(&device);
    return boot_run(&device.config, sim_mem(&device), &view, app);
}

static void download(const char *part, const char *version, const uint8_t *image)
{
    const struct sim_recipe r = { part, version, OTTER_RBL_FASTLZ, OTTER_RBL_FNV1A, sim_key, sim_iv };

    sim_pack(&package, &r, image, SIZE);
    sim_device_download(&device, &package);
}

static void assert_boots(const char *version, const uint8_t *image)
{
    struct otter_rbl app;

    assert_int_equal(boot(&app), 0);
    assert_string_equal(app.version, version);
    assert_true(sim_part_holds(&device, SIM_APP, image, SIZE));
}

static uint64_t writes(void)
{
    return device.chip.counts.progs + device.chip.counts.erases + device.nor.counts.progs + device.nor.counts.erases;
}

static int setup(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    sim_image(&device, 1, old_image, SIZE);
    sim_image(&device, 2, new_image, SIZE);
    return 0;
}

/* A device that runs 1.0.0 and whose package is still in `download`. */
static int setup_old(void **state)
{
    setup(state);
    download("app", "1.0.0", old_image);
    assert_boots("1.0.0", old_image);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(sim_device_violation(&device));
    sim_device_free(&device);
    return 0;
}

static void test_with_nothing_on_it_the_device_does_not_start(void **state)
{
    (void)state;
    struct otter_rbl app;

    assert_int_equal(boot(&app), OTTER_E_NO_PACKAGE);
    assert_string_equal(told, "");
    assert_int_equal(writes(), 0);
}

static void test_a_first_package_is_installed_over_nothing(void **state)
{
    (void)state;
    download("app", "1.0.0", old_image);
    assert_boots("1.0.0", old_image);
    assert_string_equal(told, "be");
    assert_string_equal(told_old, "none");
    assert_string_equal(told_new, "1.0.0");
    assert_int_equal(told_err, 0);
    assert_int_equal(told_done, SIZE);
}

static void test_an_update_is_installed_over_the_old_version(void **state)
{
    (void)state;
    download("app", "2.0.0", new_image);
    assert_boots("2.0.0", new_image);
    assert_string_equal(told, "be");
    assert_string_equal(told_old, "1.0.0");
    assert_string_equal(told_new, "2.0.0");
}

static void test_an_older_version_is_installed_too(void **state)
{
    (void)state;
    download("app", "0.9.0", new_image);
    assert_boots("0.9.0", new_image);
}

static void test_what_is_installed_is_not_installed_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_boots("1.0.0", old_image);
        assert_string_equal(told, "");
        assert_int_equal(writes(), 0);
    }
}

static void test_a_package_for_another_partition_is_installed_there(void **state)
{
    (void)state;
    download("wifi_image", "1.1", new_image);
    assert_boots("1.0.0", old_image);
    assert_string_equal(told, "be");
    assert_true(sim_part_holds(&device, SIM_WIFI, new_image, SIZE));
    assert_int_equal(device.chip.counts.progs + device.chip.counts.erases, 0);
    assert_boots("1.0.0", old_image);
    assert_int_equal(writes(), 0);
}

static void test_a_damaged_app_is_rebuilt_from_its_package(void **state)
{
    (void)state;
    const struct otter_part *app = sim_part(&device, SIM_APP);

    for (uint32_t at = 0; at < SIZE; at += 997) {
        device.chip.bytes[app->off + at] ^= 1;
        assert_boots("1.0.0", old_image);
        assert_string_equal(told, "be");
    }
    device.chip.bytes[app->off + app->size - 1] ^= 1;
    assert_boots("1.0.0", old_image);
}

static void test_a_damaged_app_without_a_package_does_not_start(void **state)
{
    (void)state;
    struct otter_rbl app;

    memset(device.nor.bytes, 0xFF, OTTER_RBL_HEADER_SIZE);
    device.chip.bytes[sim_part(&device, SIM_APP)->off + 100] ^= 1;
    assert_int_equal(boot(&app), OTTER_E_HASH);
    assert_int_equal(writes(), 0);
}

static void assert_refused_and_deleted(int err)
{
    assert_boots("1.0.0", old_image);
    assert_true(!strcmp(told, "r") || !strcmp(told, "be"));
    assert_int_equal(told_err, err);
    assert_string_equal(told_new, "2.0.0");
    assert_int_equal(device.chip.counts.progs + device.chip.counts.erases, 0);
    assert_boots("1.0.0", old_image);
    assert_string_equal(told, "");
    assert_int_equal(writes(), 0);
}

static void test_a_damaged_package_is_refused_and_deleted(void **state)
{
    (void)state;
    download("app", "2.0.0", new_image);
    device.nor.bytes[OTTER_RBL_HEADER_SIZE + 100] ^= 1;
    assert_refused_and_deleted(OTTER_E_CHECKSUM);
}

static void test_a_package_for_a_forbidden_partition_is_refused_and_deleted(void **state)
{
    (void)state;
    download("bootloader", "2.0.0", new_image);
    assert_refused_and_deleted(OTTER_E_DESTINATION);
    assert_int_equal(device.chip.bytes[0], 0xFF);
}

static void test_an_app_for_another_address_is_refused_and_deleted(void **state)
{
    (void)state;
    memset(new_image, 0, 8);
    download("app", "2.0.0", new_image);
    assert_refused_and_deleted(OTTER_E_VECTORS);
}

/* A board's table may be at fault, and a newer bootloader may come: the package is not. */
static void test_a_package_that_policy_denies_is_refused_and_kept(void **state)
{
    (void)state;
    download("app", "2.0.0", new_image);
    device.config.accept = 0;
    assert_boots("1.0.0", old_image);
    assert_string_equal(told, "r");
    assert_int_equal(told_err, OTTER_E_DENIED);
    device.config.accept = OTTER_ACCEPT_RBL;
    assert_boots("2.0.0", new_image);
}

static void test_a_bad_package_is_kept_where_no_app_could_fetch_another(void **state)
{
    (void)state;
    struct otter_rbl app;

    download("app", "1.0.0", old_image);
    device.nor.bytes[OTTER_RBL_HEADER_SIZE + 100] ^= 1;
    assert_int_equal(boot(&app), OTTER_E_NO_PACKAGE);
    assert_int_equal(told_err, OTTER_E_CHECKSUM);
    assert_int_equal(writes(), 0);
    device.nor.bytes[OTTER_RBL_HEADER_SIZE + 100] ^= 1;
    assert_boots("1.0.0", old_image);
}

static void test_a_flash_that_fails_for_a_moment_is_tried_again(void **state)
{
    (void)state;
    download("app", "2.0.0", new_image);
    device.power.ops = 0;
    device.power.fault = (struct sim_cut){ 3, SIM_TORN_MIDDLE };
    assert_boots("2.0.0", new_image);
    assert_string_equal(told, "bebe");
    assert_int_equal(told_err, 0);
}

static int prog_fails(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    (void)flash, (void)off, (void)buf, (void)len;
    return OTTER_E_IO;
}

static void test_a_flash_that_fails_for_ever_does_not_hold_the_bootloader(void **state)
{
    (void)state;
    struct otter_rbl app;
    int (*prog)(const struct otter_flash *, uint32_t, const void *, uint32_t) = device.chip.flash.prog;

    download("app", "2.0.0", new_image);
    device.chip.flash.prog = prog_fails;
    assert_int_equal(boot(&app), OTTER_E_NO_PACKAGE);
    assert_int_equal(told_err, OTTER_E_IO);
    device.chip.flash.prog = prog;
    assert_boots("2.0.0", new_image);
}

static void test_nobody_has_to_watch(void **state)
{
    (void)state;
    struct boot_view blind = { 0 };
    struct otter_rbl app;

    download("app", "2.0.0", new_image);
    assert_int_equal(boot_run(&device.config, sim_mem(&device), &blind, &app), 0);
    assert_string_equal(app.version, "2.0.0");
    download("bootloader", "2.0.0", new_image);
    assert_int_equal(boot_run(&device.config, sim_mem(&device), &blind, &app), 0);
}

static void test_a_table_without_download_or_app_is_told(void **state)
{
    (void)state;
    struct otter_rbl app;

    device.parts[SIM_DOWNLOAD].name = "upload";
    assert_int_equal(boot(&app), OTTER_E_CONFIG);
    device.parts[SIM_DOWNLOAD].name = "download";
    device.parts[SIM_APP].name = "application";
    assert_int_equal(boot(&app), OTTER_E_CONFIG);
}

#define BLANK(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define OLD(name)   cmocka_unit_test_setup_teardown(name, setup_old, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLANK(test_with_nothing_on_it_the_device_does_not_start),
        BLANK(test_a_first_package_is_installed_over_nothing),
        OLD(test_an_update_is_installed_over_the_old_version),
        OLD(test_an_older_version_is_installed_too),
        OLD(test_what_is_installed_is_not_installed_again),
        OLD(test_a_package_for_another_partition_is_installed_there),
        OLD(test_a_damaged_app_is_rebuilt_from_its_package),
        OLD(test_a_damaged_app_without_a_package_does_not_start),
        OLD(test_a_damaged_package_is_refused_and_deleted),
        OLD(test_a_package_for_a_forbidden_partition_is_refused_and_deleted),
        OLD(test_an_app_for_another_address_is_refused_and_deleted),
        OLD(test_a_package_that_policy_denies_is_refused_and_kept),
        BLANK(test_a_bad_package_is_kept_where_no_app_could_fetch_another),
        OLD(test_a_flash_that_fails_for_a_moment_is_tried_again),
        OLD(test_a_flash_that_fails_for_ever_does_not_hold_the_bootloader),
        OLD(test_nobody_has_to_watch),
        OLD(test_a_table_without_download_or_app_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
