/*
 * Install: converges, wears flash as little as can be, and claims an image only when it is whole.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "core/install.h"
#include "tests/sim/device.h"

enum { IMAGE_MAX = 64 * 1024 };

static const struct sim_board *const boards[] = { &sim_board_pages, &sim_board_ecc, &sim_board_sectors };

enum { BOARDS = sizeof boards / sizeof *boards };

static struct sim_device device;
static struct sim_package package;
static struct otter_package pkg;
static uint8_t image[IMAGE_MAX];
static const struct otter_progress silent;

/* A package of `size` bytes for that partition, in `download`. */
static void download(int part, const char *version, uint32_t seed, uint32_t size)
{
    const struct sim_recipe r = {
        sim_part(&device, part)->name, version, OTTER_RBL_QUICKLZ, OTTER_RBL_FNV1A, NULL, NULL
    };

    sim_image(&device, seed, image, size);
    sim_pack(&package, &r, image, size);
    assert_true(sim_package_size(&package) <= sim_part(&device, SIM_DOWNLOAD)->size);
    sim_device_download(&device, &package);
    assert_int_equal(sim_open(&device, &pkg), 0);
}

static const struct otter_resume uncut = { .group = OTTER_NO_GROUP };

static int install_with(struct otter_mem mem)
{
    int err = otter_package_verify(&pkg, mem, silent);

    return err ? err : otter_install_image(&pkg, 0, mem, &uncut, silent);
}

static int install(void)
{
    return install_with(sim_mem(&device));
}

static struct otter_installed installed;

static int look_at(int part)
{
    return sim_installed(&device, part, &installed);
}

static uint32_t largest(const struct otter_part *part)
{
    return part->size - OTTER_RBL_HEADER_SIZE - 1;
}

static void assert_installed(int part, uint32_t size)
{
    const struct otter_part *p = sim_part(&device, part);

    assert_true(sim_part_holds(&device, part, image, size));
    assert_memory_equal(sim_cells(&device, part) + p->size - OTTER_RBL_HEADER_SIZE, package.bytes,
                        OTTER_RBL_HEADER_SIZE);
    assert_int_equal(look_at(part), 0);
    assert_string_equal(installed.pkg.version, pkg.version);
    assert_true(otter_install_is_done(&pkg, 0));
    assert_null(sim_device_violation(&device));
}

static void assert_little_wear(void)
{
    assert_true(device.chip.most_erases <= 1 && device.chip.most_progs <= 1);
    assert_true(device.nor.most_erases <= 1 && device.nor.most_progs <= 1);
}

static void test_images_of_every_awkward_size_are_installed_on_every_board(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        for (int part = SIM_APP; part <= SIM_WIFI; part += SIM_WIFI - SIM_APP) {
            sim_device_init(&device, boards[b]);
            const struct otter_part *dest = sim_part(&device, part);
            uint32_t block = dest->flash->erase_size, unit = dest->flash->prog_size, most = largest(dest);
            const uint32_t sizes[] = {
                part == SIM_APP ? 10 : 1,
                9 + unit,
                block - 1,
                block,
                block + 1,
                most - block,
                most - unit,
                most - 1,
                most,
                dest->size - block - 1,
                dest->size - block,
                dest->size - block + 1,
            };

            for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                download(part, "2.0.0", i + 1, sizes[i]);
                sim_device_reset_counts(&device);
                assert_int_equal(install(), 0);
                assert_installed(part, sizes[i]);
                assert_little_wear();
            }
            sim_device_free(&device);
        }
    }
}

static void test_a_second_run_writes_nothing(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        sim_device_init(&device, boards[b]);
        uint32_t size = largest(sim_part(&device, SIM_APP));
        download(SIM_APP, "2.0.0", 1, size);
        assert_int_equal(install(), 0);
        device.power.ops = 0;
        assert_true(otter_install_is_done(&pkg, 0));
        assert_int_equal(device.power.ops, 0);
        sim_device_free(&device);
    }
}

/* What boot does not do, but the promise is kept: blocks that are right stay, only the header's is done again. */
static void test_installing_again_touches_only_the_last_block(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "2.0.0", 1, 5000);
    assert_int_equal(install(), 0);
    sim_device_reset_counts(&device);
    assert_int_equal(install(), 0);
    assert_installed(SIM_APP, 5000);
    assert_true(device.chip.counts.erased_blocks <= 1);
    assert_true(device.chip.counts.prog_bytes <= OTTER_RBL_HEADER_SIZE);
    sim_device_free(&device);
}

