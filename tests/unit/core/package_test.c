/*
 * The package reader takes every good package, whoever made it.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/sim/file.h"
#include "tests/sim/source.h"
#include "tests/unit/core/downloaded.h"

static void assert_image_is(const uint8_t *want, size_t size)
{
    struct otter_mem mem = sim_mem(&device);
    struct otter_body body;
    uint8_t *got = malloc(size + 1);
    size_t len;

    assert_int_equal(otter_body_open(&body, &pkg, &mem), 0);
    assert_int_equal(sim_read_to_end(&body.stream, (struct sim_reader){ 0, 5 }, got, size + 1, &len), 0);
    assert_int_equal(len, size);
    assert_memory_equal(got, want, size);
    assert_int_equal(otter_stream_read(&body.stream, got, 1), 0);
    free(got);
}

static void test_every_combination_of_stages_is_read(void **state)
{
    (void)state;
    for (int compression = OTTER_RBL_STORED; compression <= OTTER_RBL_FASTLZ; compression++) {
        for (int hash = OTTER_RBL_FNV1A; hash <= OTTER_RBL_CRC32; hash++) {
            for (int cipher = 0; cipher < 2; cipher++) {
                struct sim_recipe r = { "app", "2.0.0", compression, hash, cipher ? sim_key : NULL, sim_iv };

                sim_pack(&package, &r, image, IMAGE_SIZE);
                assert_int_equal(verify_downloaded(), 0);
                assert_int_equal(verify(), 0);
                assert_image_is(image, IMAGE_SIZE);
            }
        }
    }
}

static void load_file(const char *name)
{
    char path[64];
    size_t len;

    snprintf(path, sizeof path, "vectors/rbl/%s", name);
    uint8_t *bytes = sim_file_read(path, &len);
    assert_true(len <= sizeof package.bytes);
    sim_flash_load(&device.nor, 0, bytes, (uint32_t)len);
    free(bytes);
}

/* Packages by an independent implementation; its images are no programs for this board's app. */
static void test_packages_of_another_packager_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *file, *part, *version, *key, *iv;
    } vectors[] = {
        { "app-none.rbl", "app", "1.0.0", NULL, NULL },
        { "app-quicklz.rbl", "app", "1.0.1", NULL, NULL },
        { "app-quicklz-aes.rbl", "app", "2.0.0", "0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF" },
        { "app-gzip-aes.rbl", "app", "2.0.1", "otter-test-key-not-for-products!", "otter-test-iv-16" },
        { "app-gzip-crc.rbl", "app", "2.0.2", NULL, NULL },
        { "wifi-fastlz-aes.rbl", "wifi_image", "1.1", "otter-test-key-not-for-products!", "otter-test-iv-16" },
        { "wifi-fastlz.rbl", "wifi_image", "1.1", NULL, NULL },
        { "name-without-nul.rbl", "sixteen-bytes-ab", "a-version-of-24-bytes-xx", NULL, NULL },
        { "aligned-aes.rbl", "app", "3.0.0", "0123456789ABCDEF0123456789ABCDEF", "0123456789ABCDEF" },
        { "tiny-1.rbl", "app", "0.0.1", NULL, NULL },
        { "tiny-10.rbl", "app", "0.0.10", NULL, NULL },
        { "tiny-11.rbl", "app", "0.0.11", NULL, NULL },
        { "tiny-215.rbl", "app", "0.0.215", NULL, NULL },
        { "tiny-216.rbl", "app", "0.0.216", NULL, NULL },
    };

    device.parts[SIM_APP].flags &= ~(uint32_t)OTTER_PART_EXEC;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        device.parts[SIM_WIFI].name = strcmp(vectors[i].part, "app") ? vectors[i].part : "wifi_image";
        device.config.rbl_key = (const uint8_t *)vectors[i].key;
        device.config.rbl_iv = (const uint8_t *)vectors[i].iv;
        load_file(vectors[i].file);
        assert_int_equal(verify(), 0);
        assert_string_equal(pkg.header.part, vectors[i].part);
        assert_string_equal(pkg.dest->name, vectors[i].part);
        assert_string_equal(pkg.header.version, vectors[i].version);
        assert_int_equal(pkg.header.timestamp, 1700000000);
    }
}

static void test_packed_in_different_ways_an_image_stays_the_same(void **state)
{
    (void)state;
    static const char *const others[] = { "app-quicklz.rbl", "app-gzip-crc.rbl" };
    size_t len;
    uint8_t *stored = sim_file_read("vectors/rbl/app-none.rbl", &len);

    device.parts[SIM_APP].flags &= ~(uint32_t)OTTER_PART_EXEC;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        load_file(others[i]);
        assert_int_equal(verify(), 0);
        assert_image_is(stored + OTTER_RBL_HEADER_SIZE, len - OTTER_RBL_HEADER_SIZE);
    }
    free(stored);
}

static void test_the_padding_of_older_packagers_is_accepted(void **state)
{
    (void)state;
    sim_pack(&package, &plain, image, IMAGE_SIZE);
    for (uint32_t padding = 0; padding <= 16; padding++) {
        package.body_size = IMAGE_SIZE + padding;
        sim_seal(&package);
        assert_int_equal(verify_downloaded(), 0);
        assert_image_is(image, IMAGE_SIZE);
    }
    package.body_size = IMAGE_SIZE + 17;
    sim_seal(&package);
    assert_refused(OTTER_E_FORMAT);
}

static uint32_t last_done, steps;

static void watch(void *arg, uint32_t done, uint32_t total)
{
    assert_ptr_equal(arg, &last_done);
    assert_int_equal(total, IMAGE_SIZE);
    assert_true(done >= last_done && done <= total);
    last_done = done;
    steps++;
}

static void test_progress_never_falls_and_ends_at_the_total(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    sim_device_download(&device, &package);
    last_done = steps = 0;
    assert_int_equal(otter_package_open(&pkg, &device.config, sim_part(&device, SIM_DOWNLOAD)), 0);
    assert_int_equal(otter_package_verify(&pkg, sim_mem(&device), (struct otter_progress){ watch, &last_done }), 0);
    assert_int_equal(last_done, IMAGE_SIZE);
    assert_true(steps > 2);
}

static void test_the_header_is_kept_as_it_came(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    assert_int_equal(verify_downloaded(), 0);
    assert_memory_equal(pkg.raw_header, package.bytes, OTTER_RBL_HEADER_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_combination_of_stages_is_read),
        TEST(test_packages_of_another_packager_are_read),
        TEST(test_packed_in_different_ways_an_image_stays_the_same),
        TEST(test_the_padding_of_older_packagers_is_accepted),
        TEST(test_progress_never_falls_and_ends_at_the_total),
        TEST(test_the_header_is_kept_as_it_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
