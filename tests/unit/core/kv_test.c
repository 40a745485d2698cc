/*
 * core/kv: settings. What power cuts do to them is tests/powercut/settings.c.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/kv.h"
#include "tests/sim/flash.h"
#include "tests/sim/random.h"
#include "tests/sim/settings.h"

struct bench {
    struct sim_power power;
    struct sim_flash flash;
    struct otter_part part;
    struct otter_kv kv;
};

static struct bench b;

static void reopen(void)
{
    sim_flash_power_on(&b.flash);
    assert_int_equal(otter_kv_open(&b.kv, &b.part), 0);
}

static void begin(uint32_t blocks, uint32_t block_size, uint32_t unit)
{
    struct sim_geometry geometry = { blocks * block_size, block_size, unit, unit > 1 };

    sim_power_init(&b.power, 1);
    sim_flash_init(&b.flash, "flash", 0, &geometry, &b.power);
    b.part = (struct otter_part){ "easyflash", &b.flash.flash, 0, geometry.size, 0 };
    reopen();
}

static void end(void)
{
    assert_int_equal(b.flash.violations, 0);
    sim_flash_free(&b.flash);
}

static int set(const char *key, const char *value)
{
    return otter_kv_set(&b.kv, key, value, strlen(value));
}

static void assert_value(const char *key, const char *expected)
{
    char value[OTTER_KV_VALUE_MAX];
    int len = otter_kv_get(&b.kv, key, value, sizeof value);

    assert_int_equal(len, strlen(expected));
    assert_memory_equal(value, expected, strlen(expected));
}

static void assert_none(const char *key)
{
    char value[8];

    assert_int_equal(otter_kv_get(&b.kv, key, value, sizeof value), OTTER_E_NOT_FOUND);
}

static uint64_t progs(void)
{
    return b.flash.counts.progs + b.flash.counts.erases;
}

/* ---- keys and values ---- */

static void test_erased_flash_is_an_empty_store_and_opening_writes_nothing(void **state)
{
    struct otter_kv_item item = { 0 };

    (void)state;
    begin(4, 4096, 1);
    assert_none("ip");
    assert_false(otter_kv_next(&b.kv, &item));
    assert_int_equal(otter_kv_delete(&b.kv, "ip"), 0);
    assert_int_equal(otter_kv_reset(&b.kv), 0);
    assert_int_equal(progs(), 0);
    end();
}

static void test_what_was_set_last_is_there_after_opening_again(void **state)
{
    (void)state;
    begin(4, 4096, 1);
    assert_int_equal(set("ip", "10.0.2.15"), 0);
    assert_int_equal(set("ota_url", "http://10.0.2.2/app.rbl"), 0);
    assert_int_equal(set("ip", "192.168.1.10"), 0);
    for (int i = 0; i < 2; i++) {
        assert_value("ip", "192.168.1.10");
        assert_value("ota_url", "http://10.0.2.2/app.rbl");
        assert_none("ota_ur");
        reopen();
    }
    end();
}

static void test_a_deleted_key_is_gone_and_stays_gone(void **state)
{
    char value[200];

    (void)state;
    begin(2, 2048, 8);
    assert_int_equal(set("gone", "1"), 0);
    assert_int_equal(otter_kv_delete(&b.kv, "gone"), 0);
    memset(value, 'x', sizeof value);
    for (int i = 0; i < 100; i++) {
        value[0] = (char)i;
        assert_int_equal(otter_kv_set(&b.kv, "other", value, sizeof value), 0);
        assert_none("gone");
        reopen();
        assert_none("gone");
    }
    end();
}

static void test_values_are_any_bytes_of_any_length_up_to_the_limit(void **state)
{
    static const int lengths[] = { 0, 1, 15, 16, 17, 63, 64, 65, 255, 1023, 1024 };
    uint8_t value[OTTER_KV_VALUE_MAX], back[OTTER_KV_VALUE_MAX];

    (void)state;
    begin(4, 4096, 32);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int fill = 0; fill < 256; fill += 255) {
            memset(value, fill, sizeof value);
            assert_int_equal(otter_kv_set(&b.kv, "v", value, (size_t)lengths[i]), 0);
            reopen();
            assert_int_equal(otter_kv_get(&b.kv, "v", back, sizeof back), lengths[i]);
            assert_memory_equal(value, back, lengths[i]);
        }
    }
    end();
}

static void test_what_is_too_long_or_no_key_is_refused_and_nothing_is_written(void **state)
{
    static const char *const bad[] = {
        "", "a b", "a=b", "\x7f", "caf\xc3\xa9", "tab\t", "a.key.of.one.more.than.thirty.two"
    };
    uint8_t value[OTTER_KV_VALUE_MAX + 1] = { 0 };

    (void)state;
    begin(2, 2048, 8);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(set(bad[i], "1"), OTTER_E_ARGUMENT);
        assert_int_equal(otter_kv_delete(&b.kv, bad[i]), OTTER_E_ARGUMENT);
        assert_int_equal(otter_kv_get(&b.kv, bad[i], value, sizeof value), OTTER_E_ARGUMENT);
    }
    assert_int_equal(otter_kv_set(&b.kv, "k", value, OTTER_KV_VALUE_MAX + 1), OTTER_E_RANGE);
    assert_int_equal(otter_kv_set(&b.kv, "k", value, OTTER_KV_VALUE_MAX), OTTER_E_RANGE); /* half of a block */
    assert_int_equal(progs(), 0);
    end();
}

