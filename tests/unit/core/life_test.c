/*
 * The life of an update: trial, confirm, rollback, hold, healing, and the factory image.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "core/recovery.h"
#include "tests/unit/core/bench.h"

static int setup(void **state)
{
    (void)state;
    bench_start(&sim_board_ecc);
    bench_recipe.keep_counter = true;
    return 0;
}

static int setup_rbl(void **state)
{
    setup(state);
    bench_recipe.rbl = true;
    return 0;
}

static int setup_two_images(void **state)
{
    setup(state);
    bench_recipe.with_wifi = true;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_stop();
    return 0;
}

static void forget_package(void)
{
    const struct otter_part *download = sim_part(&bench, SIM_DOWNLOAD);

    memset(sim_cells(&bench, SIM_DOWNLOAD), OTTER_ERASED, download->size);
}

static void damage(int part)
{
    sim_cells(&bench, part)[1000] ^= 4;
}

static int roll_back(void)
{
    return otter_rollback(bench_update(), sim_mem(&bench));
}

/* ---- trial ---- */

static void test_an_update_that_never_confirms_is_rolled_back_after_its_trials(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    for (unsigned left = BOOT_TRIALS; left-- > 0;) {
        bench_boots(2);
        assert_true(bench_app.on_trial);
        assert_true(bench_update()->status.on_trial);
        assert_int_equal(bench_update()->status.trials_left, left);
    }
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_TRIALS);
    assert_false(bench_app.on_trial);
    assert_int_equal(bench_update()->status.result, OTTER_RESULT_TRIALS);
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_what_was_rolled_back_is_not_tried_again_by_itself(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    for (int i = 0; i < BOOT_TRIALS; i++)
        bench_boots(2);
    bench_boots(1);
    for (int i = 0; i < 3; i++) {
        bench_download(2);
        bench_boots(1);
        assert_string_equal(bench_told, "x");
        assert_int_equal(bench_err, OTTER_E_REJECTED);
    }
    bench_download(3);
    bench_boots(3);
}

static void test_a_trial_may_be_confirmed_in_its_last_start(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    for (int i = 0; i < BOOT_TRIALS; i++)
        bench_boots(2);
    bench_confirm();
    assert_int_equal(bench_update()->status.result, OTTER_RESULT_CONFIRMED);
    assert_false(bench_update()->status.on_trial);
    for (int i = 0; i < 3; i++) {
        bench_boots(2);
        assert_int_equal(sim_device_writes(&bench), 0);
    }
}

static void test_an_image_that_is_damaged_on_trial_is_rolled_back_at_once(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    bench_boots(2);
    damage(SIM_APP);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_DAMAGED);
}

static void test_a_first_image_that_never_confirms_stays_for_want_of_another(void **state)
{
    (void)state;
    bench_download(1);
    for (int i = 0; i < BOOT_TRIALS; i++)
        bench_boots(1);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_KEPT);
    assert_false(bench_app.on_trial);
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
}

/* It was rejected, but nothing else can be started. */
static void test_a_first_image_that_is_damaged_after_its_trials_is_installed_again(void **state)
{
    (void)state;
    bench_download(1);
    for (int i = 0; i < BOOT_TRIALS + 1; i++)
        bench_boots(1);
    damage(SIM_APP);
    bench_boots(1);
    assert_true(bench_app.on_trial);
}

static void test_a_trial_of_another_partition_s_image_rolls_that_one_back(void **state)
{
    (void)state;
    bench_recipe.with_wifi = true;
    bench_install(1);
    bench_recipe.with_wifi = false;
    bench_recipe.only_wifi = true;
    bench_download(2);
    for (int i = 0; i < BOOT_TRIALS; i++)
        bench_boots(1);
    assert_true(bench_holds(SIM_WIFI, 2));
    bench_boots(1);
    assert_true(bench_holds(SIM_WIFI, 1));
}

