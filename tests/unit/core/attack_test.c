/*
 * Attacks: whatever somebody without the keys puts into `download` or onto the external flash, the application that
 * runs stays what it is, or becomes another one that the keys' owner made.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/manifest.h"
#include "tests/sim/random.h"
#include "tests/unit/core/bench.h"

static uint8_t *device_image; /* all of the flash, when 1.0.0 had confirmed itself */
static uint8_t app_cells[64 * 1024];

static int setup(void **state)
{
    (void)state;
    bench_start(&sim_board_pages);
    bench_recipe.with_wifi = true;
    bench_install(1);
    memcpy(app_cells, sim_cells(&bench, SIM_APP), sim_part(&bench, SIM_APP)->size);
    device_image = malloc(sim_device_image_size(&bench));
    sim_device_save(&bench, device_image);
    return 0;
}

static int setup_p256(void **state)
{
    setup(state);
    bench_recipe.signer = SIM_P256_SECOND;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(device_image);
    bench_stop();
    return 0;
}

static void assert_app_is_untouched(void)
{
    assert_memory_equal(sim_cells(&bench, SIM_APP), app_cells, sim_part(&bench, SIM_APP)->size);
    assert_true(bench_holds(SIM_WIFI, 1));
}

/* What the reader says of bench_package. */
static int judge(void)
{
    struct otter_package pkg;

    sim_device_download(&bench, &bench_package);
    int err = sim_open(&bench, &pkg);
    return err ? err : otter_package_verify(&pkg, sim_mem(&bench), (struct otter_progress){ NULL, NULL });
}

/* The bootloader refuses it for that reason, tells so, and starts what it started before. */
static void assert_refused(int err)
{
    sim_device_restore(&bench, device_image);
    sim_device_download(&bench, &bench_package);
    bench_boots(1);
    assert_false(bench_app.on_trial);
    if (err == OTTER_E_NO_PACKAGE) {
        assert_string_equal(bench_told, "");
    } else {
        assert_string_equal(bench_told, "x");
        assert_int_equal(bench_err, err);
    }
    assert_app_is_untouched();
    bench_boots(1);
    assert_int_equal(sim_device_writes(&bench), 0);
    assert_app_is_untouched();
}

static void assert_accepted(void)
{
    sim_device_restore(&bench, device_image);
    sim_device_download(&bench, &bench_package);
    bench_boots(2);
}

/* ---- flipped and missing bytes ---- */

static int expected(uint32_t at, uint8_t bit)
{
    if (at < 4)
        return OTTER_E_NO_PACKAGE; /* the magic */
    if (at == 4)
        return OTTER_E_UNSUPPORTED;       /* the version */
    if (at == 5 || (at == 7 && bit >= 8)) /* the kind of proof; a size beyond all bounds */
        return OTTER_E_NO_PACKAGE;
    return at >= 8 && at < 16 ? OTTER_E_KEY : OTTER_E_SIGNATURE;
}

/* Of the fields under a P-256 signature, one bit of each byte: it takes milliseconds, and the hash is the same. */
static void test_any_flipped_bit_of_manifest_or_signature_is_refused(void **state)
{
    (void)state;
    bench_pack(2);
    bool is_p256 = bench_recipe.signer == SIM_P256_SECOND;
    uint32_t size = otter_manifest_size(bench_package.bytes);

    for (uint32_t at = 0; at < bench_package.head_size; at++) {
        bool is_slow = is_p256 && at >= OTTER_MANIFEST_FIELDS && at < size;
        for (int i = is_slow ? (int)at % 8 : 0; i < (is_slow ? (int)at % 8 + 1 : 8); i++) {
            uint8_t bit = (uint8_t)(1 << i);
            struct otter_package pkg;
            bench_package.bytes[at] ^= bit;
            sim_device_download(&bench, &bench_package);
            int err = sim_open(&bench, &pkg);
            if (at == 5) /* the kind of proof: the other one, or none */
                assert_true(err == OTTER_E_NO_PACKAGE || err == OTTER_E_KEY);
            else if (at == 6 || at == 7) /* the size */
                assert_true(err == OTTER_E_NO_PACKAGE || err == OTTER_E_SIGNATURE);
            else
                assert_int_equal(err, expected(at, bit));
            if (at % 41 == 0 && i == (int)at % 8)
                assert_refused(err);
            bench_package.bytes[at] ^= bit;
        }
    }
    assert_accepted();
}

