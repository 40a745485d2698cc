/*
 * The package reader says precisely what is wrong with a package, before anything is erased for it.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "tests/unit/core/downloaded.h"

static const struct otter_progress silent;

static void test_an_empty_download_is_no_package(void **state)
{
    (void)state;
    assert_int_equal(verify(), OTTER_E_NO_PACKAGE);
}

static void test_any_flipped_bit_of_the_body_is_a_wrong_checksum(void **state)
{
    (void)state;
    static const struct sim_recipe *const recipes[] = { &plain, &quicklz, &encrypted };

    for (size_t i = 0; i < 3; i++) {
        sim_pack(&package, recipes[i], image, IMAGE_SIZE);
        for (uint32_t at = 0; at < package.body_size; at += 1 + package.body_size / 200) {
            uint8_t *byte = sim_package_body(&package) + at;

            *byte ^= (uint8_t)(1 << at % 8);
            assert_int_equal(verify_downloaded(), OTTER_E_CHECKSUM);
            *byte ^= (uint8_t)(1 << at % 8);
        }
        assert_int_equal(verify_downloaded(), 0);
    }
}

static void test_a_flipped_bit_of_the_header_is_no_package(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    for (uint32_t at = 0; at < OTTER_RBL_HEADER_SIZE; at++) {
        package.bytes[at] ^= 0x10;
        assert_refused(OTTER_E_NO_PACKAGE);
        package.bytes[at] ^= 0x10;
    }
}

static void test_a_wrong_hash_is_refused(void **state)
{
    (void)state;
    for (int kind = OTTER_RBL_FNV1A; kind <= OTTER_RBL_CRC32; kind++) {
        struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_QUICKLZ, kind, NULL, NULL };

        sim_pack(&package, &r, image, IMAGE_SIZE);
        package.header.raw_hash ^= 0x80;
        sim_seal_header(&package);
        assert_refused(OTTER_E_HASH);
    }
}

static void test_an_image_shorter_or_longer_than_the_header_says_is_refused(void **state)
{
    (void)state;
    static const enum otter_rbl_compression packed[] = { OTTER_RBL_GZIP, OTTER_RBL_QUICKLZ, OTTER_RBL_FASTLZ };

    for (size_t i = 0; i < 3; i++) {
        struct sim_recipe r = { "app", "2.0.0", packed[i], OTTER_RBL_FNV1A, NULL, NULL };

        sim_pack(&package, &r, image, IMAGE_SIZE);
        package.header.raw_size = IMAGE_SIZE + 1;
        sim_seal_header(&package);
        assert_refused(OTTER_E_TRUNCATED);
        package.header.raw_size = IMAGE_SIZE - 1;
        package.header.raw_hash = otter_sum_of(&otter_fnv1a, image, IMAGE_SIZE - 1);
        sim_seal_header(&package);
        assert_refused(OTTER_E_FORMAT);
    }
    sim_pack(&package, &plain, image, IMAGE_SIZE);
    package.header.raw_size = IMAGE_SIZE + 1;
    sim_seal_header(&package);
    assert_refused(OTTER_E_FORMAT);
}

/* gzip, with a count of the bytes that it gave. */
struct counted_gzip {
    struct otter_sum_stream tap;
    _Alignas(OTTER_MEM_ALIGN) uint8_t work[40 * 1024];
};

static struct counted_gzip *counted;

static struct otter_stream *open_counted(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    counted = work;
    assert_true(otter_codec_gzip.work_size <= sizeof counted->work);
    otter_sum_stream_init(&counted->tap, otter_codec_gzip.open(counted->work, src, args), &otter_fnv1a);
    return &counted->tap.stream;
}

static void test_a_gzip_bomb_is_refused_without_being_unpacked(void **state)
{
    (void)state;
    static const struct otter_codec counting = { "gzip", OTTER_CODEC_GZIP, sizeof *counted, open_counted };
    static const struct otter_codec *const codecs[] = { &counting, NULL };
    struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_GZIP, OTTER_RBL_FNV1A, NULL, NULL };
    enum { BOMB = 64 << 20, RAW = 4096 };
    uint8_t *zeros = calloc(1, BOMB);

    otter_put_le32(zeros + 4, SIM_CHIP_ADDR + board.boot_size + 9);
    sim_pack(&package, &r, zeros, BOMB);
    package.header.raw_size = RAW;
    package.header.raw_hash = otter_sum_of(&otter_fnv1a, zeros, RAW);
    sim_seal_header(&package);
    device.config.codecs = codecs;
    assert_refused(OTTER_E_FORMAT);
    assert_true(counted->tap.count >= RAW && counted->tap.count < 2 * RAW);
    free(zeros);
}