/* ---- confirm ---- */

static void test_confirming_may_be_repeated_and_writes_once(void **state)
{
    (void)state;
    bench_download(1);
    bench_boots(1);
    bench_confirm();
    sim_device_reset_counts(&bench);
    bench_confirm();
    assert_int_equal(sim_device_writes(&bench), 0);
    bench_boots(1);
    bench_confirm();
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_the_security_counter_rises_only_when_the_image_confirms_itself(void **state)
{
    (void)state;
    bench_recipe.keep_counter = false;
    bench_install(1);
    assert_int_equal(bench_record().counter, 1);
    bench_download(5);
    for (int i = 0; i < BOOT_TRIALS; i++) {
        bench_boots(5);
        assert_int_equal(bench_record().counter, 1);
    }
    bench_boots(1);
    assert_int_equal(bench_record().counter, 1);
    bench_download(4);
    bench_boots(4);
    bench_confirm();
    assert_int_equal(bench_record().counter, 4);
    assert_int_equal(bench_update()->status.counter, 4);
}

static void test_confirming_another_partition_s_image_raises_the_counter_too(void **state)
{
    (void)state;
    bench_recipe.keep_counter = false;
    bench_install(1);
    bench_recipe.only_wifi = true;
    bench_download(6);
    bench_boots(1);
    bench_confirm();
    assert_int_equal(bench_record().counter, 6);
}

static void test_a_revoked_key_is_refused_once_the_revocation_is_confirmed(void **state)
{
    (void)state;
    static const enum sim_key both[] = { SIM_HMAC_SECOND, SIM_HMAC_UNKNOWN };

    bench_install(1);
    bench_recipe.signer = SIM_P256;
    bench_recipe.otter.revoked = both;
    bench_recipe.otter.revoked_count = 2;
    bench_download(2);
    bench_boots(2);
    assert_int_equal(bench_record().revoked, 0);
    bench_confirm();
    assert_int_equal(bench_record().revoked, 1u << SIM_HMAC_SECOND);

    bench_recipe.otter.revoked_count = 0;
    bench_recipe.signer = SIM_HMAC_SECOND;
    bench_download(3);
    bench_boots(2);
    assert_int_equal(bench_err, OTTER_E_KEY);
    bench_recipe.signer = SIM_HMAC;
    bench_install(3);
    assert_int_equal(bench_record().revoked, 1u << SIM_HMAC_SECOND);
}

static void test_a_package_cannot_revoke_the_key_that_it_was_signed_with(void **state)
{
    (void)state;
    static const enum sim_key itself[] = { SIM_HMAC_SECOND };

    bench_recipe.otter.revoked = itself;
    bench_recipe.otter.revoked_count = 1;
    bench_install(1);
    assert_int_equal(bench_record().revoked, 0);
    bench_install(2);
}

static void test_a_revocation_that_is_rolled_back_revokes_nothing(void **state)
{
    (void)state;
    static const enum sim_key other[] = { SIM_HMAC };

    bench_install(1);
    bench_recipe.otter.revoked = other;
    bench_recipe.otter.revoked_count = 1;
    bench_download(2);
    for (int i = 0; i < BOOT_TRIALS; i++)
        bench_boots(2);
    bench_boots(1);
    assert_int_equal(bench_record().revoked, 0);
}

/* ---- rollback on request ---- */

static void test_an_application_may_ask_for_the_version_before(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    assert_int_equal(roll_back(), 0);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_REQUESTED);
    assert_int_equal(bench_update()->status.result, OTTER_RESULT_REQUESTED);
    bench_boots(1);
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_a_version_on_trial_may_give_itself_up(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    bench_boots(2);
    assert_int_equal(roll_back(), 0);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_REQUESTED);
}

