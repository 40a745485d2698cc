/*
 * The journal: whatever the power does, the record that was acknowledged last is there, or the one that was being
 * written; and what may only rise never falls.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/journal.h"
#include "tests/sim/flash.h"
#include "tests/sim/random.h"

static const struct geometry {
    const char *name;
    struct sim_geometry flash; /* of the whole partition */
} geometries[] = {
    { "2 KB pages of 8-byte units", { 4096, 2048, 8, false } },
    { "the same with ECC", { 4096, 2048, 8, true } },
    { "four 1 KB pages of 16-byte units with ECC", { 4096, 1024, 16, true } },
    { "4 KB sectors of single bytes", { 8192, 4096, 1, false } },
    { "128 KB sectors of 32-byte units with ECC", { 256 * 1024, 128 * 1024, 32, true } },
    { "256-byte pages", { 512, 256, 8, true } },
};

#define EACH_GEOMETRY(g) (const struct geometry *g = geometries; g < geometries + sizeof geometries / sizeof *g; g++)

static const enum sim_outcome outcomes[] = {
    SIM_UNDONE,    SIM_TORN_FIRST, SIM_TORN_SECOND,    SIM_TORN_MIDDLE, SIM_TORN_LAST_BUT_ONE,
    SIM_TORN_LAST, SIM_GARBAGE,    SIM_ERASE_UNSTABLE, SIM_DONE,
};

enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static struct sim_power power;
static struct sim_flash flash;
static struct otter_part part;
static struct otter_journal journal;

static void start(const struct geometry *g)
{
    sim_power_init(&power, 1);
    sim_flash_init(&flash, "flash", 0, &g->flash, &power);
    part = (struct otter_part){ "journal", &flash.flash, 0, g->flash.size, 0 };
}

static void stop(void)
{
    assert_null(flash.violations ? flash.violation : NULL);
    sim_flash_free(&flash);
}

static void reopen(void)
{
    sim_flash_power_on(&flash);
    otter_journal_open(&journal, &part);
}

/* Changes every field but the two that may only rise, which rise now and then. */
static void change(struct otter_record *r, uint32_t *random)
{
    r->state = (uint8_t)sim_random_below(random, 6);
    r->trials = (uint8_t)sim_random_below(random, 4);
    r->result = (uint8_t)sim_random_below(random, 7);
    r->flags = (uint8_t)sim_random_below(random, 8);
    r->group = (uint16_t)sim_random_below(random, 33);
    r->image = (uint8_t)sim_random_below(random, 3);
    sim_random_fill(random, r->id, sizeof r->id);
    sim_random_fill(random, r->rejected, sizeof r->rejected);
    if (!sim_random_below(random, 5))
        r->counter += sim_random_below(random, 1000);
    if (!sim_random_below(random, 9))
        r->revoked |= (uint8_t)(1u << sim_random_below(random, 8));
}

/* Field by field: a struct may have padding. */
static bool same(const struct otter_record *a, const struct otter_record *b)
{
    return a->state == b->state && a->trials == b->trials && a->result == b->result && a->flags == b->flags &&
           a->counter == b->counter && a->group == b->group && a->image == b->image && a->revoked == b->revoked &&
           !memcmp(a->id, b->id, sizeof a->id) && !memcmp(a->rejected, b->rejected, sizeof a->rejected);
}

static int write_random(uint32_t *random)
{
    change(&journal.record, random);
    return otter_journal_write(&journal);
}

static unsigned slots(void)
{
    uint32_t unit = part.flash->prog_size, slot = (48 + unit - 1) / unit * unit;

    return part.size / 2 / slot;
}

/* ---- without cuts ---- */

static void test_a_blank_journal_is_idle_and_knows_nothing(void **state)
{
    (void)state;
    static const struct otter_record nothing;

    for
        EACH_GEOMETRY(g)
        {
            start(g);
            reopen();
            assert_true(same(&journal.record, &nothing));
            assert_int_equal(power.ops, 0);
            stop();
        }
}