static void test_images_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    uint32_t most = board.app_size - OTTER_RBL_HEADER_SIZE - 1;
    static uint8_t big[40 * 2048];
    static const uint32_t sizes[] = { 0xFFFFFFFF, 0x80000000, 0xFFFFFFA0 };

    sim_image(&device, 3, big, sizeof big);
    memset(big + 8, 0x11, sizeof big - 8);
    sim_pack(&package, &quicklz, big, most);
    assert_int_equal(verify_downloaded(), 0);
    sim_pack(&package, &quicklz, big, most + 1);
    assert_refused(OTTER_E_TOO_LARGE);
    for (size_t i = 0; i < 3; i++) {
        package.header.raw_size = sizes[i];
        sim_seal_header(&package);
        assert_refused(OTTER_E_TOO_LARGE);
    }
}

static void test_an_empty_image_is_refused(void **state)
{
    (void)state;
    for (int compression = OTTER_RBL_STORED; compression <= OTTER_RBL_FASTLZ; compression++) {
        sim_pack(&package, &plain, image, 16);
        package.header.compression = (uint8_t)compression;
        package.header.raw_size = 0;
        sim_seal_header(&package);
        assert_refused(OTTER_E_FORMAT);
    }
}

static void test_destinations_that_no_package_may_write_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "bootloader", "download", "nowhere", "", "ap", "appp", "APP" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sim_recipe r = { names[i], "2.0.0", OTTER_RBL_STORED, 0, NULL, NULL };

        sim_pack(&package, &r, image, IMAGE_SIZE);
        assert_refused(OTTER_E_DESTINATION);
        assert_string_equal(pkg.header.part, names[i]);
        assert_string_equal(pkg.header.version, "2.0.0");
    }
}

static void test_stages_that_nobody_has_are_refused(void **state)
{
    (void)state;
    for (unsigned algo = 0; algo < 16; algo++) {
        sim_pack(&package, &plain, image, IMAGE_SIZE);
        package.header.cipher = (uint8_t)algo;
        sim_seal_header(&package);
        if (algo != OTTER_RBL_PLAIN && algo != OTTER_RBL_AES256)
            assert_refused(OTTER_E_UNSUPPORTED);
        sim_pack(&package, &plain, image, IMAGE_SIZE);
        package.header.compression = (uint8_t)algo;
        sim_seal_header(&package);
        if (algo > OTTER_RBL_FASTLZ)
            assert_refused(OTTER_E_UNSUPPORTED);
    }
    static const uint16_t hashes[] = { 2, 3, 256, 0xFFFF };
    for (size_t i = 0; i < 4; i++) {
        sim_pack(&package, &plain, image, IMAGE_SIZE);
        package.header.hash_kind = hashes[i];
        sim_seal_header(&package);
        assert_refused(OTTER_E_UNSUPPORTED);
    }
}

static void test_stages_that_this_board_does_not_link_are_refused(void **state)
{
    (void)state;
    static const struct otter_codec *const only_gzip[] = { &otter_codec_gzip, NULL };

    device.config.codecs = only_gzip;
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    assert_refused(OTTER_E_UNSUPPORTED);
    struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_STORED, 0, sim_key, sim_iv };
    sim_pack(&package, &r, image, IMAGE_SIZE);
    assert_refused(OTTER_E_UNSUPPORTED);
    r = (struct sim_recipe){ "app", "2.0.0", OTTER_RBL_GZIP, 0, NULL, NULL };
    sim_pack(&package, &r, image, IMAGE_SIZE);
    assert_int_equal(verify_downloaded(), 0);
}

static void test_a_board_that_accepts_no_rbl_denies_it(void **state)
{
    (void)state;
    device.config.accept = 0;
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    assert_refused(OTTER_E_DENIED);
}

static void test_an_encrypted_package_is_refused_without_a_key(void **state)
{
    (void)state;
    device.config.rbl_key = NULL;
    device.config.rbl_iv = NULL;
    sim_pack(&package, &encrypted, image, IMAGE_SIZE);
    assert_refused(OTTER_E_UNSUPPORTED);
}

static void test_a_wrong_key_leads_to_an_error(void **state)
{
    (void)state;
    static const uint8_t other[32] = "another key, that is not the one";
    struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_STORED, 0, other, sim_iv };

    sim_pack(&package, &r, image, IMAGE_SIZE);
    assert_refused(OTTER_E_HASH);
    for (int compression = OTTER_RBL_GZIP; compression <= OTTER_RBL_FASTLZ; compression++) {
        r.compression = compression;
        sim_pack(&package, &r, image, IMAGE_SIZE);
        sim_device_download(&device, &package);
        assert_true(otter_err_is_package(verify()));
    }
}

static void test_a_ciphertext_of_part_of_a_block_is_refused(void **state)
{
    (void)state;
    sim_pack(&package, &encrypted, image, IMAGE_SIZE);
    package.body_size--;
    sim_seal(&package);
    assert_refused(OTTER_E_FORMAT);
}