static void test_there_is_no_way_back_twice_or_from_the_first_version(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(roll_back(), OTTER_E_NO_PACKAGE);
    bench_install(2);
    assert_int_equal(roll_back(), 0);
    bench_boots(1);
    assert_int_equal(roll_back(), OTTER_E_NOT_FOUND);
    bench_boots(1);
    assert_string_equal(bench_told, "");
}

static void test_there_is_no_way_back_below_the_security_counter(void **state)
{
    (void)state;
    bench_recipe.keep_counter = false;
    bench_install(1);
    bench_install(2);
    assert_int_equal(roll_back(), OTTER_E_DOWNGRADE);
    bench_boots(2);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_there_is_no_way_back_to_a_revoked_key(void **state)
{
    (void)state;
    static const enum sim_key old[] = { SIM_HMAC_SECOND };

    bench_install(1);
    bench_recipe.signer = SIM_HMAC;
    bench_recipe.otter.revoked = old;
    bench_recipe.otter.revoked_count = 1;
    bench_install(2);
    assert_int_equal(roll_back(), OTTER_E_KEY);
    forget_package();
    damage(SIM_APP);
    assert_int_equal(bench_boot(), OTTER_E_HASH);
}

static void test_there_is_no_way_back_with_a_damaged_copy(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    damage(SIM_RECOVERY);
    assert_int_equal(roll_back(), OTTER_E_HASH);
    bench_boots(2);
}

static void test_several_images_go_back_together_or_not_at_all(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    struct otter_part slot;
    assert_int_equal(otter_recovery_slot(&bench.config, sim_part(&bench, SIM_WIFI), &slot), 0);
    bench.nor.bytes[slot.off + 50] ^= 1;
    assert_int_equal(roll_back(), OTTER_E_HASH);
    bench_boots(2);
    bench.nor.bytes[slot.off + 50] ^= 1;
    assert_int_equal(roll_back(), 0);
    bench_boots(1);
    assert_string_equal(bench_told, "rerebx");
}

static void test_several_images_are_rolled_back_together(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    for (int i = 0; i < BOOT_TRIALS; i++)
        bench_boots(2);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_TRIALS);
}

/* ---- hold ---- */

static void test_an_application_may_hold_an_installation_back(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(otter_hold(bench_update(), true), 0);
    assert_true(bench_update()->status.held);
    bench_download(2);
    for (int i = 0; i < 3; i++) {
        bench_boots(1);
        assert_int_equal(sim_device_writes(&bench), 0);
    }
    assert_int_equal(otter_hold(bench_update(), false), 0);
    bench_boots(2);
    assert_false(bench_update()->status.held);
}

static void test_what_is_held_back_is_kept_through_an_update(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    bench_boots(2);
    assert_int_equal(otter_hold(bench_update(), true), 0);
    bench_confirm();
    bench_download(3);
    bench_boots(2);
    assert_true(bench_update()->status.held);
}

static void test_without_an_app_nobody_holds_anything_back(void **state)
{
    (void)state;
    bench_install(1);
    assert_int_equal(otter_hold(bench_update(), true), 0);
    damage(SIM_APP);
    bench_boots(1);
    assert_string_equal(bench_told, "sie");
}

static bool supply_is_good;
static int asked;

static bool may_erase(void)
{
    asked++;
    return supply_is_good;
}

static void test_a_poor_supply_holds_an_installation_back(void **state)
{
    (void)state;
    bench_install(1);
    bench.config.may_erase = may_erase;
    supply_is_good = false;
    bench_download(2);
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
    supply_is_good = true;
    asked = 0;
    bench_boots(2);
    assert_true(asked >= 3 + 3); /* of the copy and of the install: a trailer and the image's blocks */
}

static int erases_until_poor;

static bool erases_until(void)
{
    return erases_until_poor-- > 0;
}

