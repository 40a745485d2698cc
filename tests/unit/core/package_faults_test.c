/*
 * Faults that other readers of packages are known for, each by its name.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "tests/unit/core/downloaded.h"

static void test_a_body_shorter_than_its_header_promises_is_refused(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    package.body_size -= 100;
    assert_refused(OTTER_E_CHECKSUM); /* the rest of `download` is erased flash */

    static const enum otter_rbl_compression packed[] = { OTTER_RBL_GZIP, OTTER_RBL_QUICKLZ, OTTER_RBL_FASTLZ };
    for (size_t i = 0; i < 3; i++) {
        struct sim_recipe r = { "app", "2.0.0", packed[i], OTTER_RBL_FNV1A, NULL, NULL };
        sim_pack(&package, &r, image, IMAGE_SIZE);
        for (int cut = 1; cut <= 40; cut++) {
            package.body_size--;
            sim_seal(&package);
            assert_refused(OTTER_E_TRUNCATED);
        }
        package.body_size = 0;
        sim_seal(&package);
        assert_refused(OTTER_E_TRUNCATED);
    }
}

/* As it stands, and with a header that says that this is all there is. */
static void test_a_package_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    enum { SMALL = 700 };

    for (int compression = OTTER_RBL_STORED; compression <= OTTER_RBL_FASTLZ; compression++) {
        for (int cipher = 0; cipher < 2; cipher++) {
            struct sim_recipe r = { "app", "2.0.0", compression, OTTER_RBL_FNV1A, cipher ? sim_key : NULL, sim_iv };

            sim_pack(&package, &r, image, SMALL);
            assert_int_equal(verify_downloaded(), 0);
            for (uint32_t body = package.body_size; body-- > 0;) {
                static struct sim_package cut;

                otter_part_erase(sim_part(&device, SIM_DOWNLOAD), 0, board.nor.erase_size);
                cut = package;
                cut.body_size = body;
                sim_device_download(&device, &cut);
                assert_int_equal(verify(), OTTER_E_CHECKSUM);
                sim_seal(&cut);
                sim_device_download(&device, &cut);
                int err = verify();
                assert_true(err == OTTER_E_TRUNCATED || err == OTTER_E_FORMAT);
            }
            for (uint32_t size = 0; size < OTTER_RBL_HEADER_SIZE; size++) {
                otter_part_erase(sim_part(&device, SIM_DOWNLOAD), 0, board.nor.erase_size);
                sim_flash_load(&device.nor, 0, package.bytes, size);
                assert_int_equal(verify(), OTTER_E_NO_PACKAGE);
            }
        }
    }
}

static void test_a_piece_length_beyond_the_buffer_is_refused(void **state)
{
    (void)state;
    static const uint32_t lengths[] = { 0xFFFFFFFF, 0x80000000, 0x00100000, 8192, 5121, 4097, 1, 0 };

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        sim_pack(&package, &quicklz, image, IMAGE_SIZE);
        for (int k = 0; k < 4; k++)
            sim_package_body(&package)[k] = (uint8_t)(lengths[i] >> (24 - 8 * k));
        sim_seal(&package);
        assert_refused(OTTER_E_FORMAT);
    }
}

static void test_text_fields_without_a_nul_are_read(void **state)
{
    (void)state;
    struct sim_recipe r = { "sixteen-bytes-ab", "a-version-of-24-bytes-xx", OTTER_RBL_STORED, 0, NULL, NULL };

    device.parts[SIM_WIFI].name = "sixteen-bytes-ab";
    sim_pack(&package, &r, image, IMAGE_SIZE);
    memset(package.header.sn, 's', sizeof package.header.sn - 1);
    sim_seal(&package);
    assert_memory_equal(package.bytes + 12, "sixteen-bytes-aba-version-of-24-bytes-xxss", 42);
    assert_int_equal(verify_downloaded(), 0);
    assert_string_equal(pkg.header.version, "a-version-of-24-bytes-xx");
    assert_ptr_equal(pkg.dest, sim_part(&device, SIM_WIFI));
}

static void test_a_body_beyond_its_partition_is_refused(void **state)
{
    (void)state;
    uint32_t room = board.download_size - OTTER_RBL_HEADER_SIZE;
    static const uint32_t sizes[] = { 0xFFFFFFFF, 0x80000000, 0xFFFFFFA0 };

    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    package.header.body_size = room + 1;
    sim_seal_header(&package);
    assert_refused(OTTER_E_TOO_LARGE);
    package.header.body_size = room;
    sim_seal_header(&package);
    assert_refused(OTTER_E_CHECKSUM);
    for (size_t i = 0; i < 3; i++) {
        package.header.body_size = sizes[i];
        sim_seal_header(&package);
        assert_refused(OTTER_E_TOO_LARGE);
    }
}

static void test_bytes_after_the_stream_s_end_are_refused(void **state)
{
    (void)state;
    for (int compression = OTTER_RBL_STORED; compression <= OTTER_RBL_FASTLZ; compression++) {
        struct sim_recipe r = { "app", "2.0.0", compression, OTTER_RBL_FNV1A, NULL, NULL };

        sim_pack(&package, &r, image, IMAGE_SIZE);
        memset(sim_package_body(&package) + package.body_size, 0, 1000);
        package.body_size += 17;
        sim_seal(&package);
        assert_refused(OTTER_E_FORMAT);
        package.body_size += 900;
        sim_seal(&package);
        assert_refused(OTTER_E_FORMAT);
    }
}

static void test_a_piece_that_decodes_to_more_than_4096_bytes_is_refused(void **state)
{
    (void)state;
    static const uint8_t fastlz[] = "\0\0\0\x16\x20z\xE0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                                    "\xFE\x00\xC0\x00";

    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    package.header.compression = OTTER_RBL_FASTLZ;
    memcpy(sim_package_body(&package), fastlz, sizeof fastlz - 1);
    sim_seal(&package);
    assert_refused(OTTER_E_FORMAT);

    uint8_t *body = sim_package_body(&package);
    package.header.compression = OTTER_RBL_QUICKLZ;
    memcpy(body, "\0\0\x10\x0A\x4E", 5);
    otter_put_le32(body + 5, 4097 + 9);
    otter_put_le32(body + 9, 4097);
    sim_seal(&package);
    assert_refused(OTTER_E_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_body_shorter_than_its_header_promises_is_refused),
        TEST(test_a_package_cut_at_any_byte_is_refused),
        TEST(test_a_piece_length_beyond_the_buffer_is_refused),
        TEST(test_text_fields_without_a_nul_are_read),
        TEST(test_a_body_beyond_its_partition_is_refused),
        TEST(test_bytes_after_the_stream_s_end_are_refused),
        TEST(test_a_piece_that_decodes_to_more_than_4096_bytes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
