/*
 * The bootloader's decisions about packages: what it installs, what it refuses, what it starts, and what it tells.
 * Signed packages and RBL alike.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "tests/unit/core/bench.h"

static int setup(void **state)
{
    (void)state;
    bench_start(&sim_board_pages);
    return 0;
}

static int setup_rbl(void **state)
{
    setup(state);
    bench_recipe.rbl = true;
    return 0;
}

/* A device that runs 1.0.0, confirmed, and whose package is still in `download`. */
static int setup_old(void **state)
{
    setup(state);
    bench_install(1);
    return 0;
}

static int setup_old_rbl(void **state)
{
    setup_rbl(state);
    bench_install(1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_stop();
    return 0;
}

static void test_with_nothing_on_it_the_device_does_not_start(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_boot(), OTTER_E_NO_PACKAGE);
        assert_string_equal(bench_told, "");
        assert_int_equal(sim_device_writes(&bench), 0);
    }
}

static void test_a_first_package_is_installed_over_nothing(void **state)
{
    (void)state;
    bench_download(1);
    bench_boots(1);
    assert_string_equal(bench_told, "siet");
    assert_int_equal(bench_err, 0);
    assert_true(bench_app.on_trial);
}

static void test_an_update_is_saved_installed_and_put_on_trial(void **state)
{
    (void)state;
    bench_download(2);
    bench_boots(2);
    assert_string_equal(bench_told, "siet");
    assert_true(bench_app.on_trial);
    bench_confirm();
    bench_boots(2);
    assert_string_equal(bench_told, "");
    assert_false(bench_app.on_trial);
}

static void test_what_is_installed_is_not_installed_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        bench_boots(1);
        assert_string_equal(bench_told, "");
        assert_int_equal(sim_device_writes(&bench), 0);
    }
}

static void test_a_package_for_another_partition_is_installed_there(void **state)
{
    (void)state;
    const struct otter_part *journal = sim_part(&bench, SIM_JOURNAL);
    static uint8_t before[1 << 16];

    memcpy(before, bench.chip.bytes + journal->off + journal->size, sim_part(&bench, SIM_APP)->size);
    bench_recipe.only_wifi = true;
    bench_download(2);
    bench_boots(1);
    assert_string_equal(bench_told, "siet");
    assert_true(bench_holds(SIM_WIFI, 2));
    assert_memory_equal(before, bench.chip.bytes + journal->off + journal->size, sim_part(&bench, SIM_APP)->size);
    bench_confirm();
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_several_images_are_installed_together(void **state)
{
    (void)state;
    bench_recipe.with_wifi = true;
    bench_download(2);
    bench_boots(2);
    assert_string_equal(bench_told, "ssieiet");
    bench_confirm();
    bench_boots(2);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_without_a_journal_an_update_is_installed_for_good(void **state)
{
    (void)state;
    sim_device_remove(&bench, SIM_JOURNAL);
    bench_download(3);
    bench_boots(3);
    assert_false(bench_app.on_trial);
    bench_boots(3);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_without_room_for_a_copy_an_update_is_installed_all_the_same(void **state)
{
    (void)state;
    sim_device_remove(&bench, SIM_RECOVERY);
    bench_download(2);
    bench_boots(2);
    bench_confirm();
    bench_boots(2);
}

static void test_a_damaged_app_is_rebuilt_from_its_package_without_a_new_trial(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < bench_recipe.size; at += 997) {
        sim_cells(&bench, SIM_APP)[at] ^= 1;
        bench_boots(1);
        assert_string_equal(bench_told, "sie");
        assert_false(bench_app.on_trial);
    }
    sim_cells(&bench, SIM_APP)[sim_part(&bench, SIM_APP)->size - 1] ^= 1;
    bench_boots(1);
    assert_int_equal(bench_record().result, OTTER_RESULT_CONFIRMED);
}

static void test_a_damaged_app_without_anything_to_rebuild_it_from_does_not_start(void **state)
{
    (void)state;
    memset(sim_cells(&bench, SIM_DOWNLOAD), 0xFF, OTTER_HEAD_MAX);
    sim_cells(&bench, SIM_APP)[100] ^= 1;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_boot(), OTTER_E_HASH);
        assert_int_equal(sim_device_writes(&bench), 0);
    }
}

/* ---- refused ---- */

