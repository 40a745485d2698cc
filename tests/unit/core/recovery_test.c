/*
 * The copy in `recovery`: encrypted where it can be, put back bit for bit, and believed only when it is whole.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "core/recovery.h"
#include "tests/unit/core/bench.h"

static const struct otter_progress silent;
static const struct otter_resume uncut = { .group = OTTER_NO_GROUP };
static const struct otter_record nothing;

static int setup(void **state)
{
    (void)state;
    bench_start(&sim_board_pages);
    bench_recipe.with_wifi = true;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_stop();
    return 0;
}

static int save(int part)
{
    return otter_recovery_save(&bench.config, sim_part(&bench, part), sim_mem(&bench), &uncut, silent);
}

static int restore(int part)
{
    return otter_recovery_restore(&bench.config, sim_part(&bench, part), sim_mem(&bench), &uncut, silent);
}

static int check(int part)
{
    return otter_recovery_check(&bench.config, sim_part(&bench, part), &nothing, sim_mem(&bench), NULL);
}

static struct otter_part slot_of(int part)
{
    struct otter_part slot;

    assert_int_equal(otter_recovery_slot(&bench.config, sim_part(&bench, part), &slot), 0);
    return slot;
}

static uint8_t *copy_of(int part)
{
    return bench.nor.bytes + slot_of(part).off;
}

/* ---- slots ---- */

static void test_each_partition_that_packages_write_has_a_slot_of_its_own(void **state)
{
    (void)state;
    const struct otter_part *recovery = sim_part(&bench, SIM_RECOVERY);
    struct otter_part app = slot_of(SIM_APP), wifi = slot_of(SIM_WIFI), slot;

    assert_int_equal(app.off, recovery->off);
    assert_true(app.size >= sim_part(&bench, SIM_APP)->size);
    assert_int_equal(wifi.off, app.off + app.size);
    assert_int_equal(wifi.size, sim_part(&bench, SIM_WIFI)->size);
    assert_true(wifi.off + wifi.size <= recovery->off + recovery->size);
    assert_int_equal(otter_recovery_slot(&bench.config, sim_part(&bench, SIM_DOWNLOAD), &slot), OTTER_E_NOT_FOUND);
}

static void test_what_has_no_room_has_no_slot(void **state)
{
    (void)state;
    struct otter_part slot;

    bench_install(1);
    bench.parts[SIM_RECOVERY].size -= bench.nor.flash.erase_size;
    assert_int_equal(otter_recovery_slot(&bench.config, sim_part(&bench, SIM_WIFI), &slot), OTTER_E_NOT_FOUND);
    assert_int_equal(otter_recovery_slot(&bench.config, sim_part(&bench, SIM_APP), &slot), 0);
    assert_int_equal(save(SIM_WIFI), OTTER_E_NOT_FOUND);
    assert_int_equal(save(SIM_APP), 0);
    bench.parts[SIM_RECOVERY].size = 0;
    assert_int_equal(save(SIM_APP), OTTER_E_NOT_FOUND);
    sim_device_remove(&bench, SIM_RECOVERY);
    assert_int_equal(save(SIM_APP), OTTER_E_NOT_FOUND);
    assert_int_equal(check(SIM_APP), OTTER_E_NOT_FOUND);
    assert_int_equal(restore(SIM_APP), OTTER_E_NOT_FOUND);
}

/* The trailer takes whole blocks, and those of the copy may be larger. */
static void test_the_largest_image_fits_its_slot_whatever_the_blocks(void **state)
{
    (void)state;
    static const struct {
        uint32_t app_block, app_size, nor_block;
    } layouts[] = { { 256, 8 * 1024, 512 },    { 512, 8 * 1024, 4096 },  { 1024, 8 * 1024, 8192 },
                    { 2048, 12 * 1024, 4096 }, { 4096, 16 * 1024, 512 }, { 2048, 8 * 1024, 16384 } };

    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        uint32_t block = layouts[i].nor_block,
                 trailer = (2144 + layouts[i].app_block - 1) & ~(layouts[i].app_block - 1);
        const struct sim_board board = {
            .chip = { .erase_size = layouts[i].app_block, .prog_size = 8 },
            .nor = { .erase_size = block, .prog_size = 1 },
            .boot_size = layouts[i].app_block,
            .app_size = layouts[i].app_size,
            .download_size = (16 * 1024 + block - 1) / block * block,
            .wifi_size = block < 4096 ? 4096 : 2 * block,
        };
        bench_stop();
        bench_start(&board);
        bench_recipe.size = layouts[i].app_size - trailer - 1;
        bench_install(1);
        assert_int_equal(save(SIM_APP), 0);
        assert_int_equal(check(SIM_APP), 0);
        memset(sim_cells(&bench, SIM_APP), 0, 100);
        assert_int_equal(restore(SIM_APP), 0);
        bench_boots(1);
    }
}