static void test_a_value_that_does_not_fit_the_buffer_is_not_cut_off(void **state)
{
    char value[4];

    (void)state;
    begin(2, 2048, 8);
    assert_int_equal(set("k", "12345"), 0);
    assert_int_equal(otter_kv_get(&b.kv, "k", value, sizeof value), OTTER_E_RANGE);
    end();
}

static void test_setting_the_same_value_again_writes_nothing(void **state)
{
    (void)state;
    begin(2, 2048, 8);
    assert_int_equal(set("k", "value"), 0);
    uint64_t before = progs();
    assert_int_equal(set("k", "value"), 0);
    assert_int_equal(progs(), before);
    end();
}

static void test_a_reset_forgets_every_key_by_erasing_one_block(void **state)
{
    struct otter_kv_item item = { 0 };

    (void)state;
    begin(8, 4096, 1);
    assert_int_equal(set("a", "1"), 0);
    assert_int_equal(set("b", "2"), 0);
    uint64_t erases = b.flash.counts.erases;
    assert_int_equal(otter_kv_reset(&b.kv), 0);
    assert_int_equal(b.flash.counts.erases, erases + 1);
    reopen();
    assert_false(otter_kv_next(&b.kv, &item));
    assert_int_equal(set("b", "3"), 0);
    assert_none("a");
    assert_value("b", "3");
    end();
}

/* ---- room ---- */

/* Sets keys of that length until there is no room: how many. */
static int fill(size_t len)
{
    uint8_t value[OTTER_KV_VALUE_MAX] = { 0 };
    char key[16];
    int n = 0, err = 0;

    for (; !err; n++) {
        snprintf(key, sizeof key, "key%d", n);
        err = otter_kv_set(&b.kv, key, value, len);
    }
    assert_int_equal(err, OTTER_E_FULL);
    return n - 1;
}

static void test_a_full_store_says_so_writes_nothing_and_can_be_emptied(void **state)
{
    static const uint32_t blocks[] = { 2, 3, 16, 40 };
    char key[16];

    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        begin(blocks[i], 2048, 8);
        int count = fill(60);
        assert_true(count >= 15);
        uint64_t before = progs();
        assert_int_equal(set("another", "a value that is as long as all the others are, or even longer"), OTTER_E_FULL);
        assert_int_equal(progs(), before);
        reopen();
        for (int k = 0; k < count; k++) {
            snprintf(key, sizeof key, "key%d", k);
            assert_int_equal(otter_kv_delete(&b.kv, key), 0);
            assert_none(key);
        }
        assert_int_equal(fill(60), count);
        end();
    }
}

static void test_in_a_full_store_a_value_can_still_be_changed(void **state)
{
    uint8_t value[60] = { 0 };

    (void)state;
    begin(3, 2048, 8);
    int count = fill(sizeof value), changed = 0;
    for (int i = 0; i < 500; i++) {
        value[0] = (uint8_t)(i + 1);
        changed += !otter_kv_set(&b.kv, "key0", value, sizeof value);
    }
    assert_true(count > 0);
    assert_int_equal(changed, 500);
    end();
}

static void test_a_partition_that_is_too_small_is_a_mistake_in_the_table(void **state)
{
    struct otter_kv kv;

    (void)state;
    begin(2, 2048, 8);
    b.part.size = 2048;
    assert_int_equal(otter_kv_open(&kv, &b.part), OTTER_E_CONFIG);
    assert_int_equal(otter_kv_open(&kv, NULL), OTTER_E_CONFIG);
    end();
}

/* ---- what flash does ---- */

static void test_foreign_content_is_an_empty_store_that_can_be_written(void **state)
{
    uint8_t noise[4096];
    uint32_t random = 5;

    (void)state;
    begin(3, 4096, 1);
    for (uint32_t off = 0; off < b.part.size; off += sizeof noise) {
        sim_random_fill(&random, noise, sizeof noise);
        memcpy(noise,
               "\x00\xff\xff\xff"
               "EF40",
               8);
        sim_flash_load(&b.flash, off, noise, sizeof noise);
    }
    reopen();
    assert_none("k");
    assert_int_equal(set("k", "v"), 0);
    reopen();
    assert_value("k", "v");
    end();
}