static void test_an_image_for_another_address_is_refused(void **state)
{
    (void)state;
    const struct otter_part *app = sim_part(&device, SIM_APP);
    uint32_t base = app->flash->addr + app->off;
    const uint32_t wrong[] = {
        0,
        base - 1,
        base,
        base + 8 /* not Thumb */,
        SIM_CHIP_ADDR + 0x101,
        base + IMAGE_SIZE + 1,
        ~0u,
        base + app->size + 1,
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        otter_put_le32(image + 4, wrong[i]);
        sim_pack(&package, &quicklz, image, IMAGE_SIZE);
        assert_refused(OTTER_E_VECTORS);
    }
    otter_put_le32(image + 4, base + 9);
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    assert_int_equal(verify_downloaded(), 0);
}

static void test_only_partitions_that_run_in_place_need_vectors(void **state)
{
    (void)state;
    struct sim_recipe r = { "wifi_image", "1.0", OTTER_RBL_FASTLZ, 0, NULL, NULL };

    memset(image, 0, 8);
    sim_pack(&package, &r, image, IMAGE_SIZE);
    assert_int_equal(verify_downloaded(), 0);
    sim_pack(&package, &r, image, 1);
    assert_int_equal(verify_downloaded(), 0);
}

static void test_an_app_too_short_for_vectors_is_refused(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= 8; size++) {
        sim_pack(&package, &plain, image, size);
        assert_refused(OTTER_E_VECTORS);
    }
}

static void test_too_little_work_memory_is_an_error_not_an_overrun(void **state)
{
    (void)state;
    sim_pack(&package, &encrypted, image, IMAGE_SIZE);
    sim_device_download(&device, &package);
    assert_int_equal(otter_package_open(&pkg, &device.config, sim_part(&device, SIM_DOWNLOAD)), 0);
    size_t enough = 0;
    while (otter_package_verify(&pkg, (struct otter_mem){ device.work, enough }, silent) == OTTER_E_NO_MEMORY)
        enough += 8;
    assert_true(enough > 4096 && enough < 8192);
    uint8_t *exactly = malloc(enough);
    assert_int_equal(otter_package_verify(&pkg, (struct otter_mem){ exactly, enough }, silent), 0);
    free(exactly);
}

static void fail_each_read(int without)
{
    device.power.fault_read = device.power.reads = 0;
    assert_int_equal(verify_downloaded(), without);
    uint64_t reads = device.power.reads;
    assert_true(reads > 10);
    for (uint64_t n = 1; n <= reads; n++) {
        device.power.reads = 0;
        device.power.fault_read = n;
        assert_int_equal(verify(), OTTER_E_IO);
    }
    device.power.fault_read = 0;
    assert_int_equal(verify(), without);
}

/* A package must not be deleted for what its flash did. */
static void test_a_failing_read_is_told_as_such_wherever_it_comes(void **state)
{
    (void)state;
    static const struct sim_recipe *const recipes[] = { &plain, &quicklz, &encrypted };

    for (size_t i = 0; i < 3; i++) {
        sim_pack(&package, recipes[i], image, IMAGE_SIZE);
        fail_each_read(0);
    }
    sim_pack(&package, &quicklz, image, IMAGE_SIZE);
    sim_package_body(&package)[0] = 1; /* the first piece's length */
    sim_seal(&package);
    fail_each_read(OTTER_E_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_download_is_no_package),
        TEST(test_any_flipped_bit_of_the_body_is_a_wrong_checksum),
        TEST(test_a_flipped_bit_of_the_header_is_no_package),
        TEST(test_a_wrong_hash_is_refused),
        TEST(test_an_image_shorter_or_longer_than_the_header_says_is_refused),
        TEST(test_a_gzip_bomb_is_refused_without_being_unpacked),
        TEST(test_images_that_do_not_fit_are_refused),
        TEST(test_an_empty_image_is_refused),
        TEST(test_destinations_that_no_package_may_write_are_refused),
        TEST(test_stages_that_nobody_has_are_refused),
        TEST(test_stages_that_this_board_does_not_link_are_refused),
        TEST(test_a_board_that_accepts_no_rbl_denies_it),
        TEST(test_an_encrypted_package_is_refused_without_a_key),
        TEST(test_a_wrong_key_leads_to_an_error),
        TEST(test_a_ciphertext_of_part_of_a_block_is_refused),
        TEST(test_an_image_for_another_address_is_refused),
        TEST(test_only_partitions_that_run_in_place_need_vectors),
        TEST(test_an_app_too_short_for_vectors_is_refused),
        TEST(test_too_little_work_memory_is_an_error_not_an_overrun),
        TEST(test_a_failing_read_is_told_as_such_wherever_it_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