static void test_any_flipped_bit_of_the_payload_is_refused(void **state)
{
    (void)state;
    bench_pack(2);
    for (uint32_t at = 0; at < bench_package.body_size; at += 37) {
        uint8_t *byte = sim_package_body(&bench_package) + at;
        *byte ^= (uint8_t)(1 << at % 8);
        assert_int_equal(judge(), OTTER_E_CHECKSUM);
        if (at % 5 == 0)
            assert_refused(OTTER_E_CHECKSUM);
        *byte ^= (uint8_t)(1 << at % 8);
    }
    assert_accepted();
}

static void test_a_package_that_ends_anywhere_is_refused(void **state)
{
    (void)state;
    bench_pack(2);
    const uint32_t size = sim_package_size(&bench_package), head = bench_package.head_size;
    uint8_t *whole = malloc(size);

    memcpy(whole, bench_package.bytes, size);
    for (uint32_t end = 0; end < size;
         end += end < 20 || (end + 5 > head && end < head + 5) || end + 9 > size ? 1 : 37) {
        struct otter_package pkg;
        memset(bench_package.bytes, OTTER_ERASED, size);
        memcpy(bench_package.bytes, whole, end);
        sim_device_download(&bench, &bench_package);
        int err = sim_open(&bench, &pkg);
        if (end >= head)
            err = otter_package_verify(&pkg, sim_mem(&bench), (struct otter_progress){ NULL, NULL });
        int want = end < 8      ? OTTER_E_NO_PACKAGE
                   : end < 16   ? OTTER_E_KEY
                   : end < head ? OTTER_E_SIGNATURE
                                : OTTER_E_CHECKSUM;
        if (end == 4) /* a version of 0xFF */
            want = OTTER_E_UNSUPPORTED;
        assert_int_equal(err, want);
        if (end % 3 == 0)
            assert_refused(err);
    }
    memcpy(bench_package.bytes, whole, size);
    assert_accepted();
    free(whole);
}

/* ---- packages that are good, but not here and now ---- */

static void test_another_product_s_package_is_refused(void **state)
{
    (void)state;
    bench_recipe.otter.product = "other";
    bench_pack(2);
    assert_refused(OTTER_E_PRODUCT);
    bench_recipe.otter.product = NULL;
    bench_recipe.otter.hardware = "other";
    bench_pack(2);
    assert_refused(OTTER_E_PRODUCT);
}

static void test_a_package_with_an_older_counter_is_refused(void **state)
{
    (void)state;
    bench_pack(0);
    assert_refused(OTTER_E_DOWNGRADE);
}

static void test_an_older_counter_that_asks_for_a_downgrade_is_refused_without_a_development_key(void **state)
{
    (void)state;
    bench_recipe.otter.downgrade = true;
    bench_pack(0);
    assert_refused(OTTER_E_DOWNGRADE);
}

static void test_an_unknown_key_is_refused(void **state)
{
    (void)state;
    bench_recipe.signer = SIM_HMAC_UNKNOWN;
    bench_pack(2);
    assert_refused(OTTER_E_KEY);
    bench_recipe.signer = SIM_P256_UNKNOWN;
    bench_pack(2);
    assert_refused(OTTER_E_KEY);
}

/* The id is public; the key is not. */
static void test_an_unknown_key_under_a_known_id_is_refused(void **state)
{
    (void)state;
    static const enum sim_key pairs[][2] = { { SIM_HMAC_UNKNOWN, SIM_HMAC }, { SIM_P256_UNKNOWN, SIM_P256 } };

    for (int i = 0; i < 2; i++) {
        bench_recipe.signer = pairs[i][0];
        bench_pack(2);
        memcpy(bench_package.bytes + 8, sim_key_of(pairs[i][1])->id, OTTER_KEY_ID_SIZE);
        assert_refused(OTTER_E_SIGNATURE);
    }
}

/* A public key is no secret, so it must not do for the other kind of proof. */
static void test_a_public_key_used_as_a_shared_secret_is_refused(void **state)
{
    (void)state;
    bench_recipe.signer = SIM_HMAC;
    bench_pack(2);
    memcpy(bench_package.bytes + 8, sim_key_of(SIM_P256)->id, OTTER_KEY_ID_SIZE);
    assert_refused(OTTER_E_KEY);
}

