/*
 * Partitions: whatever the caller asks, a neighbour loses no byte and a driver sees only what a chip can do.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "core/part.h"
#include "tests/sim/flash.h"

enum { UNIT = 8, BLOCK = 64 };

static struct sim_power power;
static struct sim_flash sim;
static const struct otter_part left = { "left", &sim.flash, 0, 2 * BLOCK, 0 };
static const struct otter_part mid = { "mid", &sim.flash, 2 * BLOCK, 3 * BLOCK, 0 };
static const struct otter_part right = { "right", &sim.flash, 5 * BLOCK, BLOCK, 0 };
static uint8_t neighbour[2 * BLOCK], data[4 * BLOCK], seen[4 * BLOCK];

static int setup(void **state)
{
    (void)state;
    sim_power_init(&power, 1);
    sim_flash_init(&sim, "sim", 0, &(struct sim_geometry){ 6 * BLOCK, BLOCK, UNIT, false }, &power);
    memset(neighbour, 0xA5, sizeof neighbour);
    memset(data, 0x3C, sizeof data);
    sim_flash_load(&sim, left.off, neighbour, left.size);
    sim_flash_load(&sim, right.off, neighbour, right.size);
    return 0;
}

/* Whatever a test did to `mid`: its neighbours are whole, and the driver was never asked for what it must refuse. */
static int teardown(void **state)
{
    (void)state;
    assert_memory_equal(sim.bytes + left.off, neighbour, left.size);
    assert_memory_equal(sim.bytes + right.off, neighbour, right.size);
    assert_int_equal(sim.violations, 0);
    sim_flash_free(&sim);
    return 0;
}

static void test_a_partition_starts_where_its_table_says(void **state)
{
    (void)state;
    assert_int_equal(otter_part_prog(&mid, UNIT, data, UNIT), 0);
    assert_memory_equal(sim.bytes + mid.off + UNIT, data, UNIT);
    assert_int_equal(otter_part_read(&mid, UNIT + 1, seen, 3), 0);
    assert_memory_equal(seen, data, 3);
}

static void test_nothing_outside_is_read_programmed_or_erased(void **state)
{
    (void)state;
    static const struct {
        uint32_t off;
        size_t len;
    } outside[] = {
        { 3 * BLOCK, UNIT },
        { 3 * BLOCK - UNIT, 2 * UNIT },
        { 0, 4 * BLOCK },
        { 4 * BLOCK, 0 },
        { 0xFFFFFFC0u, 2 * BLOCK },
        { BLOCK, 0xFFFFFFC0u },
        { 0xFFFFFFC0u, BLOCK },
        { BLOCK, (size_t)0x100000000u + BLOCK },
        { 0, SIZE_MAX },
        { BLOCK, SIZE_MAX - BLOCK + 1 },
    };

    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_int_equal(otter_part_read(&mid, outside[i].off, seen, outside[i].len), OTTER_E_RANGE);
        assert_int_equal(otter_part_prog(&mid, outside[i].off, data, outside[i].len), OTTER_E_RANGE);
        assert_int_equal(otter_part_erase(&mid, outside[i].off, outside[i].len), OTTER_E_RANGE);
        assert_int_equal(otter_part_is_blank(&mid, outside[i].off, outside[i].len), outside[i].len ? OTTER_E_RANGE : 1);
    }
    assert_int_equal(power.ops, 0);
}

static void test_prog_rejects_an_unaligned_offset_or_length(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < UNIT; i++) {
        assert_int_equal(otter_part_prog(&mid, i, data, UNIT), OTTER_E_ALIGN);
        assert_int_equal(otter_part_prog(&mid, 0, data, i), OTTER_E_ALIGN);
    }
    assert_int_equal(power.ops, 0);
}

static void test_erase_rejects_all_but_whole_blocks(void **state)
{
    (void)state;
    for (uint32_t i = 1; i < BLOCK; i++) {
        assert_int_equal(otter_part_erase(&mid, i, BLOCK), OTTER_E_ALIGN);
        assert_int_equal(otter_part_erase(&mid, 0, i), OTTER_E_ALIGN);
    }
    assert_int_equal(power.ops, 0);
}

static void test_erase_touches_only_its_own_blocks(void **state)
{
    (void)state;
    sim_flash_load(&sim, mid.off, data, mid.size);
    assert_int_equal(otter_part_erase(&mid, BLOCK, BLOCK), 0);
    assert_int_equal(otter_part_is_blank(&mid, BLOCK, BLOCK), 1);
    assert_memory_equal(sim.bytes + mid.off, data, BLOCK);
    assert_memory_equal(sim.bytes + mid.off + 2 * BLOCK, data, BLOCK);
    assert_int_equal(otter_part_erase(&mid, 0, mid.size), 0);
    assert_int_equal(otter_part_is_blank(&mid, 0, mid.size), 1);
}

static void test_prog_to_the_very_end_works(void **state)
{
    (void)state;
    assert_int_equal(otter_part_prog(&mid, 0, data, mid.size), 0);
    assert_int_equal(otter_part_read(&mid, mid.size - 1, seen, 1), 0);
    assert_int_equal(seen[0], 0x3C);
}

static void test_programming_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(otter_part_prog(&mid, 0, data, UNIT), 0);
    assert_int_equal(otter_part_prog(&mid, 0, data, UNIT), OTTER_E_NOT_ERASED);
    sim.violations = 0;
}