static void test_a_supply_that_fails_halfway_stops_and_goes_on(void **state)
{
    (void)state;
    static uint8_t before[1 << 18];

    bench_install(1);
    bench_download(2);
    bench.config.may_erase = erases_until;
    sim_device_save(&bench, before);
    for (int n = 1, err = 1; err || n < 4; n++) {
        sim_device_restore(&bench, before);
        erases_until_poor = n;
        err = bench_boot();
        assert_true(!err || err == OTTER_E_SUPPLY);
        if (!err)
            assert_true(bench_holds(SIM_APP, 1) || bench_holds(SIM_APP, 2));
        if (!err && bench_holds(SIM_APP, 1))
            err = 1;
        erases_until_poor = 100;
        bench_boots(2);
    }
}

/* ---- healing ---- */

static void test_a_damaged_app_without_its_package_is_replaced_by_the_one_before(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    forget_package();
    damage(SIM_APP);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_DAMAGED);
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_what_decayed_after_it_was_confirmed_may_be_installed_again(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    forget_package();
    damage(SIM_APP);
    bench_boots(1);
    bench_install(2);
}

static void test_healing_one_image_of_several_brings_back_all_of_the_version(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    forget_package();
    damage(SIM_APP);
    bench_boots(1);
}

static void test_a_damaged_app_is_not_replaced_by_one_below_the_security_counter(void **state)
{
    (void)state;
    bench_recipe.keep_counter = false;
    bench_install(1);
    bench_install(2);
    forget_package();
    damage(SIM_APP);
    assert_int_equal(bench_boot(), OTTER_E_HASH);
    bench_download(2);
    bench_boots(2);
}

static void test_without_package_and_copy_the_factory_image_is_installed(void **state)
{
    (void)state;
    bench_install(2);
    bench_load(SIM_FACTORY, 1);
    forget_package();
    damage(SIM_APP);
    bench_boots(1);
    assert_string_equal(bench_told, "fe");
    assert_int_equal(bench_update()->status.result, OTTER_RESULT_FACTORY);
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_a_factory_image_below_the_security_counter_needs_the_button(void **state)
{
    (void)state;
    bench_recipe.keep_counter = false;
    bench_install(2);
    bench_load(SIM_FACTORY, 1);
    forget_package();
    damage(SIM_APP);
    assert_int_equal(bench_boot(), OTTER_E_HASH);
    assert_int_equal(sim_device_writes(&bench), 0);
    assert_int_equal(bench_boot_with_button(), 0);
    assert_true(bench_holds(SIM_APP, 1));
    assert_int_equal(bench_record().counter, 2);
    bench_boots(1);
}

static void test_a_dead_device_does_not_wear_its_flash(void **state)
{
    (void)state;
    bench_install(1);
    bench_install(2);
    bench_load(SIM_FACTORY, 1);
    sim_cells(&bench, SIM_FACTORY)[2000] ^= 1;
    forget_package();
    damage(SIM_APP);
    damage(SIM_RECOVERY);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_boot(), OTTER_E_HASH);
        assert_int_equal(sim_device_writes(&bench), 0);
    }
}

/* ---- the factory image ---- */

static void test_the_button_brings_the_factory_image_and_it_stays(void **state)
{
    (void)state;
    bench_install(2);
    bench_load(SIM_FACTORY, 1);
    assert_int_equal(bench_boot_with_button(), 0);
    assert_string_equal(bench_app.version, "1.0.0");
    for (int i = 0; i < 3; i++) {
        bench_boots(1);
        assert_false(bench_app.on_trial);
        assert_int_equal(sim_device_writes(&bench), 0);
    }
    bench_install(3);
}

static void test_the_button_ends_a_trial(void **state)
{
    (void)state;
    bench_load(SIM_FACTORY, 1);
    bench_install(2);
    bench_download(3);
    bench_boots(3);
    assert_int_equal(bench_boot_with_button(), 0);
    assert_true(bench_holds(SIM_APP, 1));
    bench_boots(1);
}

