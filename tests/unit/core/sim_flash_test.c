/*
 * The simulated flash itself: a power-cut test is worth what its flash refuses.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "tests/sim/flash.h"

enum { UNIT = 8, BLOCK = 64, SIZE = 4 * BLOCK };

static struct sim_power power;
static struct sim_flash sim;
static const struct otter_flash *const flash = &sim.flash;
static uint8_t data[SIZE], seen[SIZE];

static void make(bool ecc)
{
    struct sim_geometry g = { SIZE, BLOCK, UNIT, ecc };

    sim_power_init(&power, 7);
    sim_flash_init(&sim, "sim", 0, &g, &power);
    memset(data, 0x5A, sizeof data);
}

static int setup(void **state)
{
    (void)state;
    make(false);
    return 0;
}

static int setup_ecc(void **state)
{
    (void)state;
    make(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_flash_free(&sim);
    return 0;
}

static void prog_two_units(void *arg)
{
    (void)arg;
    flash->prog(flash, 0, data, 2 * UNIT);
}

static void erase_first_block(void *arg)
{
    (void)arg;
    flash->erase(flash, 0, BLOCK);
}

/* Runs the code with its first operation cut. */
static void cut_first(void (*code)(void *arg), enum sim_outcome outcome)
{
    power.cut = (struct sim_cut){ 1, outcome };
    assert_false(sim_power_run(&power, code, NULL));
    power.cut.op = 0;
    power.off = false;
    sim_flash_power_on(&sim);
}

static bool unit_is(uint32_t unit, uint8_t byte)
{
    uint8_t want[UNIT];

    memset(want, byte, sizeof want);
    assert_int_equal(flash->read(flash, unit * UNIT, seen, UNIT), 0);
    return !memcmp(seen, want, UNIT);
}

static void test_new_flash_reads_as_erased(void **state)
{
    (void)state;
    assert_true(unit_is(0, 0xFF) && unit_is(SIZE / UNIT - 1, 0xFF));
}

static void test_a_unit_is_programmed_once_between_two_erases(void **state)
{
    (void)state;
    assert_int_equal(flash->prog(flash, 8, data, UNIT), 0);
    assert_int_equal(flash->prog(flash, 8, data, UNIT), OTTER_E_NOT_ERASED);
    assert_int_equal(sim.violations, 1);
    assert_string_equal(sim.violation, "sim: unit at 8 programmed without an erase");
    assert_int_equal(flash->erase(flash, 0, BLOCK), 0);
    assert_int_equal(flash->prog(flash, 8, data, UNIT), 0);
    assert_int_equal(sim.violations, 1);
}

static void test_half_units_and_half_blocks_are_violations(void **state)
{
    (void)state;
    assert_int_equal(flash->prog(flash, 4, data, UNIT), OTTER_E_ALIGN);
    assert_int_equal(flash->prog(flash, 0, data, UNIT + 1), OTTER_E_ALIGN);
    assert_int_equal(flash->erase(flash, UNIT, BLOCK), OTTER_E_ALIGN);
    assert_int_equal(flash->erase(flash, 0, BLOCK / 2), OTTER_E_ALIGN);
    assert_int_equal(flash->read(flash, SIZE, seen, 1), OTTER_E_RANGE);
    assert_int_equal(flash->prog(flash, SIZE, data, UNIT), OTTER_E_RANGE);
    assert_int_equal(flash->erase(flash, SIZE - BLOCK, 2 * BLOCK), OTTER_E_RANGE);
    assert_int_equal(sim.violations, 7);
    assert_int_equal(power.ops, 0);
}

static void test_operations_are_counted(void **state)
{
    (void)state;
    assert_int_equal(flash->erase(flash, 0, 2 * BLOCK), 0);
    assert_int_equal(flash->prog(flash, 0, data, 3 * UNIT), 0);
    assert_int_equal(flash->erase(flash, 0, BLOCK), 0);
    assert_int_equal(flash->prog(flash, UNIT, data, UNIT), 0);
    assert_int_equal(sim.counts.erases, 2);
    assert_int_equal(sim.counts.erased_blocks, 3);
    assert_int_equal(sim.counts.progs, 2);
    assert_int_equal(sim.counts.prog_bytes, 4 * UNIT);
    assert_int_equal(sim.most_erases, 2);
    assert_int_equal(sim.most_progs, 2);
    assert_int_equal(power.ops, 4);
    sim_flash_reset_counts(&sim);
    assert_int_equal(sim.most_erases + sim.most_progs, 0);
}

static void test_no_code_runs_after_a_cut(void **state)
{
    (void)state;
    power.cut = (struct sim_cut){ 1, SIM_DONE };
    assert_false(sim_power_run(&power, prog_two_units, NULL));
    assert_int_equal(flash->read(flash, 0, seen, 1), OTTER_E_IO);
    assert_int_equal(flash->erase(flash, 0, BLOCK), OTTER_E_IO);
    power.cut.op = 2;
    assert_true(sim_power_run(&power, erase_first_block, NULL));
}

static void test_a_cut_program_is_undone_or_done(void **state)
{
    (void)state;
    cut_first(prog_two_units, SIM_UNDONE);
    assert_true(unit_is(0, 0xFF) && unit_is(1, 0xFF));
    assert_int_equal(flash->prog(flash, 16, data, UNIT), 0);
    cut_first(prog_two_units, SIM_DONE);
    assert_true(unit_is(0, 0x5A) && unit_is(1, 0x5A));
}

enum { SEEDS = 200 };