static void test_a_short_last_unit_is_filled_with_erased_bytes(void **state)
{
    (void)state;
    for (uint32_t len = 1; len <= 3 * UNIT; len++) {
        uint32_t units = (len + UNIT - 1) / UNIT * UNIT;

        assert_int_equal(otter_part_erase(&mid, 0, BLOCK), 0);
        assert_int_equal(otter_part_prog_tail(&mid, UNIT, data, len), 0);
        assert_memory_equal(sim.bytes + mid.off + UNIT, data, len);
        for (uint32_t i = UNIT + len; i < BLOCK; i++)
            assert_int_equal(sim.bytes[mid.off + i], 0xFF);
        assert_int_equal(otter_part_is_blank(&mid, UNIT + units, BLOCK - UNIT - units), 1);
    }
}

static void test_a_tail_does_not_reach_into_the_neighbour(void **state)
{
    (void)state;
    assert_int_equal(otter_part_prog_tail(&mid, mid.size - UNIT, data, UNIT + 1), OTTER_E_RANGE);
    assert_int_equal(otter_part_prog_tail(&mid, 1, data, 3), OTTER_E_ALIGN);
    assert_int_equal(otter_part_prog_tail(&mid, mid.size - UNIT, data, UNIT - 1), 0);
}

static void test_blank_sees_a_single_programmed_bit(void **state)
{
    (void)state;
    memset(seen, 0xFF, sizeof seen);
    assert_int_equal(otter_part_is_blank(&mid, 0, mid.size), 1);
    for (uint32_t at = 0; at < mid.size; at++) {
        sim.bytes[mid.off + at] = 0xFE;
        assert_int_equal(otter_part_is_blank(&mid, 0, mid.size), 0);
        assert_int_equal(otter_part_is_blank(&mid, at, 1), 0);
        assert_int_equal(otter_part_is_blank(&mid, 0, at), 1);
        assert_int_equal(otter_part_is_blank(&mid, at + 1, mid.size - at - 1), 1);
        sim.bytes[mid.off + at] = 0xFF;
    }
}

static void test_a_device_error_comes_through(void **state)
{
    (void)state;
    power.fault.op = 1;
    assert_int_equal(otter_part_prog(&mid, 0, data, UNIT), OTTER_E_IO);
    power.ops = 0;
    assert_int_equal(otter_part_erase(&mid, 0, BLOCK), OTTER_E_IO);
    power.fault_read = 1;
    assert_int_equal(otter_part_read(&mid, 0, seen, 1), OTTER_E_IO);
    power.reads = 0;
    assert_int_equal(otter_part_is_blank(&mid, 0, 1), OTTER_E_IO);
}

static void test_a_partition_is_found_by_its_whole_name(void **state)
{
    (void)state;
    const struct otter_part table[] = { left, mid, right, { 0 } };

    assert_ptr_equal(otter_part_find(table, "mid"), &table[1]);
    assert_null(otter_part_find(table, "mi"));
    assert_null(otter_part_find(table, "middle"));
    assert_null(otter_part_find(table, ""));
}

static void test_a_sound_table_is_accepted(void **state)
{
    (void)state;
    const struct otter_part table[] = { left, mid, right, { 0 } };

    assert_int_equal(otter_part_check(table), 0);
}

static void test_a_table_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static const struct otter_part wrong[] = {
        { "overlaps", &sim.flash, BLOCK, 2 * BLOCK, 0 },
        { "inside", &sim.flash, 2 * BLOCK, BLOCK, 0 },
        { "off-a-block", &sim.flash, 5 * BLOCK + UNIT, BLOCK, 0 },
        { "part-of-a-block", &sim.flash, 5 * BLOCK, UNIT, 0 },
        { "empty", &sim.flash, 5 * BLOCK, 0, 0 },
        { "too-far", &sim.flash, 6 * BLOCK, BLOCK, 0 },
        { "too-long", &sim.flash, 5 * BLOCK, 2 * BLOCK, 0 },
        { "wraps", &sim.flash, 5 * BLOCK, 0xFFFFFFC0u, 0 },
        { "a-name-of-17-char", &sim.flash, 5 * BLOCK, BLOCK, 0 },
        { "mid", &sim.flash, 5 * BLOCK, BLOCK, 0 },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct otter_part table[] = { mid, wrong[i], { 0 } };
        const struct otter_part reversed[] = { wrong[i], mid, { 0 } };

        assert_int_equal(otter_part_check(table), OTTER_E_CONFIG);
        assert_int_equal(otter_part_check(reversed), OTTER_E_CONFIG);
    }
}

static void test_partitions_of_different_devices_may_share_offsets(void **state)
{
    (void)state;
    struct otter_flash other = sim.flash;
    const struct otter_part table[] = { mid, { "other", &other, mid.off, mid.size, 0 }, { 0 } };

    assert_int_equal(otter_part_check(table), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_partition_starts_where_its_table_says),
        TEST(test_nothing_outside_is_read_programmed_or_erased),
        TEST(test_prog_rejects_an_unaligned_offset_or_length),
        TEST(test_erase_rejects_all_but_whole_blocks),
        TEST(test_erase_touches_only_its_own_blocks),
        TEST(test_prog_to_the_very_end_works),
        TEST(test_programming_twice_is_refused),
        TEST(test_a_short_last_unit_is_filled_with_erased_bytes),
        TEST(test_a_tail_does_not_reach_into_the_neighbour),
        TEST(test_blank_sees_a_single_programmed_bit),
        TEST(test_a_device_error_comes_through),
        TEST(test_a_partition_is_found_by_its_whole_name),
        TEST(test_a_sound_table_is_accepted),
        TEST(test_a_table_that_contradicts_itself_is_refused),
        TEST(test_partitions_of_different_devices_may_share_offsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