/* ---- the copy ---- */

static void assert_nothing_in_clear(int part)
{
    const uint8_t *image = bench_image(part, 1), *copy = copy_of(part);

    for (uint32_t at = 0; at + 16 <= 5000; at += 16)
        assert_memory_not_equal(copy + at, image + at, 16);
}

static void test_a_copy_is_encrypted_and_put_back_bit_for_bit(void **state)
{
    (void)state;
    static const int parts[] = { SIM_APP, SIM_WIFI };

    bench_install(1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(save(parts[i]), 0);
        assert_int_equal(check(parts[i]), 0);
        assert_nothing_in_clear(parts[i]);
        memset(sim_cells(&bench, parts[i]), 0x55, 4000);
        assert_int_equal(restore(parts[i]), 0);
        assert_true(bench_holds(parts[i], 1));
    }
    bench_boots(1);
}

static void xor_of(int part, int version, uint8_t stream[5000])
{
    for (int at = 0; at < 5000; at++)
        stream[at] = copy_of(part)[at] ^ bench_image(part, version)[at];
}

/* The same key stream under two texts gives both away. */
static void test_no_two_copies_share_a_key_stream(void **state)
{
    (void)state;
    static uint8_t streams[4][5000];

    bench_install(1);
    assert_int_equal(save(SIM_APP), 0);
    assert_int_equal(save(SIM_WIFI), 0);
    xor_of(SIM_APP, 1, streams[0]);
    xor_of(SIM_WIFI, 1, streams[1]);
    bench_install(2);
    assert_int_equal(save(SIM_APP), 0);
    assert_int_equal(save(SIM_WIFI), 0);
    xor_of(SIM_APP, 2, streams[2]);
    xor_of(SIM_WIFI, 2, streams[3]);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++)
            for (int at = 0; at + 16 <= 5000; at += 16)
                assert_memory_not_equal(streams[i] + at, streams[k] + at, 16);
}

static void test_a_copy_is_made_with_a_key_of_its_own(void **state)
{
    (void)state;
    static uint8_t with_one_key[5000];
    static const uint8_t other[32] = "another product key than the one";
    struct otter_product_key key = *sim_product_key();

    bench_install(1);
    assert_int_equal(save(SIM_APP), 0);
    memcpy(with_one_key, copy_of(SIM_APP), sizeof with_one_key);
    key.bytes = other;
    bench.config.product_key = &key;
    assert_int_equal(check(SIM_APP), OTTER_E_HASH);
    bench.config.product_key = NULL;
    assert_int_equal(check(SIM_APP), OTTER_E_KEY);
}

static void test_without_a_product_key_a_copy_is_plain(void **state)
{
    (void)state;
    bench_install(1);
    bench.config.product_key = NULL;
    assert_int_equal(save(SIM_APP), 0);
    assert_memory_equal(copy_of(SIM_APP), bench_image(SIM_APP, 1), bench_recipe.size);
    assert_int_equal(check(SIM_APP), 0);
    memset(sim_cells(&bench, SIM_APP), 0x55, 4000);
    assert_int_equal(restore(SIM_APP), 0);
    bench_boots(1);
}

static void test_a_copy_that_is_there_is_not_made_again(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(save(SIM_APP), 0);
    sim_device_reset_counts(&bench);
    assert_int_equal(save(SIM_APP), 0);
    assert_int_equal(sim_device_writes(&bench), 0);
    copy_of(SIM_APP)[77] ^= 1;
    assert_int_equal(save(SIM_APP), 0);
    assert_true(sim_device_writes(&bench) > 0);
    assert_int_equal(check(SIM_APP), 0);
}