static void test_blocks_that_are_right_already_are_left_alone(void **state)
{
    (void)state;
    static uint8_t old[5 * 2048];

    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "1.0.0", 1, sizeof old);
    assert_int_equal(install(), 0);
    memcpy(old, image, sizeof old);
    memcpy(image + 3 * 2048 + 100, "changed", 7);
    const struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_GZIP, OTTER_RBL_CRC32, NULL, NULL };
    sim_pack(&package, &r, image, sizeof old);
    sim_device_download(&device, &package);
    assert_int_equal(sim_open(&device, &pkg), 0);

    sim_device_reset_counts(&device);
    assert_int_equal(install(), 0);
    assert_installed(SIM_APP, sizeof old);
    assert_int_equal(device.chip.counts.erased_blocks, 2); /* the changed one and the header's */
    assert_int_equal(device.chip.counts.prog_bytes, 2048 + OTTER_RBL_HEADER_SIZE);
    sim_device_free(&device);
}

static void test_a_fresh_install_takes_as_few_operations_as_it_can(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "1.0.0", 1, 5 * 2048 - 8);
    sim_device_reset_counts(&device);
    assert_int_equal(install(), 0);
    assert_int_equal(device.chip.counts.erased_blocks, 6); /* five and the header's */
    assert_int_equal(device.chip.counts.progs, 6);
    assert_int_equal(device.chip.counts.prog_bytes, 5 * 2048 - 8 + OTTER_RBL_HEADER_SIZE);
    assert_int_equal(device.nor.counts.erases + device.nor.counts.progs, 0);
    sim_device_free(&device);
}

static void install_code(void *arg)
{
    *(int *)arg = install();
}

static void test_no_image_is_claimed_between_the_first_write_and_the_last(void **state)
{
    (void)state;
    static uint8_t before[256 * 1024];
    int err;

    sim_device_init(&device, &sim_board_pages);
    assert_true(sim_device_image_size(&device) <= sizeof before);
    download(SIM_APP, "1.0.0", 1, 9000);
    assert_int_equal(install(), 0);
    download(SIM_APP, "2.0.0", 2, largest(sim_part(&device, SIM_APP)));
    sim_device_save(&device, before);
    assert_true(sim_device_run(&device, install_code, &err));
    uint64_t ops = device.power.ops;
    assert_true(ops > 8);

    for (uint64_t op = 1; op <= ops; op++) {
        sim_device_restore(&device, before);
        device.power.cut = (struct sim_cut){ op, SIM_DONE };
        assert_false(sim_device_run(&device, install_code, &err));
        device.power.cut.op = 0;
        device.power.off = false;
        assert_int_equal(look_at(SIM_APP), op == ops ? 0 : OTTER_E_NO_PACKAGE);
    }
    sim_device_free(&device);
}

/* A program that was cut in its first unit may have cleared no bit: the unit looks blank, and is not. */
static void test_a_header_s_place_that_only_looks_blank_is_erased_first(void **state)
{
    (void)state;
    int err;

    sim_device_init(&device, &sim_board_pages);
    download(SIM_WIFI, "1.1", 1, 5000);
    assert_true(sim_device_run(&device, install_code, &err));
    download(SIM_WIFI, "1.2", 2, 5000);
    device.power.cut = (struct sim_cut){ device.power.ops, SIM_TORN_FIRST };
    assert_false(sim_device_run(&device, install_code, &err));
    const struct otter_part *wifi = sim_part(&device, SIM_WIFI);
    memset(device.nor.bytes + wifi->off + wifi->size - OTTER_RBL_HEADER_SIZE, 0xFF, OTTER_RBL_HEADER_SIZE);
    device.power.cut.op = 0;
    assert_true(sim_device_run(&device, install_code, &err));
    assert_int_equal(err, 0);
    assert_installed(SIM_WIFI, 5000);
    sim_device_free(&device);
}

static void test_a_refused_package_leaves_its_destination_untouched(void **state)
{
    (void)state;
    static uint8_t old[6000];

    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "1.0.0", 1, sizeof old);
    assert_int_equal(install(), 0);
    memcpy(old, image, sizeof old);

    download(SIM_APP, "2.0.0", 2, 9000);
    sim_package_body(&package)[package.body_size - 1] ^= 1;
    sim_device_download(&device, &package);
    sim_device_reset_counts(&device);
    assert_int_equal(install(), OTTER_E_CHECKSUM);
    sim_seal(&package);
    sim_device_download(&device, &package);
    assert_int_equal(sim_open(&device, &pkg), 0);
    assert_true(otter_err_is_package(install()));

    assert_int_equal(device.chip.counts.erases + device.chip.counts.progs, 0);
    assert_true(sim_part_holds(&device, SIM_APP, old, sizeof old));
    assert_int_equal(look_at(SIM_APP), 0);
    assert_string_equal(installed.pkg.version, "1.0.0");
    sim_device_free(&device);
}