static void test_a_revoked_key_is_refused(void **state)
{
    (void)state;
    static const enum sim_key revoked[] = { SIM_HMAC_SECOND };
    enum sim_key attacked = bench_recipe.signer;

    bench_recipe.signer = attacked == SIM_HMAC_SECOND ? SIM_P256 : SIM_HMAC;
    bench_recipe.otter.revoked = attacked == SIM_HMAC_SECOND ? revoked : &attacked;
    bench_recipe.otter.revoked_count = 1;
    bench_recipe.keep_counter = true;
    bench_install(1);
    memcpy(app_cells, sim_cells(&bench, SIM_APP), sim_part(&bench, SIM_APP)->size);
    sim_device_save(&bench, device_image);
    bench_recipe.otter.revoked_count = 0;
    bench_recipe.signer = attacked;
    bench_pack(2);
    assert_refused(OTTER_E_KEY);
}

/* ---- mixtures ---- */

static void test_a_chunk_swapped_between_two_good_packages_is_refused(void **state)
{
    (void)state;
    static struct sim_package third;

    bench_pack(3);
    third = bench_package;
    for (uint32_t chunk = 0; (chunk + 1) * 1024 <= third.body_size; chunk++) {
        bench_pack(2);
        assert_int_equal(bench_package.body_size, third.body_size);
        memcpy(sim_package_body(&bench_package) + chunk * 1024, sim_package_body(&third) + chunk * 1024, 1024);
        assert_refused(OTTER_E_CHECKSUM);
    }
}

static void test_a_good_payload_under_the_manifest_of_another_version_is_refused(void **state)
{
    (void)state;
    static struct sim_package third;

    bench_pack(3);
    third = bench_package;
    bench_pack(2);
    memcpy(bench_package.bytes, third.bytes, third.head_size);
    assert_refused(OTTER_E_CHECKSUM);
}

static void test_a_good_signature_of_another_manifest_is_refused(void **state)
{
    (void)state;
    static struct sim_package third;

    bench_pack(3);
    third = bench_package;
    bench_pack(2);
    uint32_t size = otter_manifest_size(bench_package.bytes);
    assert_int_equal(size, otter_manifest_size(third.bytes));
    memcpy(bench_package.bytes + size, third.bytes + size, third.head_size - size);
    assert_refused(OTTER_E_SIGNATURE);
}

/* ---- lengths ---- */

static void test_manifests_of_any_length_are_refused(void **state)
{
    (void)state;
    static const uint16_t lengths[] = { 0, 1, 8, 15, 16, 17, 20, 100, 2047, 2048, 2049, 0x7FFF, 0x8000, 0xFFFF };
    static struct sim_package good;

    bench_pack(2);
    good = bench_package;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        bench_package = good;
        otter_put_le16(bench_package.bytes + 6, lengths[i]);
        bool is_head = lengths[i] >= 16 && lengths[i] <= 2048;
        assert_refused(is_head ? OTTER_E_SIGNATURE : OTTER_E_NO_PACKAGE);
        if (!is_head)
            continue;
        sim_sign(bench_recipe.signer, bench_package.bytes); /* by somebody with the key and a bad tool */
        int err = judge();
        assert_true(otter_err_is_package(err));
        assert_refused(err);
    }
}

static void test_fields_of_length_0_and_of_the_greatest_are_refused(void **state)
{
    (void)state;
    static const uint16_t lengths[] = { 0, 0xFFFF, 0xFFFC, 0x8000 };
    static struct sim_package good;
    uint32_t off = OTTER_MANIFEST_FIELDS;
    struct otter_field field;

    bench_pack(2);
    good = bench_package;
    while (otter_manifest_next(good.bytes, &off, &field)) {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            bench_package = good;
            otter_put_le16(bench_package.bytes + (field.value - good.bytes) - 2, lengths[i]);
            assert_refused(OTTER_E_SIGNATURE);
            sim_sign(bench_recipe.signer, bench_package.bytes);
            int err = judge();
            assert_true(otter_err_is_package(err));
            assert_refused(err);
        }
    }
}

/* ---- signatures ---- */