static void test_the_newest_record_is_found_however_many_there_were(void **state)
{
    (void)state;
    uint32_t random = 7;

    for
        EACH_GEOMETRY(g)
        {
            start(g);
            reopen();
            for (unsigned i = 0; i < 3 * slots() + 1 && i < 500; i++) {
                assert_int_equal(write_random(&random), 0);
                struct otter_record last = journal.record;
                struct otter_journal other;
                otter_journal_open(&other, &part);
                assert_true(same(&other.record, &last));
            }
            stop();
        }
}

static void test_a_record_survives_any_number_of_openings(void **state)
{
    (void)state;
    uint32_t random = 8;

    for
        EACH_GEOMETRY(g)
        {
            start(g);
            for (int i = 0; i < 40; i++) {
                reopen();
                assert_int_equal(write_random(&random), 0);
                struct otter_record last = journal.record;
                reopen();
                reopen();
                assert_true(same(&journal.record, &last));
            }
            stop();
        }
}

static void test_an_opening_erases_one_block_and_then_each_when_it_is_full(void **state)
{
    (void)state;
    uint32_t random = 9;

    for
        EACH_GEOMETRY(g)
        {
            start(g);
            reopen();
            for (unsigned i = 0; i < 2 * slots(); i++)
                assert_int_equal(write_random(&random), 0);
            assert_int_equal(flash.counts.erases, 2);
            assert_int_equal(write_random(&random), 0);
            assert_int_equal(flash.counts.erases, 3);
            stop();
        }
}

static void test_without_a_partition_nothing_is_kept_and_nothing_fails(void **state)
{
    (void)state;
    otter_journal_open(&journal, NULL);
    journal.record.counter = 5;
    assert_int_equal(otter_journal_write(&journal), 0);
    assert_int_equal(journal.record.counter, 5);
    otter_journal_open(&journal, NULL);
    assert_int_equal(journal.record.counter, 0);
}

static void test_the_counter_never_falls_and_no_revoked_key_is_forgotten(void **state)
{
    (void)state;
    start(&geometries[0]);
    reopen();
    journal.record.counter = 7;
    journal.record.revoked = 5;
    assert_int_equal(otter_journal_write(&journal), 0);
    journal.record.counter = 6;
    journal.record.revoked = 2;
    assert_int_equal(otter_journal_write(&journal), 0);
    reopen();
    assert_int_equal(journal.record.counter, 7);
    assert_int_equal(journal.record.revoked, 7);
    journal.record.counter = 0;
    journal.record.revoked = 0;
    assert_int_equal(otter_journal_write(&journal), 0);
    assert_int_equal(journal.record.counter, 7);
    reopen();
    assert_int_equal(journal.record.counter, 7);
    assert_int_equal(journal.record.revoked, 7);
    stop();
}

static void test_sequence_numbers_may_wrap(void **state)
{
    (void)state;
    uint32_t random = 10;

    start(&geometries[1]);
    reopen();
    journal.sequence = UINT32_MAX - 20;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(write_random(&random), 0);
        struct otter_record last = journal.record;
        reopen();
        assert_true(same(&journal.record, &last));
    }
    stop();
}

/* ---- what is in flash ---- */

static uint8_t *first_record(void)
{
    assert_int_equal(write_random(&(uint32_t){ 11 }), 0);
    return flash.bytes + journal.home;
}

static void seal(uint8_t record[48])
{
    otter_put_le32(record + 44, otter_hash32_of(&otter_crc32, record, 44));
}