static void test_too_little_memory_is_told_before_anything_is_erased(void **state)
{
    (void)state;
    int err;

    sim_device_init(&device, &sim_board_sectors);
    download(SIM_APP, "2.0.0", 1, 20000);
    device.power.ops = 0;
    size_t enough = 0;
    while ((err = install_with((struct otter_mem){ device.work, enough })) == OTTER_E_NO_MEMORY) {
        assert_int_equal(device.power.ops, 0);
        enough += 64;
    }
    assert_int_equal(err, 0);
    assert_true(enough < 4096 + 8192 + 1024); /* a piece, a block of the destination, and little else */
    assert_installed(SIM_APP, 20000);
    sim_device_free(&device);
}

/* Whatever operation fails: the error comes out, and the next run ends well. */
static void test_a_failed_operation_is_told_and_the_next_run_heals(void **state)
{
    (void)state;
    static const enum sim_outcome outcomes[] = { SIM_UNDONE, SIM_TORN_FIRST, SIM_TORN_MIDDLE, SIM_GARBAGE };
    static uint8_t before[256 * 1024];

    for (size_t b = 0; b < BOARDS; b++) {
        sim_device_init(&device, boards[b]);
        assert_true(sim_device_image_size(&device) <= sizeof before);
        uint32_t size = largest(sim_part(&device, SIM_APP));
        download(SIM_APP, "2.0.0", 1, size);
        sim_device_save(&device, before);
        device.power.ops = 0;
        assert_int_equal(install(), 0);
        uint64_t ops = device.power.ops;

        for (uint64_t op = 1; op <= ops; op++) {
            for (size_t o = 0; o < sizeof outcomes / sizeof *outcomes; o++) {
                sim_device_restore(&device, before);
                device.power.ops = 0;
                device.power.fault = (struct sim_cut){ op, outcomes[o] };
                assert_int_equal(install(), OTTER_E_IO);
                device.power.fault.op = 0;
                assert_false(otter_install_is_done(&pkg, 0));
                sim_device_reset_counts(&device);
                assert_int_equal(install(), 0);
                assert_installed(SIM_APP, size);
                assert_little_wear();
            }
        }
        sim_device_free(&device);
    }
}

static void test_a_failed_read_is_told_and_the_next_run_heals(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "2.0.0", 1, 3000);
    device.power.reads = 0;
    assert_int_equal(install(), 0);
    uint64_t reads = device.power.reads;
    for (uint64_t n = 1; n <= reads; n++) {
        download(SIM_APP, "2.0.0", (uint32_t)n + 1, 3000);
        device.power.reads = 0;
        device.power.fault_read = n;
        int err = install();
        assert_true(err == OTTER_E_IO || err == 0); /* a block that cannot be read is written anew */
        device.power.fault_read = 0;
        assert_int_equal(install(), 0);
        assert_installed(SIM_APP, 3000);
    }
    sim_device_free(&device);
}

/* A flash that says yes and does not write. */
static int prog_nothing(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    (void)flash, (void)off, (void)buf, (void)len;
    return 0;
}

static void test_what_was_written_is_read_back(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "2.0.0", 1, 3000);
    device.chip.flash.prog = prog_nothing;
    assert_int_equal(install(), OTTER_E_IO);
    sim_device_free(&device);
}

/* ---- what an installed partition says of itself ---- */

static void test_an_empty_partition_holds_no_image(void **state)
{
    (void)state;

    sim_device_init(&device, &sim_board_pages);
    assert_int_equal(look_at(SIM_APP), OTTER_E_NO_PACKAGE);
    sim_device_free(&device);
}

