/*
 * The package reader: it takes every good package, and says precisely what is wrong with a bad one before anything is
 * erased for it.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/install.h"
#include "tests/sim/device.h"
#include "tests/sim/file.h"
#include "tests/sim/source.h"

static const struct sim_board board = {
    .chip = { .erase_size = 2048, .prog_size = 8 },
    .nor = { .erase_size = 4096, .prog_size = 1 },
    .boot_size = 2 * 2048,
    .app_size = 40 * 2048,
    .download_size = 20 * 4096,
    .wifi_size = 12 * 4096,
};

enum { SIZE = 10000 };

static const struct sim_recipe plain = { "app", "2.0.0", OTTER_RBL_STORED, OTTER_RBL_FNV1A, NULL, NULL };
static const struct sim_recipe quicklz = { "app", "2.0.0", OTTER_RBL_QUICKLZ, OTTER_RBL_FNV1A, NULL, NULL };
static const struct sim_recipe encrypted = { "app", "2.0.0", OTTER_RBL_QUICKLZ, OTTER_RBL_FNV1A, sim_key, sim_iv };

static struct sim_device device;
static struct sim_package package;
static struct otter_package pkg;
static uint8_t image[SIZE];
static const struct otter_progress silent;

static int setup(void **state)
{
    (void)state;
    sim_device_init(&device, &board);
    sim_image(&device, 11, image, SIZE);
    memset(image + 2000, 'z', 3000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(sim_device_violation(&device));
    sim_device_free(&device);
    return 0;
}

static int verify(void)
{
    int err = sim_open(&device, &pkg);

    return err ? err : otter_package_verify(&pkg, sim_mem(&device), silent);
}

static int verify_downloaded(void)
{
    sim_device_download(&device, &package);
    return verify();
}

/* The package is refused for that reason, again and again, and no flash was touched for it. */
static void assert_refused(int reason)
{
    device.power.ops = 0;
    assert_int_equal(verify_downloaded(), reason);
    assert_int_equal(verify(), reason);
    assert_int_equal(device.power.ops, 0);
}

static struct otter_image first_image(void)
{
    struct otter_image found;

    assert_int_equal(otter_package_image(&pkg, 0, &found), 0);
    return found;
}

/* ---- good packages ---- */

static void assert_image_is(const uint8_t *want, size_t size)
{
    struct otter_mem mem = sim_mem(&device);
    struct otter_body body;
    uint8_t *got = malloc(size + 1);
    size_t len;

    assert_int_equal(otter_body_open(&body, &pkg, 0, &mem), 0);
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

                sim_pack(&package, &r, image, SIZE);
                assert_int_equal(verify_downloaded(), 0);
                assert_int_equal(verify(), 0);
                assert_image_is(image, SIZE);
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
        assert_string_equal(first_image().part, vectors[i].part);
        assert_string_equal(first_image().dest->name, vectors[i].part);
        assert_string_equal(pkg.version, vectors[i].version);
        assert_int_equal(pkg.timestamp, 1700000000);
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
    sim_pack(&package, &plain, image, SIZE);
    for (uint32_t padding = 0; padding <= 16; padding++) {
        package.body_size = SIZE + padding;
        sim_seal(&package);
        assert_int_equal(verify_downloaded(), 0);
        assert_image_is(image, SIZE);
    }
    package.body_size = SIZE + 17;
    sim_seal(&package);
    assert_refused(OTTER_E_FORMAT);
}

static uint32_t last_done, steps;

static void watch(void *arg, uint32_t done, uint32_t total)
{
    assert_ptr_equal(arg, &last_done);
    assert_int_equal(total, SIZE);
    assert_true(done >= last_done && done <= total);
    last_done = done;
    steps++;
}

static void test_progress_never_falls_and_ends_at_the_total(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, SIZE);
    sim_device_download(&device, &package);
    last_done = steps = 0;
    assert_int_equal(sim_open(&device, &pkg), 0);
    assert_int_equal(otter_package_verify(&pkg, sim_mem(&device), (struct otter_progress){ watch, &last_done }), 0);
    assert_int_equal(last_done, SIZE);
    assert_true(steps > 2);
}

static void test_the_header_is_kept_as_it_came(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, SIZE);
    assert_int_equal(verify_downloaded(), 0);
    assert_memory_equal(pkg.head, package.bytes, OTTER_RBL_HEADER_SIZE);
}

/* ---- what other readers get wrong ---- */