static void test_what_is_damaged_is_not_saved_over_a_good_copy(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(save(SIM_APP), 0);
    bench_install(2);
    sim_cells(&bench, SIM_APP)[1234] ^= 8;
    sim_device_reset_counts(&bench);
    assert_int_equal(save(SIM_APP), OTTER_E_HASH);
    assert_int_equal(sim_device_writes(&bench), 0);
    assert_int_equal(check(SIM_APP), 0);
}

/* ---- attackers and decay ---- */

static void test_any_flipped_bit_of_a_copy_is_seen(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(save(SIM_APP), 0);
    struct otter_part slot = slot_of(SIM_APP);
    struct otter_trailer trailer;
    assert_int_equal(otter_format_otter.find_trailer(&slot, &trailer), 0);
    for (uint32_t at = 0; at < slot.size; at += at < bench_recipe.size ? 61 : 1) {
        bool covered = at < bench_recipe.size || (at >= trailer.off && at < trailer.off + trailer.size) ||
                       at >= slot.size - 32;
        uint8_t *byte = bench.nor.bytes + slot.off + at;
        *byte ^= (uint8_t)(1 << at % 8);
        assert_true(!check(SIM_APP) == !covered);
        *byte ^= (uint8_t)(1 << at % 8);
    }
    assert_int_equal(check(SIM_APP), 0);
}

static void test_a_copy_below_the_security_counter_or_of_a_revoked_key_is_refused(void **state)
{
    (void)state;
    struct otter_record record = { .counter = 3 };
    uint8_t id[OTTER_PACKAGE_ID_SIZE];

    bench_install(3);
    const struct otter_part *app = sim_part(&bench, SIM_APP);
    assert_int_equal(save(SIM_APP), 0);
    assert_int_equal(otter_recovery_check(&bench.config, app, &record, sim_mem(&bench), id), 0);
    assert_memory_equal(id, bench_update()->status.id, sizeof id);
    record.counter = 4;
    assert_int_equal(otter_recovery_check(&bench.config, app, &record, sim_mem(&bench), NULL), OTTER_E_DOWNGRADE);
    record.counter = 3;
    record.revoked = 1u << SIM_HMAC_SECOND;
    assert_int_equal(otter_recovery_check(&bench.config, app, &record, sim_mem(&bench), NULL), OTTER_E_KEY);
}

static void test_one_partition_s_copy_is_not_put_into_another(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(save(SIM_WIFI), 0);
    struct otter_part app = slot_of(SIM_APP), wifi = slot_of(SIM_WIFI);
    memcpy(bench.nor.bytes + app.off, bench.nor.bytes + wifi.off, 5008);
    memcpy(bench.nor.bytes + app.off + app.size - 4096, bench.nor.bytes + wifi.off + wifi.size - 4096, 4096);
    assert_int_equal(check(SIM_APP), OTTER_E_DESTINATION);
    assert_int_equal(check(SIM_WIFI), 0);
}

static void test_too_little_memory_is_told_before_anything_is_erased(void **state)
{
    (void)state;
    bench_install(1);
    size_t enough = 0;
    int err;

    sim_device_reset_counts(&bench);
    while ((err = otter_recovery_save(&bench.config, sim_part(&bench, SIM_APP),
                                      (struct otter_mem){ bench.work, enough }, &uncut, silent)) == OTTER_E_NO_MEMORY) {
        assert_int_equal(sim_device_writes(&bench), 0);
        enough += 64;
    }
    assert_int_equal(err, 0);
    assert_int_equal(check(SIM_APP), 0);
    assert_true(enough < OTTER_HEAD_MAX + 4096 + 2048);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_partition_that_packages_write_has_a_slot_of_its_own),
        TEST(test_what_has_no_room_has_no_slot),
        TEST(test_the_largest_image_fits_its_slot_whatever_the_blocks),
        TEST(test_a_copy_is_encrypted_and_put_back_bit_for_bit),
        TEST(test_no_two_copies_share_a_key_stream),
        TEST(test_a_copy_is_made_with_a_key_of_its_own),
        TEST(test_without_a_product_key_a_copy_is_plain),
        TEST(test_a_copy_that_is_there_is_not_made_again),
        TEST(test_what_is_damaged_is_not_saved_over_a_good_copy),
        TEST(test_any_flipped_bit_of_a_copy_is_seen),
        TEST(test_a_copy_below_the_security_counter_or_of_a_revoked_key_is_refused),
        TEST(test_one_partition_s_copy_is_not_put_into_another),
        TEST(test_too_little_memory_is_told_before_anything_is_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