static const uint8_t n[32] = { 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                               0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                               0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51 };
static const uint8_t p[32] = { 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
                               0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
                               0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
static const uint8_t zero[32];

static void test_a_signature_with_0_or_n_or_p_for_a_number_is_refused(void **state)
{
    (void)state;
    const uint8_t *const numbers[] = { zero, n, p };

    bench_pack(2);
    uint8_t *signature = bench_package.bytes + otter_manifest_size(bench_package.bytes), good[64];
    memcpy(good, signature, 64);
    for (int i = 0; i < 3; i++) {
        memcpy(signature, numbers[i], 32);
        assert_refused(OTTER_E_SIGNATURE);
        memcpy(signature + 32, numbers[i], 32);
        assert_refused(OTTER_E_SIGNATURE);
        for (int k = 0; k < 3; k++) {
            memcpy(signature + 32, numbers[k], 32);
            assert_refused(OTTER_E_SIGNATURE);
        }
        memcpy(signature, good, 32);
        memcpy(signature + 32, numbers[i], 32);
        assert_refused(OTTER_E_SIGNATURE);
        memcpy(signature, good, 64);
    }
    assert_accepted();
}

static void test_a_proof_of_zeros_or_ones_is_refused(void **state)
{
    (void)state;
    bench_pack(2);
    uint8_t *proof = bench_package.bytes + otter_manifest_size(bench_package.bytes);
    size_t size = sim_key_of(bench_recipe.signer)->auth->proof_size;

    memset(proof, 0, size);
    assert_refused(OTTER_E_SIGNATURE);
    memset(proof, 0xFF, size);
    assert_refused(OTTER_E_SIGNATURE);
}

/* ---- a package that is replaced between verification and installation ---- */

static int (*honest_read)(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len);
static uint64_t reads_left;
static uint32_t touched;
static const uint8_t *replacement;
static uint32_t replacement_size;

/* As if somebody held a clip on the external chip: from one read on, it gives other bytes. */
static int dishonest_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    if (off < sim_part(&bench, SIM_DOWNLOAD)->size && reads_left && !--reads_left) {
        sim_flash_load(&bench.nor, 0, replacement, replacement_size);
        touched++;
    }
    return honest_read(flash, off, buf, len);
}

static bool holds_one_of(int part, int a, int b)
{
    return bench_holds(part, a) || bench_holds(part, b);
}

/* Whenever it happens: what starts is 1.0.0 or 2.0.0, whole, and nothing that nobody signed. */
static void replace_at_every_read(void)
{
    honest_read = bench.nor.flash.read;
    touched = 0;
    for (uint64_t at = 1;; at++) {
        sim_device_restore(&bench, device_image);
        bench_download(2);
        uint32_t before = touched;
        reads_left = at;
        bench.nor.flash.read = dishonest_read;
        assert_int_equal(bench_boot(), 0);
        bench.nor.flash.read = honest_read;
        assert_true(holds_one_of(SIM_APP, 1, 2) && holds_one_of(SIM_WIFI, 1, 2));
        for (int i = 0; i < 5; i++)
            assert_int_equal(bench_boot(), 0);
        assert_true(bench_holds(SIM_APP, 1) && bench_holds(SIM_WIFI, 1)); /* nobody confirmed anything */
        if (touched == before)
            break;
    }
    assert_in_range(touched, 25, 200);
}

static void test_a_package_replaced_by_a_forged_one_at_any_moment_is_refused(void **state)
{
    (void)state;
    static struct sim_package evil;

    bench_recipe.signer = SIM_HMAC_UNKNOWN;
    bench_pack(4);
    evil = bench_package;
    bench_recipe.signer = SIM_HMAC_SECOND;
    bench_pack(2);
    memcpy(evil.bytes, bench_package.bytes, bench_package.head_size); /* the genuine manifest over another body */
    replacement = evil.bytes;
    replacement_size = sim_package_size(&evil);
    replace_at_every_read();
}

/* Even with one that is genuine but older, which the board would refuse. */
static void test_a_package_replaced_by_an_older_one_at_any_moment_is_refused(void **state)
{
    (void)state;
    static struct sim_package old;

    bench_pack(0);
    old = bench_package;
    replacement = old.bytes;
    replacement_size = sim_package_size(&old);
    replace_at_every_read();
}

/* ---- the rest of the external flash ---- */

/* A copy that was damaged, or made by somebody else, is not put back. */
static void test_a_damaged_copy_is_not_put_back(void **state)
{
    (void)state;
    bench_download(2);
    bench_boots(2);
    static uint8_t on_trial[1 << 18];
    assert_true(sim_device_image_size(&bench) <= sizeof on_trial);
    sim_device_save(&bench, on_trial);
    for (uint32_t at = 0; at < bench_recipe.size; at += 501) {
        sim_device_restore(&bench, on_trial);
        sim_cells(&bench, SIM_RECOVERY)[at] ^= 2;
        for (int i = 0; i < BOOT_TRIALS; i++)
            assert_int_equal(bench_boot(), 0);
        assert_true(bench_holds(SIM_APP, 2));
        assert_int_equal(bench_record().result, OTTER_RESULT_KEPT);
    }
}