static void test_a_body_shorter_than_its_header_promises_is_refused(void **state)
{
    (void)state;
    sim_pack(&package, &quicklz, image, SIZE);
    package.body_size -= 100;
    assert_refused(OTTER_E_CHECKSUM); /* the rest of `download` is erased flash */

    static const enum otter_rbl_compression packed[] = { OTTER_RBL_GZIP, OTTER_RBL_QUICKLZ, OTTER_RBL_FASTLZ };
    for (size_t i = 0; i < 3; i++) {
        struct sim_recipe r = { "app", "2.0.0", packed[i], OTTER_RBL_FNV1A, NULL, NULL };
        sim_pack(&package, &r, image, SIZE);
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
        sim_pack(&package, &quicklz, image, SIZE);
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
    sim_pack(&package, &r, image, SIZE);
    memset(package.header.sn, 's', sizeof package.header.sn - 1);
    sim_seal(&package);
    assert_memory_equal(package.bytes + 12, "sixteen-bytes-aba-version-of-24-bytes-xxss", 42);
    assert_int_equal(verify_downloaded(), 0);
    assert_string_equal(pkg.version, "a-version-of-24-bytes-xx");
    assert_ptr_equal(first_image().dest, sim_part(&device, SIM_WIFI));
}

static void test_a_body_beyond_its_partition_is_refused(void **state)
{
    (void)state;
    uint32_t room = board.download_size - OTTER_RBL_HEADER_SIZE;
    static const uint32_t sizes[] = { 0xFFFFFFFF, 0x80000000, 0xFFFFFFA0 };

    sim_pack(&package, &quicklz, image, SIZE);
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

        sim_pack(&package, &r, image, SIZE);
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

    sim_pack(&package, &quicklz, image, SIZE);
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

/* ---- precise reasons ---- */

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
        sim_pack(&package, recipes[i], image, SIZE);
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
    sim_pack(&package, &quicklz, image, SIZE);
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

        sim_pack(&package, &r, image, SIZE);
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

        sim_pack(&package, &r, image, SIZE);
        package.header.raw_size = SIZE + 1;
        sim_seal_header(&package);
        assert_refused(OTTER_E_TRUNCATED);
        package.header.raw_size = SIZE - 1;
        package.header.raw_hash = otter_hash32_of(&otter_fnv1a, image, SIZE - 1);
        sim_seal_header(&package);
        assert_refused(OTTER_E_FORMAT);
    }
    sim_pack(&package, &plain, image, SIZE);
    package.header.raw_size = SIZE + 1;
    sim_seal_header(&package);
    assert_refused(OTTER_E_FORMAT);
}

/* gzip, with a count of the bytes that it gave. */
struct counted_gzip {
    struct otter_hash_stream tap;
    _Alignas(OTTER_MEM_ALIGN) uint8_t work[40 * 1024];
};

static struct counted_gzip *counted;

static struct otter_stream *open_counted(void *work, struct otter_stream *src, const struct otter_codec_args *args)
{
    counted = work;
    assert_true(otter_codec_gzip.work_size <= sizeof counted->work);
    otter_hash_stream_init(&counted->tap, otter_codec_gzip.open(counted->work, src, args), &otter_fnv1a);
    return &counted->tap.stream;
}

static void test_a_gzip_bomb_is_refused_without_being_unpacked(void **state)
{
    (void)state;
    static const struct otter_codec counting = { "gzip", OTTER_CODEC_GZIP, sizeof *counted, false, open_counted };
    static const struct otter_codec *const codecs[] = { &counting, NULL };
    struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_GZIP, OTTER_RBL_FNV1A, NULL, NULL };
    enum { BOMB = 64 << 20, RAW = 4096 };
    uint8_t *zeros = calloc(1, BOMB);

    otter_put_le32(zeros + 4, SIM_CHIP_ADDR + sim_part(&device, SIM_APP)->off + 9);
    sim_pack(&package, &r, zeros, BOMB);
    package.header.raw_size = RAW;
    package.header.raw_hash = otter_hash32_of(&otter_fnv1a, zeros, RAW);
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

        sim_pack(&package, &r, image, SIZE);
        assert_refused(OTTER_E_DESTINATION);
        assert_string_equal(pkg.version, "2.0.0");
    }
}