static void assert_refused_and_deleted(int err, const char *version)
{
    bench_boots(1);
    assert_string_equal(bench_told, "x");
    assert_int_equal(bench_err, err);
    assert_string_equal(bench_refused, version);
    assert_int_equal(bench.chip.counts.progs + bench.chip.counts.erases, 0);
    assert_int_equal(sim_device_writes(&bench), 1);
    bench_boots(1);
    assert_string_equal(bench_told, "");
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_a_damaged_package_is_refused_and_deleted(void **state)
{
    (void)state;
    bench_download(2);
    sim_cells(&bench, SIM_DOWNLOAD)[bench_package.head_size + 100] ^= 1;
    assert_refused_and_deleted(OTTER_E_CHECKSUM, "2.0.0");
}

static void test_a_package_for_a_forbidden_partition_is_refused_and_deleted(void **state)
{
    (void)state;
    bench.parts[SIM_WIFI].flags = 0;
    bench_recipe.only_wifi = true;
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_DESTINATION, "2.0.0");
}

static void test_an_app_for_another_address_is_refused_and_deleted(void **state)
{
    (void)state;
    bench_download(2);
    bench.chip.flash.addr += 0x100000;
    bench_pack(2);
    bench.chip.flash.addr -= 0x100000;
    memset((uint8_t *)bench_image(SIM_APP, 2), 0, 8);
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_VECTORS, "2.0.0");
}

static void test_a_package_of_another_product_is_refused_and_deleted(void **state)
{
    (void)state;
    bench_recipe.otter.product = "toaster";
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_PRODUCT, "2.0.0");
    bench_recipe.otter.product = SIM_PRODUCT "2";
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_PRODUCT, "2.0.0");
    bench_recipe.otter.product = "simulate";
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_PRODUCT, "2.0.0");
}

static void test_a_package_for_other_hardware_is_refused_and_deleted(void **state)
{
    (void)state;
    bench_recipe.otter.hardware = "rev-b";
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_PRODUCT, "2.0.0");
}