static void test_an_operation_that_fails_leaves_the_old_value_or_the_new_one(void **state)
{
    char value[100], back[100];

    (void)state;
    begin(2, 2048, 8);
    memset(value, 'a', sizeof value);
    for (int i = 0; i < 200; i++) {
        int old = value[0];
        value[0] = (char)('a' + i % 26);
        b.power.ops = 0;
        b.power.fault = (struct sim_cut){ (uint64_t)i % 5 + 1, i % 2 ? SIM_TORN_FIRST : SIM_DONE };
        int err = otter_kv_set(&b.kv, "k", value, sizeof value);
        b.power.fault.op = 0;
        int len = otter_kv_get(&b.kv, "k", back, sizeof back);
        if (!err)
            assert_memory_equal(back, value, sizeof value);
        else if (i)
            assert_true(len == sizeof back && (back[0] == old || back[0] == value[0]));
        assert_int_equal(otter_kv_set(&b.kv, "k", value, sizeof value), 0);
        reopen();
    }
    end();
}

static void test_a_store_that_was_erased_beneath_it_goes_on_empty(void **state)
{
    (void)state;
    begin(2, 2048, 8);
    assert_int_equal(set("k", "1"), 0);
    assert_int_equal(otter_part_erase(&b.part, 0, b.part.size), 0);
    assert_none("k");
    assert_int_equal(set("k", "2"), 0);
    assert_value("k", "2");
    reopen();
    assert_value("k", "2");
    end();
}

/* ---- many changes ---- */

static const struct {
    uint32_t blocks, block_size, unit, most;
} geometries[] = {
    { 2, 2048, 8, 150 }, { 3, 2048, 4, 250 },   { 16, 2048, 8, 600 },   { 24, 2048, 16, 600 },
    { 2, 4096, 1, 500 }, { 5, 4096, 32, 1024 }, { 128, 4096, 1, 1024 }, { 2, 131072, 32, 1024 },
};

static const char *said(const char *difference)
{
    return difference ? difference : "the same";
}

static void test_after_any_changes_the_store_holds_what_a_model_holds(void **state)
{
    (void)state;
    for (size_t g = 0; g < sizeof geometries / sizeof *geometries; g++) {
        static struct sim_settings model;
        uint32_t random = 11;

        memset(&model, 0, sizeof model);
        begin(geometries[g].blocks, geometries[g].block_size, geometries[g].unit);
        for (int i = 0; i < 1500; i++) {
            struct sim_change c = sim_change_random(&random, geometries[g].most);
            assert_int_equal(sim_change_make(&c, &b.kv), 0);
            sim_change_note(&c, &model);
            if (i % 11 == 0)
                reopen();
            if (i % 7 == 0)
                assert_string_equal(said(sim_settings_differ(&model, &b.kv)), "the same");
        }
        end();
    }
}

static void test_wear_is_spread_evenly_over_all_blocks(void **state)
{
    (void)state;
    for (size_t g = 0; g < sizeof geometries / sizeof *geometries; g++) {
        uint32_t least = UINT32_MAX, most = 0;

        begin(geometries[g].blocks, geometries[g].block_size, geometries[g].unit);
        assert_int_equal(set("stays", "a value that is never changed"), 0);
        for (uint32_t i = 0; i < 10000; i++)
            assert_int_equal(otter_kv_set(&b.kv, i % 3 ? "counter" : "clock", &i, sizeof i), 0);
        for (uint32_t i = 0; i < geometries[g].blocks; i++) {
            uint32_t erases = b.flash.block_erases[i] & 255; /* in the lower bits, see sim/flash.c */
            least = erases < least ? erases : least;
            most = erases > most ? erases : most;
        }
        assert_in_range(most - least, 0, 1);
        assert_value("stays", "a value that is never changed");
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erased_flash_is_an_empty_store_and_opening_writes_nothing),
        cmocka_unit_test(test_what_was_set_last_is_there_after_opening_again),
        cmocka_unit_test(test_a_deleted_key_is_gone_and_stays_gone),
        cmocka_unit_test(test_values_are_any_bytes_of_any_length_up_to_the_limit),
        cmocka_unit_test(test_what_is_too_long_or_no_key_is_refused_and_nothing_is_written),
        cmocka_unit_test(test_a_value_that_does_not_fit_the_buffer_is_not_cut_off),
        cmocka_unit_test(test_setting_the_same_value_again_writes_nothing),
        cmocka_unit_test(test_a_reset_forgets_every_key_by_erasing_one_block),
        cmocka_unit_test(test_a_full_store_says_so_writes_nothing_and_can_be_emptied),
        cmocka_unit_test(test_in_a_full_store_a_value_can_still_be_changed),
        cmocka_unit_test(test_a_partition_that_is_too_small_is_a_mistake_in_the_table),
        cmocka_unit_test(test_foreign_content_is_an_empty_store_that_can_be_written),
        cmocka_unit_test(test_an_operation_that_fails_leaves_the_old_value_or_the_new_one),
        cmocka_unit_test(test_a_store_that_was_erased_beneath_it_goes_on_empty),
        cmocka_unit_test(test_after_any_changes_the_store_holds_what_a_model_holds),
        cmocka_unit_test(test_wear_is_spread_evenly_over_all_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