static void test_stages_that_nobody_has_are_refused(void **state)
{
    (void)state;
    for (unsigned algo = 0; algo < 16; algo++) {
        sim_pack(&package, &plain, image, SIZE);
        package.header.cipher = (uint8_t)algo;
        sim_seal_header(&package);
        if (algo != OTTER_RBL_PLAIN && algo != OTTER_RBL_AES256)
            assert_refused(OTTER_E_UNSUPPORTED);
        sim_pack(&package, &plain, image, SIZE);
        package.header.compression = (uint8_t)algo;
        sim_seal_header(&package);
        if (algo > OTTER_RBL_FASTLZ)
            assert_refused(OTTER_E_UNSUPPORTED);
    }
    static const uint16_t hashes[] = { 2, 3, 256, 0xFFFF };
    for (size_t i = 0; i < 4; i++) {
        sim_pack(&package, &plain, image, SIZE);
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
    sim_pack(&package, &quicklz, image, SIZE);
    assert_refused(OTTER_E_UNSUPPORTED);
    struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_STORED, 0, sim_key, sim_iv };
    sim_pack(&package, &r, image, SIZE);
    assert_refused(OTTER_E_UNSUPPORTED);
    r = (struct sim_recipe){ "app", "2.0.0", OTTER_RBL_GZIP, 0, NULL, NULL };
    sim_pack(&package, &r, image, SIZE);
    assert_int_equal(verify_downloaded(), 0);
}

static void test_a_board_that_accepts_no_rbl_sees_no_package_in_it(void **state)
{
    (void)state;
    static const struct otter_format *const signed_only[] = { &otter_format_otter, NULL };

    device.config.formats = signed_only;
    sim_pack(&package, &quicklz, image, SIZE);
    assert_refused(OTTER_E_NO_PACKAGE);
}

static void test_an_encrypted_package_is_refused_without_a_key(void **state)
{
    (void)state;
    device.config.rbl_key = NULL;
    device.config.rbl_iv = NULL;
    sim_pack(&package, &encrypted, image, SIZE);
    assert_refused(OTTER_E_UNSUPPORTED);
}

static void test_a_wrong_key_leads_to_an_error(void **state)
{
    (void)state;
    static const uint8_t other[32] = "another key, that is not the one";
    struct sim_recipe r = { "app", "2.0.0", OTTER_RBL_STORED, 0, other, sim_iv };

    sim_pack(&package, &r, image, SIZE);
    assert_refused(OTTER_E_HASH);
    for (int compression = OTTER_RBL_GZIP; compression <= OTTER_RBL_FASTLZ; compression++) {
        r.compression = compression;
        sim_pack(&package, &r, image, SIZE);
        sim_device_download(&device, &package);
        assert_true(otter_err_is_package(verify()));
    }
}

static void test_a_ciphertext_of_part_of_a_block_is_refused(void **state)
{
    (void)state;
    sim_pack(&package, &encrypted, image, SIZE);
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
        0, base - 1, base, base + 8 /* not Thumb */, SIM_CHIP_ADDR + 0x101, base + SIZE + 1, ~0u, base + app->size + 1,
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        otter_put_le32(image + 4, wrong[i]);
        sim_pack(&package, &quicklz, image, SIZE);
        assert_refused(OTTER_E_VECTORS);
    }
    otter_put_le32(image + 4, base + 9);
    sim_pack(&package, &quicklz, image, SIZE);
    assert_int_equal(verify_downloaded(), 0);
}

static void test_only_partitions_that_run_in_place_need_vectors(void **state)
{
    (void)state;
    struct sim_recipe r = { "wifi_image", "1.0", OTTER_RBL_FASTLZ, 0, NULL, NULL };

    memset(image, 0, 8);
    sim_pack(&package, &r, image, SIZE);
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
    sim_pack(&package, &encrypted, image, SIZE);
    sim_device_download(&device, &package);
    assert_int_equal(sim_open(&device, &pkg), 0);
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
        sim_pack(&package, recipes[i], image, SIZE);
        fail_each_read(0);
    }
    sim_pack(&package, &quicklz, image, SIZE);
    sim_package_body(&package)[0] = 1; /* the first piece's length */
    sim_seal(&package);
    fail_each_read(OTTER_E_FORMAT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_combination_of_stages_is_read),
        TEST(test_packages_of_another_packager_are_read),
        TEST(test_packed_in_different_ways_an_image_stays_the_same),
        TEST(test_the_padding_of_older_packagers_is_accepted),
        TEST(test_progress_never_falls_and_ends_at_the_total),
        TEST(test_the_header_is_kept_as_it_came),
        TEST(test_a_body_shorter_than_its_header_promises_is_refused),
        TEST(test_a_package_cut_at_any_byte_is_refused),
        TEST(test_a_piece_length_beyond_the_buffer_is_refused),
        TEST(test_text_fields_without_a_nul_are_read),
        TEST(test_a_body_beyond_its_partition_is_refused),
        TEST(test_bytes_after_the_stream_s_end_are_refused),
        TEST(test_a_piece_that_decodes_to_more_than_4096_bytes_is_refused),
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
        TEST(test_a_board_that_accepts_no_rbl_sees_no_package_in_it),
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