static void test_a_package_with_an_older_security_counter_is_refused_and_deleted(void **state)
{
    (void)state;
    bench_install(3);
    bench_recipe.keep_counter = false;
    bench_download(2);
    assert_int_equal(bench_boot(), 0);
    assert_string_equal(bench_told, "x");
    assert_int_equal(bench_err, OTTER_E_DOWNGRADE);
    assert_true(bench_holds(SIM_APP, 3));
    bench_boots(3);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_an_older_version_with_the_same_security_counter_is_installed(void **state)
{
    (void)state;
    bench_recipe.keep_counter = true;
    bench_install(3);
    bench_install(2);
}

static void test_only_a_development_key_may_ask_for_a_downgrade(void **state)
{
    (void)state;
    bench_install(3);
    bench_recipe.otter.downgrade = true;
    bench_download(2);
    assert_int_equal(bench_boot(), 0);
    assert_int_equal(bench_err, OTTER_E_DOWNGRADE);
    assert_true(bench_holds(SIM_APP, 3));
    bench_recipe.signer = SIM_HMAC;
    bench_install(2);
    assert_int_equal(bench_record().counter, 3);
    bench_recipe.otter.downgrade = false;
    bench_download(1);
    assert_int_equal(bench_boot(), 0);
    assert_int_equal(bench_err, OTTER_E_DOWNGRADE);
}

static void test_a_package_that_needs_a_newer_bootloader_is_refused_and_deleted(void **state)
{
    (void)state;
    bench_recipe.otter.boot_version = SIM_BOOT_VERSION + 1;
    bench_download(2);
    assert_refused_and_deleted(OTTER_E_BOOTLOADER, "2.0.0");
    bench_recipe.otter.boot_version = SIM_BOOT_VERSION;
    bench_install(2);
}

static void test_a_manifest_of_another_version_is_refused_without_being_read(void **state)
{
    (void)state;
    bench_download(2);
    sim_cells(&bench, SIM_DOWNLOAD)[4] = 2;
    assert_refused_and_deleted(OTTER_E_UNSUPPORTED, "");
}

static void test_a_package_that_the_board_may_read_later_is_no_package_to_it(void **state)
{
    (void)state;
    static const struct otter_format *const signed_only[] = { &otter_format_otter, NULL };
    const struct otter_format *const *both = bench.config.formats;

    bench_recipe.rbl = true;
    bench_download(2);
    bench.config.formats = signed_only;
    bench_boots(1);
    assert_string_equal(bench_told, "");
    assert_int_equal(sim_device_writes(&bench), 0);
    bench.config.formats = both;
    bench_recipe.rbl = false;
}

static void test_a_bad_package_is_kept_where_no_app_could_fetch_another(void **state)
{
    (void)state;
    uint8_t *byte = sim_cells(&bench, SIM_DOWNLOAD) + 3000;

    bench_download(1);
    *byte ^= 1;
    assert_int_equal(bench_boot(), OTTER_E_NO_PACKAGE);
    assert_int_equal(bench_err, OTTER_E_CHECKSUM);
    assert_int_equal(sim_device_writes(&bench), 0);
    *byte ^= 1;
    bench_boots(1);
}

/* Every memory that is uninitialised to begin with is filled with what would show. */
static void test_a_package_that_cannot_be_read_is_told_without_a_version(void **state)
{
    (void)state;
    bench_download(2);
    bench.power.reads = 0;
    uint64_t first = 0;
    for (uint64_t n = 1; n < 60 && !first; n++) {
        bench.power.reads = 0;
        bench.power.fault_read = n;
        bench_boot();
        bench.power.fault_read = 0;
        if (!strcmp(bench_told, "x") && bench_err == OTTER_E_IO && !*bench_refused)
            first = n;
        bench_confirm();
        bench_download(2 + (int)n % 2);
    }
    assert_true(first);
}

/* ---- a flash that fails ---- */

static int boot_with_fault(uint64_t op)
{
    bench.power.ops = 0;
    bench.power.fault = (struct sim_cut){ op, SIM_TORN_MIDDLE };
    int err = bench_boot();
    bench.power.fault.op = 0;
    return err;
}

/* Wherever it fails: the old version or the new one is started, now or after the next reset. */
static void test_a_flash_that_fails_once_does_not_stop_an_update(void **state)
{
    (void)state;
    static uint8_t before[1 << 18];
    unsigned failed = 0;

    bench_download(2);
    assert_true(sim_device_image_size(&bench) <= sizeof before);
    sim_device_save(&bench, before);
    for (uint64_t op = 1;; op++) {
        sim_device_restore(&bench, before);
        int err = boot_with_fault(op);
        if (bench.power.ops < op)
            break;
        assert_true(!err || err == OTTER_E_IO);
        failed += err != 0;
        for (int i = 0; i < 2; i++)
            assert_int_equal(bench_boot(), 0);
        assert_true(bench_holds(SIM_APP, 2));
        assert_true(bench_app.on_trial);
        assert_null(sim_device_violation(&bench));
    }
    assert_true(failed > 0); /* while the journal is written, there is nothing to go on from */
}

static int prog_fails(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    (void)flash, (void)off, (void)buf, (void)len;
    return OTTER_E_IO;
}

static void test_a_flash_that_fails_for_ever_does_not_hold_the_bootloader(void **state)
{
    (void)state;
    int (*prog)(const struct otter_flash *, uint32_t, const void *, uint32_t) = bench.chip.flash.prog;

    bench_download(2);
    bench.chip.flash.prog = prog_fails;
    for (int i = 0; i < 3; i++)
        bench_boots(1);
    bench.chip.flash.prog = prog;
    bench_boots(2);
}

static void test_without_a_copy_there_is_no_update(void **state)
{
    (void)state;
    int (*prog)(const struct otter_flash *, uint32_t, const void *, uint32_t) = bench.nor.flash.prog;

    bench_download(2);
    bench.nor.flash.prog = prog_fails;
    bench_boots(1);
    bench.nor.flash.prog = prog;
    bench_boots(2);
}

/* ---- who asks and who looks ---- */

static void test_nobody_has_to_watch(void **state)
{
    (void)state;
    struct boot_view blind = { 0 };

    bench_download(2);
    assert_int_equal(boot_run(&bench.config, sim_mem(&bench), &blind, false, &bench_app), 0);
    assert_string_equal(bench_app.version, "2.0.0");
    for (int i = 0; i < BOOT_TRIALS; i++)
        assert_int_equal(boot_run(&bench.config, sim_mem(&bench), &blind, false, &bench_app), 0);
    assert_string_equal(bench_app.version, "1.0.0");
    bench_recipe.signer = SIM_HMAC_UNKNOWN;
    bench_download(3);
    assert_int_equal(boot_run(&bench.config, sim_mem(&bench), &blind, false, &bench_app), 0);
    assert_string_equal(bench_app.version, "1.0.0");
}

static void test_a_table_without_download_or_app_is_told(void **state)
{
    (void)state;
    sim_device_remove(&bench, SIM_DOWNLOAD);
    assert_int_equal(bench_boot(), OTTER_E_CONFIG);
    bench.parts[SIM_DOWNLOAD].name = "download";
    sim_device_remove(&bench, SIM_APP);
    assert_int_equal(bench_boot(), OTTER_E_CONFIG);
}

#define BLANK(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BLANK_RBL(name)                                                                                                \
    {                                                                                                                  \
        "rbl: " #name, name, setup_rbl, teardown, NULL                                                                 \
    }
#define OLD(name) cmocka_unit_test_setup_teardown(name, setup_old, teardown)
#define OLD_RBL(name)                                                                                                  \
    {                                                                                                                  \
        "rbl: " #name, name, setup_old_rbl, teardown, NULL                                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLANK(test_with_nothing_on_it_the_device_does_not_start),
        BLANK(test_a_first_package_is_installed_over_nothing),
        BLANK_RBL(test_a_first_package_is_installed_over_nothing),
        OLD(test_an_update_is_saved_installed_and_put_on_trial),
        OLD_RBL(test_an_update_is_saved_installed_and_put_on_trial),
        OLD(test_what_is_installed_is_not_installed_again),
        OLD_RBL(test_what_is_installed_is_not_installed_again),
        OLD(test_a_package_for_another_partition_is_installed_there),
        OLD_RBL(test_a_package_for_another_partition_is_installed_there),
        OLD(test_several_images_are_installed_together),
        OLD(test_without_a_journal_an_update_is_installed_for_good),
        OLD_RBL(test_without_a_journal_an_update_is_installed_for_good),
        OLD(test_without_room_for_a_copy_an_update_is_installed_all_the_same),
        OLD(test_a_damaged_app_is_rebuilt_from_its_package_without_a_new_trial),
        OLD_RBL(test_a_damaged_app_is_rebuilt_from_its_package_without_a_new_trial),
        OLD(test_a_damaged_app_without_anything_to_rebuild_it_from_does_not_start),
        OLD_RBL(test_a_damaged_app_without_anything_to_rebuild_it_from_does_not_start),
        OLD(test_a_damaged_package_is_refused_and_deleted),
        OLD_RBL(test_a_damaged_package_is_refused_and_deleted),
        OLD(test_a_package_for_a_forbidden_partition_is_refused_and_deleted),
        OLD_RBL(test_a_package_for_a_forbidden_partition_is_refused_and_deleted),
        OLD(test_an_app_for_another_address_is_refused_and_deleted),
        OLD_RBL(test_an_app_for_another_address_is_refused_and_deleted),
        OLD(test_a_package_of_another_product_is_refused_and_deleted),
        OLD(test_a_package_for_other_hardware_is_refused_and_deleted),
        OLD(test_a_package_with_an_older_security_counter_is_refused_and_deleted),
        OLD(test_an_older_version_with_the_same_security_counter_is_installed),
        OLD_RBL(test_an_older_version_with_the_same_security_counter_is_installed),
        OLD(test_only_a_development_key_may_ask_for_a_downgrade),
        OLD(test_a_package_that_needs_a_newer_bootloader_is_refused_and_deleted),
        OLD(test_a_manifest_of_another_version_is_refused_without_being_read),
        OLD(test_a_package_that_the_board_may_read_later_is_no_package_to_it),
        BLANK(test_a_bad_package_is_kept_where_no_app_could_fetch_another),
        BLANK_RBL(test_a_bad_package_is_kept_where_no_app_could_fetch_another),
        OLD(test_a_package_that_cannot_be_read_is_told_without_a_version),
        OLD(test_a_flash_that_fails_once_does_not_stop_an_update),
        OLD_RBL(test_a_flash_that_fails_once_does_not_stop_an_update),
        OLD(test_a_flash_that_fails_for_ever_does_not_hold_the_bootloader),
        OLD_RBL(test_a_flash_that_fails_for_ever_does_not_hold_the_bootloader),
        OLD(test_without_a_copy_there_is_no_update),
        OLD(test_nobody_has_to_watch),
        OLD(test_a_table_without_download_or_app_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