static void test_the_button_without_a_factory_image_changes_nothing(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    bench_boots(2);
    assert_int_equal(bench_boot_with_button(), 0);
    assert_true(bench_holds(SIM_APP, 2));
    assert_true(bench_app.on_trial);
    bench_load(SIM_FACTORY, 3);
    sim_cells(&bench, SIM_FACTORY)[2000] ^= 1;
    assert_int_equal(bench_boot_with_button(), 0);
    assert_true(bench_app.on_trial);
    bench_boots(1);
    assert_int_equal(bench_why, OTTER_RESULT_TRIALS);
}

static void test_the_button_brings_no_image_of_a_revoked_key(void **state)
{
    (void)state;
    static const enum sim_key old[] = { SIM_HMAC_SECOND };

    bench_load(SIM_FACTORY, 1);
    bench_recipe.signer = SIM_HMAC;
    bench_recipe.otter.revoked = old;
    bench_recipe.otter.revoked_count = 1;
    bench_install(2);
    assert_int_equal(bench_boot_with_button(), 0);
    assert_true(bench_holds(SIM_APP, 2));
    assert_int_equal(sim_device_writes(&bench), 0);
}

static void test_a_factory_image_that_runs_already_is_not_written_again(void **state)
{
    (void)state;
    bench_install(1);
    bench_load(SIM_FACTORY, 1);
    assert_int_equal(bench_boot_with_button(), 0);
    bench_boots(1);
    assert_int_equal(bench_record().result, OTTER_RESULT_FACTORY);
}

/* ---- what the application sees ---- */

static void test_a_device_that_was_never_updated_says_so(void **state)
{
    (void)state;
    const struct otter_status *s = &bench_update()->status;

    assert_string_equal(s->version, "");
    assert_int_equal(s->result, OTTER_RESULT_NONE);
    assert_false(s->on_trial || s->held);
    assert_string_equal(otter_result_text(s->result), "no update yet");
    assert_int_equal(otter_confirm(bench_update()), 0);
}

static void test_the_application_knows_what_it_came_from(void **state)
{
    (void)state;
    struct otter_package pkg;

    bench_install(1);
    bench_download(2);
    bench_boots(2);
    assert_int_equal(sim_open(&bench, &pkg), 0);
    const struct otter_status *s = &bench_update()->status;
    assert_string_equal(s->version, "2.0.0");
    assert_memory_equal(s->id, pkg.id, sizeof pkg.id);
    assert_int_equal(s->counter, pkg.counter);
    assert_true(s->on_trial);
}

static void test_every_result_has_words(void **state)
{
    (void)state;
    for (int r = OTTER_RESULT_NONE; r <= OTTER_RESULT_FACTORY; r++) {
        assert_non_null(otter_result_text((enum otter_result)r));
        for (int q = OTTER_RESULT_NONE; q < r; q++)
            assert_string_not_equal(otter_result_text((enum otter_result)r), otter_result_text((enum otter_result)q));
    }
    assert_string_equal(otter_result_text((enum otter_result)77), "unknown");
}