static void test_any_flipped_bit_of_an_installed_image_is_seen(void **state)
{
    (void)state;

    for (int part = SIM_APP; part <= SIM_WIFI; part += SIM_WIFI - SIM_APP) {
        sim_device_init(&device, &sim_board_pages);
        const struct otter_part *p = sim_part(&device, part);
        uint8_t *cells = sim_cells(&device, part);
        download(part, "2.0.0", 1, 3000);
        assert_int_equal(install(), 0);
        for (uint32_t at = 0; at < 3000; at += 7) {
            cells[at] ^= (uint8_t)(1 << at % 8);
            assert_int_equal(look_at(part), OTTER_E_HASH);
            assert_string_equal(installed.pkg.version, "2.0.0");
            assert_false(otter_install_is_done(&pkg, 0));
            cells[at] ^= (uint8_t)(1 << at % 8);
        }
        for (uint32_t at = p->size - OTTER_RBL_HEADER_SIZE; at < p->size; at++) {
            cells[at] ^= (uint8_t)(1 << at % 8);
            assert_int_equal(look_at(part), OTTER_E_NO_PACKAGE);
            cells[at] ^= (uint8_t)(1 << at % 8);
        }
        assert_int_equal(look_at(part), 0);
        sim_device_free(&device);
    }
}

static void test_an_image_that_cannot_be_read_is_not_called_a_wrong_one(void **state)
{
    (void)state;

    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "2.0.0", 1, 3000);
    assert_int_equal(install(), 0);
    device.power.reads = 0;
    assert_int_equal(look_at(SIM_APP), 0);
    uint64_t reads = device.power.reads;
    for (uint64_t n = 1; n <= reads; n++) {
        device.power.reads = 0;
        device.power.fault_read = n;
        assert_int_equal(look_at(SIM_APP), n == 1 ? 0 : OTTER_E_IO); /* the first one looked for an Otter trailer */
    }
    static const struct otter_format *const otter_last[] = { &otter_format_rbl, &otter_format_otter, NULL };
    device.config.formats = otter_last;
    device.power.reads = 0;
    device.power.fault_read = 1;
    assert_int_equal(look_at(SIM_APP), OTTER_E_IO);
    sim_device_free(&device);
}

/* As a programmer might have put it there. */
static int verify_with_header(const struct otter_rbl *h)
{
    const struct otter_part *app = sim_part(&device, SIM_APP);
    uint8_t bytes[OTTER_RBL_HEADER_SIZE];

    otter_rbl_encode(h, bytes);
    sim_flash_load(&device.chip, app->off + app->size - sizeof bytes, bytes, sizeof bytes);
    return look_at(SIM_APP);
}

static void test_an_installed_header_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    download(SIM_APP, "2.0.0", 1, 3000);
    assert_int_equal(install(), 0);
    const struct otter_rbl good = package.header;
    struct otter_rbl h = good;
    uint32_t room = sim_part(&device, SIM_APP)->size - OTTER_RBL_HEADER_SIZE;
    const uint32_t sizes[] = { room, room + 1, room + OTTER_RBL_HEADER_SIZE, 0x80000000, 0xFFFFFFFF };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        h.raw_size = sizes[i];
        assert_int_equal(verify_with_header(&h), OTTER_E_TOO_LARGE);
    }
    h = good;
    h.hash_kind = 7;
    assert_int_equal(verify_with_header(&h), OTTER_E_UNSUPPORTED);
    h = good;
    h.raw_size = 0;
    h.raw_hash = otter_hash32_of(&otter_fnv1a, "", 0);
    assert_int_equal(verify_with_header(&h), OTTER_E_VECTORS);
    assert_int_equal(verify_with_header(&good), 0);
    assert_null(sim_device_violation(&device));
    sim_device_free(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images_of_every_awkward_size_are_installed_on_every_board),
        cmocka_unit_test(test_a_second_run_writes_nothing),
        cmocka_unit_test(test_installing_again_touches_only_the_last_block),
        cmocka_unit_test(test_blocks_that_are_right_already_are_left_alone),
        cmocka_unit_test(test_a_fresh_install_takes_as_few_operations_as_it_can),
        cmocka_unit_test(test_no_image_is_claimed_between_the_first_write_and_the_last),
        cmocka_unit_test(test_a_header_s_place_that_only_looks_blank_is_erased_first),
        cmocka_unit_test(test_a_refused_package_leaves_its_destination_untouched),
        cmocka_unit_test(test_too_little_memory_is_told_before_anything_is_erased),
        cmocka_unit_test(test_a_failed_operation_is_told_and_the_next_run_heals),
        cmocka_unit_test(test_a_failed_read_is_told_and_the_next_run_heals),
        cmocka_unit_test(test_what_was_written_is_read_back),
        cmocka_unit_test(test_an_empty_partition_holds_no_image),
        cmocka_unit_test(test_any_flipped_bit_of_an_installed_image_is_seen),
        cmocka_unit_test(test_an_image_that_cannot_be_read_is_not_called_a_wrong_one),
        cmocka_unit_test(test_an_installed_header_that_makes_no_sense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