static void test_any_flipped_bit_of_a_record_makes_it_none(void **state)
{
    (void)state;
    static const struct otter_record nothing;

    start(&geometries[0]);
    reopen();
    uint8_t *record = first_record();
    for (int bit = 0; bit < 48 * 8; bit++) {
        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        reopen();
        assert_true(same(&journal.record, &nothing));
        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    reopen();
    assert_false(same(&journal.record, &nothing));
    stop();
}

static void test_a_record_of_a_later_version_is_understood(void **state)
{
    (void)state;
    start(&geometries[0]);
    reopen();
    uint8_t *record = first_record();
    struct otter_record written = journal.record;

    for (unsigned version = 1; version < OTTER_ERASED; version++) {
        record[0] = (uint8_t)version;
        record[40] = (uint8_t)version; /* a field that this version does not know */
        seal(record);
        reopen();
        assert_true(same(&journal.record, &written));
    }
    record[0] = 0;
    seal(record);
    reopen();
    assert_false(same(&journal.record, &written));
    stop();
}

static void test_two_blocks_of_garbage_are_an_empty_journal_that_can_be_written(void **state)
{
    (void)state;
    static const struct otter_record nothing;

    for
        EACH_GEOMETRY(g)
        {
            for (uint32_t seed = 1; seed < 20; seed++) {
                uint32_t random = seed;
                start(g);
                sim_random_fill(&random, flash.bytes, flash.flash.size);
                memset(flash.units, 1, flash.flash.size / flash.flash.prog_size); /* programmed */
                reopen();
                assert_true(same(&journal.record, &nothing));
                assert_int_equal(write_random(&random), 0);
                struct otter_record last = journal.record;
                reopen();
                assert_true(same(&journal.record, &last));
                stop();
            }
        }
}

/* An older record may decay; and a block that was left half erased may still hold records, which are older. */
static void test_damage_to_older_records_hides_no_newer_one(void **state)
{
    (void)state;
    uint32_t random = 12;

    start(&geometries[0]);
    reopen();
    for (int i = 0; i < 20; i++)
        assert_int_equal(write_random(&random), 0);
    struct otter_record last = journal.record;
    uint8_t *block = flash.bytes + journal.home;
    for (int at = 0; at < 19 * 48; at += 31)
        block[at] ^= 0x10;
    memcpy(flash.bytes + (journal.home ? 0 : 2048), block, 10 * 48);
    reopen();
    assert_true(same(&journal.record, &last));
    stop();
}

/* ---- a flash that fails ---- */

static void test_a_failed_write_is_told_and_the_next_one_is_the_newest(void **state)
{
    (void)state;
    for
        EACH_GEOMETRY(g)
        {
            for (int o = 0; o < OUTCOMES; o++) {
                for (int before = 0; before < 4; before++) {
                    for (uint64_t op = 1; op <= 2; op++) {
                        uint32_t random = 13;
                        start(g);
                        reopen();
                        for (int i = 0; i < before; i++)
                            assert_int_equal(write_random(&random), 0);
                        if (before % 2)
                            reopen();
                        power.ops = 0;
                        power.fault = (struct sim_cut){ op, outcomes[o] };
                        int err = write_random(&random);
                        assert_true(!err || err == OTTER_E_IO);
                        if (!err)
                            assert_int_equal(write_random(&random), OTTER_E_IO);
                        assert_int_equal(write_random(&random), 0);
                        struct otter_record last = journal.record;
                        reopen();
                        assert_true(same(&journal.record, &last));
                        stop();
                    }
                }
            }
        }
}

static int prog_nothing(const struct otter_flash *f, uint32_t off, const void *buf, uint32_t len)
{
    (void)f, (void)off, (void)buf, (void)len;
    return 0;
}

static void test_a_record_is_read_back_before_it_counts(void **state)
{
    (void)state;
    uint32_t random = 14;

    start(&geometries[0]);
    reopen();
    flash.flash.prog = prog_nothing;
    assert_int_equal(write_random(&random), OTTER_E_IO);
    stop();
}

/* ---- cuts ---- */

/* What the journal must hold: the acknowledged record, or the one that was being written. */
static struct otter_record acknowledged, written;

static void write_under_power(void *arg)
{
    uint32_t *random = arg;

    change(&journal.record, random);
    written = journal.record;
    assert_int_equal(otter_journal_write(&journal), 0);
    acknowledged = journal.record;
}

/* One write, perhaps cut; then power on. */
static void write_and_look(uint32_t *random, struct sim_cut cut)
{
    power.cut = cut;
    bool whole = sim_power_run(&power, write_under_power, random);
    power.cut.op = 0;
    power.off = false;
    if (whole && sim_random_below(random, 3))
        return;
    reopen();
    assert_true(same(&journal.record, &acknowledged) || (!whole && same(&journal.record, &written)));
    assert_true(journal.record.counter >= acknowledged.counter);
    assert_int_equal(acknowledged.revoked & ~journal.record.revoked, 0);
    acknowledged = journal.record;
}

static void test_long_random_lives_lose_no_acknowledged_record(void **state)
{
    (void)state;
    unsigned long cuts = 0, writes = 0;

    for
        EACH_GEOMETRY(g)
        {
            int rounds = g->flash.size > 8192 ? 4 : 60;
            for (uint32_t seed = 1; seed <= (uint32_t)rounds; seed++) {
                uint32_t random = seed * 2654435761u;
                start(g);
                power.random = seed;
                reopen();
                acknowledged = journal.record;
                for (int i = 0; i < 300; i++, writes++) {
                    struct sim_cut cut = { sim_random_below(&random, 5),
                                           outcomes[sim_random_below(&random, OUTCOMES)] };
                    uint64_t erases = flash.counts.erases;
                    write_and_look(&random, cut);
                    cuts += cut.op == 1 || (cut.op == 2 && flash.counts.erases > erases);
                }
                stop();
            }
        }
    printf("%lu writes, %lu power cuts\n", writes, cuts);
    assert_true(cuts > writes / 8);
}

/*
 * The state before, two cuts wherever they may fall, and a write that has to hold: with the block full or not, and
 * opened just before or not.
 */
static void test_any_two_cuts_in_a_row_lose_no_acknowledged_record(void **state)
{
    (void)state;
    for
        EACH_GEOMETRY(g)
        {
            if (g->flash.size > 8192)
                continue;
            start(g);
            size_t size = sim_flash_image_size(&flash);
            uint8_t *before = malloc(size);
            unsigned fills[] = { 0, 1, slots() - 1, slots(), slots() + 1 };

            for (unsigned f = 0; f < 5; f++) {
                uint32_t random = 15 + f;
                memset(flash.bytes, OTTER_ERASED, flash.flash.size);
                memset(flash.units, 0, flash.flash.size / flash.flash.prog_size);
                reopen();
                for (unsigned i = 0; i < fills[f]; i++)
                    assert_int_equal(write_random(&random), 0);
                struct otter_journal opened = journal;
                sim_flash_save(&flash, before);
                for (int k = 0; k < 2 * OUTCOMES * 2 * OUTCOMES * 2; k++) {
                    struct sim_cut first = { 1 + (uint64_t)(k & 1), outcomes[k / 2 % OUTCOMES] };
                    struct sim_cut second = { 1 + (uint64_t)(k / (2 * OUTCOMES) % 2),
                                              outcomes[k / (4 * OUTCOMES) % OUTCOMES] };
                    uint32_t r = random;
                    sim_flash_restore(&flash, before);
                    power.random = (uint32_t)k + 1;
                    journal = opened;
                    if (k >= 2 * OUTCOMES * 2 * OUTCOMES)
                        reopen();
                    acknowledged = journal.record;
                    write_and_look(&r, first);
                    write_and_look(&r, second);
                    for (int i = 0; i < 3; i++)
                        write_and_look(&r, (struct sim_cut){ 0 });
                    reopen();
                    assert_true(same(&journal.record, &acknowledged));
                    assert_int_equal(flash.violations, 0);
                }
            }
            free(before);
            stop();
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_blank_journal_is_idle_and_knows_nothing),
        cmocka_unit_test(test_the_newest_record_is_found_however_many_there_were),
        cmocka_unit_test(test_a_record_survives_any_number_of_openings),
        cmocka_unit_test(test_an_opening_erases_one_block_and_then_each_when_it_is_full),
        cmocka_unit_test(test_without_a_partition_nothing_is_kept_and_nothing_fails),
        cmocka_unit_test(test_the_counter_never_falls_and_no_revoked_key_is_forgotten),
        cmocka_unit_test(test_sequence_numbers_may_wrap),
        cmocka_unit_test(test_any_flipped_bit_of_a_record_makes_it_none),
        cmocka_unit_test(test_a_record_of_a_later_version_is_understood),
        cmocka_unit_test(test_two_blocks_of_garbage_are_an_empty_journal_that_can_be_written),
        cmocka_unit_test(test_damage_to_older_records_hides_no_newer_one),
        cmocka_unit_test(test_a_failed_write_is_told_and_the_next_one_is_the_newest),
        cmocka_unit_test(test_a_record_is_read_back_before_it_counts),
        cmocka_unit_test(test_long_random_lives_lose_no_acknowledged_record),
        cmocka_unit_test(test_any_two_cuts_in_a_row_lose_no_acknowledged_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