/* What may not be programmed may look erased: a quarter of them does. */
static void test_a_torn_program_has_done_the_units_before(void **state)
{
    (void)state;
    int looks_erased = 0;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        power.random = seed * 0x9E3779B9;
        cut_first(prog_two_units, SIM_TORN_MIDDLE);
        assert_true(unit_is(0, 0x5A));
        assert_false(unit_is(1, 0x5A));
        for (uint32_t i = 0; i < UNIT; i++)
            assert_int_equal(seen[i] & 0x5A, 0x5A);
        looks_erased += unit_is(1, 0xFF);
        assert_int_equal(flash->prog(flash, UNIT, data, UNIT), OTTER_E_NOT_ERASED);
        assert_int_equal(flash->erase(flash, 0, BLOCK), 0);
    }
    assert_in_range(looks_erased, SEEDS / 8, SEEDS / 2);
}

static void test_a_torn_unit_is_unreadable_with_ecc_until_it_is_erased(void **state)
{
    (void)state;
    int unreadable = 0;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        power.random = seed * 0x9E3779B9;
        cut_first(prog_two_units, SIM_TORN_LAST);
        assert_int_equal(flash->read(flash, 0, seen, UNIT), 0);
        int err = flash->read(flash, UNIT + 3, seen, 1);
        assert_true(err == OTTER_E_IO || (!err && *seen == 0xFF));
        unreadable += err != 0;
        assert_int_equal(flash->erase(flash, 0, BLOCK), 0);
        assert_int_equal(flash->read(flash, UNIT, seen, UNIT), 0);
    }
    assert_in_range(unreadable, SEEDS / 2, SEEDS - SEEDS / 8);
}

static void test_a_torn_erase_leaves_no_unit_good_for_programming(void **state)
{
    (void)state;
    sim_flash_load(&sim, 0, data, BLOCK);
    cut_first(erase_first_block, SIM_TORN_MIDDLE);
    assert_true(unit_is(0, 0xFF) && unit_is(3, 0xFF));
    assert_true(unit_is(5, 0x5A) && unit_is(7, 0x5A));
    assert_int_equal(flash->prog(flash, 0, data, UNIT), OTTER_E_NOT_ERASED);
}

static void test_garbage_is_neither_old_nor_new(void **state)
{
    (void)state;
    sim_flash_load(&sim, 0, data, BLOCK);
    cut_first(erase_first_block, SIM_GARBAGE);
    for (uint32_t unit = 0; unit < BLOCK / UNIT; unit++)
        assert_false(unit_is(unit, 0xFF) || unit_is(unit, 0x5A));
}

static void test_an_unstable_erase_lasts_for_one_boot(void **state)
{
    (void)state;
    sim_flash_load(&sim, 0, data, BLOCK);
    cut_first(erase_first_block, SIM_UNSTABLE);
    assert_true(unit_is(0, 0xFF));
    assert_int_equal(flash->prog(flash, 0, data, UNIT), 0);
    assert_true(unit_is(0, 0x5A));
    sim_flash_power_on(&sim);
    assert_false(unit_is(0, 0x5A) || unit_is(1, 0xFF));
    assert_int_equal(flash->erase(flash, 0, BLOCK), 0);
    sim_flash_power_on(&sim);
    assert_true(unit_is(0, 0xFF) && unit_is(7, 0xFF));
}

static void test_an_unstable_program_loses_its_last_unit(void **state)
{
    (void)state;
    cut_first(prog_two_units, SIM_UNSTABLE);
    assert_true(unit_is(0, 0x5A) && unit_is(1, 0x5A));
    sim_flash_power_on(&sim);
    assert_true(unit_is(0, 0x5A));
    assert_false(unit_is(1, 0x5A));
}

static void test_a_fault_fails_one_operation_and_the_device_runs_on(void **state)
{
    (void)state;
    power.fault = (struct sim_cut){ 2, SIM_UNDONE };
    assert_int_equal(flash->prog(flash, 0, data, UNIT), 0);
    assert_int_equal(flash->prog(flash, UNIT, data, UNIT), OTTER_E_IO);
    assert_int_equal(flash->prog(flash, UNIT, data, UNIT), 0);
    power.fault_read = 1;
    assert_int_equal(flash->read(flash, 0, seen, UNIT), OTTER_E_IO);
    assert_int_equal(flash->read(flash, 0, seen, UNIT), 0);
}

static void test_saved_flash_comes_back(void **state)
{
    (void)state;
    uint8_t image[SIZE * 2 + 64];

    assert_true(sim_flash_image_size(&sim) <= sizeof image);
    flash->prog(flash, 0, data, UNIT);
    sim_flash_save(&sim, image);
    flash->prog(flash, UNIT, data, UNIT);
    sim_flash_restore(&sim, image);
    assert_true(unit_is(0, 0x5A) && unit_is(1, 0xFF));
    assert_int_equal(flash->prog(flash, UNIT, data, UNIT), 0);
    assert_int_equal(flash->prog(flash, 0, data, UNIT), OTTER_E_NOT_ERASED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_flash_reads_as_erased),
        TEST(test_a_unit_is_programmed_once_between_two_erases),
        TEST(test_half_units_and_half_blocks_are_violations),
        TEST(test_operations_are_counted),
        TEST(test_no_code_runs_after_a_cut),
        TEST(test_a_cut_program_is_undone_or_done),
        TEST(test_a_torn_program_has_done_the_units_before),
        cmocka_unit_test_setup_teardown(test_a_torn_unit_is_unreadable_with_ecc_until_it_is_erased, setup_ecc,
                                        teardown),
        TEST(test_a_torn_erase_leaves_no_unit_good_for_programming),
        TEST(test_garbage_is_neither_old_nor_new),
        TEST(test_an_unstable_erase_lasts_for_one_boot),
        TEST(test_an_unstable_program_loses_its_last_unit),
        TEST(test_a_fault_fails_one_operation_and_the_device_runs_on),
        TEST(test_saved_flash_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