static void test_a_confirm_that_fails_is_told_and_may_be_repeated(void **state)
{
    (void)state;
    bench_install(1);
    bench_download(2);
    bench_boots(2);
    for (uint64_t op = 1; op <= 2; op++) {
        bench.power.ops = 0;
        bench.power.fault = (struct sim_cut){ op, SIM_TORN_FIRST };
        struct otter_update *update = bench_update();
        assert_int_equal(otter_confirm(update), OTTER_E_IO);
        bench.power.fault.op = 0;
        assert_true(update->status.on_trial);
    }
    bench_confirm();
    bench_boots(2);
    assert_false(bench_app.on_trial);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define RBL(name)                                                                                                      \
    {                                                                                                                  \
        "rbl: " #name, name, setup_rbl, teardown, NULL                                                                 \
    }
#define TWO(name) cmocka_unit_test_setup_teardown(name, setup_two_images, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_update_that_never_confirms_is_rolled_back_after_its_trials),
        RBL(test_an_update_that_never_confirms_is_rolled_back_after_its_trials),
        TEST(test_what_was_rolled_back_is_not_tried_again_by_itself),
        RBL(test_what_was_rolled_back_is_not_tried_again_by_itself),
        TEST(test_a_trial_may_be_confirmed_in_its_last_start),
        RBL(test_a_trial_may_be_confirmed_in_its_last_start),
        TEST(test_an_image_that_is_damaged_on_trial_is_rolled_back_at_once),
        RBL(test_an_image_that_is_damaged_on_trial_is_rolled_back_at_once),
        TEST(test_a_first_image_that_never_confirms_stays_for_want_of_another),
        TEST(test_a_first_image_that_is_damaged_after_its_trials_is_installed_again),
        TEST(test_a_trial_of_another_partition_s_image_rolls_that_one_back),
        TEST(test_confirming_may_be_repeated_and_writes_once),
        TEST(test_the_security_counter_rises_only_when_the_image_confirms_itself),
        TEST(test_confirming_another_partition_s_image_raises_the_counter_too),
        TEST(test_a_revoked_key_is_refused_once_the_revocation_is_confirmed),
        TEST(test_a_package_cannot_revoke_the_key_that_it_was_signed_with),
        TEST(test_a_revocation_that_is_rolled_back_revokes_nothing),
        TEST(test_an_application_may_ask_for_the_version_before),
        RBL(test_an_application_may_ask_for_the_version_before),
        TEST(test_a_version_on_trial_may_give_itself_up),
        TEST(test_there_is_no_way_back_twice_or_from_the_first_version),
        TEST(test_there_is_no_way_back_below_the_security_counter),
        TEST(test_there_is_no_way_back_to_a_revoked_key),
        TEST(test_there_is_no_way_back_with_a_damaged_copy),
        TWO(test_several_images_go_back_together_or_not_at_all),
        TWO(test_several_images_are_rolled_back_together),
        TEST(test_an_application_may_hold_an_installation_back),
        TEST(test_what_is_held_back_is_kept_through_an_update),
        TEST(test_without_an_app_nobody_holds_anything_back),
        TEST(test_a_poor_supply_holds_an_installation_back),
        TEST(test_a_supply_that_fails_halfway_stops_and_goes_on),
        RBL(test_a_supply_that_fails_halfway_stops_and_goes_on),
        TEST(test_a_damaged_app_without_its_package_is_replaced_by_the_one_before),
        RBL(test_a_damaged_app_without_its_package_is_replaced_by_the_one_before),
        TEST(test_what_decayed_after_it_was_confirmed_may_be_installed_again),
        TWO(test_healing_one_image_of_several_brings_back_all_of_the_version),
        TEST(test_a_damaged_app_is_not_replaced_by_one_below_the_security_counter),
        TEST(test_without_package_and_copy_the_factory_image_is_installed),
        RBL(test_without_package_and_copy_the_factory_image_is_installed),
        TEST(test_a_factory_image_below_the_security_counter_needs_the_button),
        TEST(test_a_dead_device_does_not_wear_its_flash),
        TEST(test_the_button_brings_the_factory_image_and_it_stays),
        RBL(test_the_button_brings_the_factory_image_and_it_stays),
        TWO(test_the_button_brings_the_factory_image_and_it_stays),
        TEST(test_the_button_ends_a_trial),
        TEST(test_the_button_without_a_factory_image_changes_nothing),
        TEST(test_the_button_brings_no_image_of_a_revoked_key),
        TEST(test_a_factory_image_that_runs_already_is_not_written_again),
        TEST(test_a_device_that_was_never_updated_says_so),
        TEST(test_the_application_knows_what_it_came_from),
        RBL(test_the_application_knows_what_it_came_from),
        TEST(test_every_result_has_words),
        TEST(test_a_confirm_that_fails_is_told_and_may_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