static void test_an_older_copy_does_not_undo_a_confirmed_update(void **state)
{
    (void)state;
    bench_install(2);
    memset(sim_cells(&bench, SIM_DOWNLOAD), OTTER_ERASED, 4096);
    sim_cells(&bench, SIM_APP)[99] ^= 1; /* however that came about */
    assert_int_equal(bench_boot(), OTTER_E_HASH);
    assert_int_equal(sim_device_writes(&bench), 0);
}

/* An older block of the journal in the place of the other one: the newer record still wins. */
static void test_a_replayed_block_of_the_journal_is_not_believed(void **state)
{
    (void)state;
    const struct otter_part *journal = sim_part(&bench, SIM_JOURNAL);
    uint32_t block = journal->size / 2;
    uint8_t *cells = sim_cells(&bench, SIM_JOURNAL), old[2 * 2048];

    memcpy(old, cells, sizeof old);
    bench_install(2);
    bench_install(3);
    struct otter_journal now;
    otter_journal_open(&now, journal);
    uint32_t other = now.home ? 0 : block;
    for (int i = 0; i < 2; i++) {
        memcpy(cells + other, old + (uint32_t)i * block, block);
        assert_int_equal(bench_record().counter, 3);
        bench_boots(3);
        assert_int_equal(sim_device_writes(&bench), 0);
    }
}

static void test_an_encrypted_package_for_another_product_key_is_refused(void **state)
{
    (void)state;
    static const uint8_t other[32] = "another product key than the one";
    struct otter_product_key key = *sim_product_key();

    bench_recipe.otter.encrypted = true;
    bench_pack(2);
    key.bytes = other; /* the id is the same */
    bench.config.product_key = &key;
    assert_int_equal(judge(), OTTER_E_KEY);
    assert_refused(OTTER_E_KEY);
    key = *sim_product_key();
    key.id[0] ^= 1;
    assert_refused(OTTER_E_KEY);
    bench.config.product_key = NULL;
    assert_refused(OTTER_E_KEY);
    bench.config.product_key = sim_product_key();
    assert_accepted();
}

#define BOTH(name)                                                                                                     \
    cmocka_unit_test_setup_teardown(name, setup, teardown),                                                            \
    {                                                                                                                  \
        "p256: " #name, name, setup_p256, teardown, NULL                                                               \
    }
#define HMAC(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define P256(name) cmocka_unit_test_setup_teardown(name, setup_p256, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_any_flipped_bit_of_manifest_or_signature_is_refused),
        HMAC(test_any_flipped_bit_of_the_payload_is_refused),
        BOTH(test_a_package_that_ends_anywhere_is_refused),
        BOTH(test_another_product_s_package_is_refused),
        HMAC(test_a_package_with_an_older_counter_is_refused),
        BOTH(test_an_older_counter_that_asks_for_a_downgrade_is_refused_without_a_development_key),
        HMAC(test_an_unknown_key_is_refused),
        HMAC(test_an_unknown_key_under_a_known_id_is_refused),
        HMAC(test_a_public_key_used_as_a_shared_secret_is_refused),
        BOTH(test_a_revoked_key_is_refused),
        BOTH(test_a_chunk_swapped_between_two_good_packages_is_refused),
        BOTH(test_a_good_payload_under_the_manifest_of_another_version_is_refused),
        BOTH(test_a_good_signature_of_another_manifest_is_refused),
        BOTH(test_manifests_of_any_length_are_refused),
        HMAC(test_fields_of_length_0_and_of_the_greatest_are_refused),
        P256(test_a_signature_with_0_or_n_or_p_for_a_number_is_refused),
        BOTH(test_a_proof_of_zeros_or_ones_is_refused),
        HMAC(test_a_package_replaced_by_a_forged_one_at_any_moment_is_refused),
        HMAC(test_a_package_replaced_by_an_older_one_at_any_moment_is_refused),
        HMAC(test_a_damaged_copy_is_not_put_back),
        HMAC(test_an_older_copy_does_not_undo_a_confirmed_update),
        HMAC(test_a_replayed_block_of_the_journal_is_not_believed),
        BOTH(test_an_encrypted_package_for_another_product_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
