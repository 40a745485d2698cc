/*
 * The chain of chunks: what arrives is judged at the end of each chunk, in whatever pieces it comes; and no byte of a
 * wrong chunk is ever passed on.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/chunks.h"
#include "core/err.h"
#include "tests/sim/device.h"
#include "tests/sim/random.h"
#include "tests/sim/source.h"

enum { IMAGE_MAX = 9000 };

static struct sim_device device;
static struct sim_package package, other;
static struct otter_package pkg;
static uint8_t image[IMAGE_MAX], second[IMAGE_MAX], out[IMAGE_MAX + 1];

static int setup(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    device.parts[SIM_APP].flags &= ~(uint32_t)OTTER_PART_EXEC;
    sim_image(&device, 1, image, sizeof image);
    sim_image(&device, 2, second, sizeof second);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_device_free(&device);
    return 0;
}

static void make(struct sim_package *p, const uint8_t *bytes, uint32_t size, uint16_t chunk, bool two)
{
    struct sim_otter_recipe r = {
        .version = "1.0.0", .signer = SIM_HMAC, .chunk_size = chunk, .images = { { "wifi_image", bytes, size } }
    };

    if (two)
        r.images[1] = (struct sim_otter_image){ "app", bytes, size / 2 };
    sim_otter_pack(p, &r);
}

static void load(void)
{
    sim_device_download(&device, &package);
    assert_int_equal(sim_open(&device, &pkg), 0);
    assert_int_equal(pkg.size, sim_package_size(&package));
}

/* Feeds the bodies in pieces: what the last one gave, and *at is where it ended. */
static int arrive(size_t most, uint32_t *at)
{
    struct otter_arrival arrival;
    uint32_t random = 3;
    int err = 0;

    otter_arrival_init(&arrival, &pkg);
    for (*at = 0; *at < package.body_size && !err;) {
        size_t len = most ? most : 1 + sim_random_below(&random, 700);
        if (len > package.body_size - *at)
            len = package.body_size - *at;
        err = otter_arrive(&arrival, sim_package_body(&package) + *at, len);
        *at += (uint32_t)len;
    }
    if (!err)
        assert_int_equal(otter_arrive(&arrival, image, 1), OTTER_E_FORMAT);
    return err;
}

/* Reads image i to its end or an error: *len is what was passed on. */
static int read_image(unsigned i, size_t *len)
{
    struct otter_mem mem = sim_mem(&device);
    struct otter_body body;

    *len = 0;
    int err = otter_body_open(&body, &pkg, i, &mem);
    return err ? err : sim_read_to_end(&body.stream, (struct sim_reader){ 0, 5 }, out, sizeof out, len);
}

static const uint16_t chunk_sizes[] = { 256, 257, 300, 1024, 4095, 4096 };

#define EACH_CHUNK(c) (size_t c = 0; c < sizeof chunk_sizes / sizeof *chunk_sizes; c++)

static void test_bodies_around_every_boundary_are_read(void **state)
{
    (void)state;
    for
        EACH_CHUNK(c)
        {
            uint32_t chunk = chunk_sizes[c];
            for (uint32_t links = 0; links < 3 && links * chunk < 8000; links++) {
                for (int beyond = -33; beyond <= 33; beyond++) {
                    int size = (int)(chunk + links * (chunk - 32)) + beyond;
                    if (size < 1 || size > IMAGE_MAX)
                        continue;
                    make(&package, image, (uint32_t)size, (uint16_t)chunk, false);
                    load();
                    uint32_t at;
                    size_t len;
                    assert_int_equal(arrive(0, &at), 0);
                    assert_int_equal(read_image(0, &len), 0);
                    assert_int_equal(len, size);
                    assert_memory_equal(out, image, len);
                }
            }
        }
}

static void test_what_arrives_is_taken_in_any_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = { 1, 2, 31, 32, 33, 255, 256, 257, 1460, 100000, 0 };

    for
        EACH_CHUNK(c)
        {
            for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
                uint32_t at;
                make(&package, image, 5000, chunk_sizes[c], true);
                load();
                assert_int_equal(arrive(pieces[p], &at), 0);
                assert_int_equal(at, package.body_size);
            }
        }
}

static void test_a_wrong_byte_is_told_at_the_end_of_its_chunk(void **state)
{
    (void)state;
    make(&package, image, 5000, 512, true);
    make(&other, image, 5000, 512, false);
    uint32_t first_body = other.body_size;
    load();
    for (uint32_t wrong = 0; wrong < package.body_size; wrong += 23) {
        uint32_t at, start = wrong < first_body ? wrong / 512 * 512 : first_body + (wrong - first_body) / 512 * 512;
        uint32_t end = start + 512;
        if (wrong < first_body && end > first_body)
            end = first_body;
        if (end > package.body_size)
            end = package.body_size;
        sim_package_body(&package)[wrong] ^= (uint8_t)(1 << wrong % 8);
        assert_int_equal(arrive(1, &at), OTTER_E_CHECKSUM);
        assert_int_equal(at, end);
        sim_package_body(&package)[wrong] ^= (uint8_t)(1 << wrong % 8);
    }
}

static void test_nothing_of_a_wrong_chunk_is_passed_on(void **state)
{
    (void)state;
    make(&package, image, 5000, 512, false);
    load();
    for (uint32_t wrong = 0; wrong < package.body_size; wrong += 23) {
        size_t len;
        sim_cells(&device, SIM_DOWNLOAD)[package.head_size + wrong] ^= 0x20;
        assert_int_equal(read_image(0, &len), OTTER_E_CHECKSUM);
        assert_int_equal(len, wrong / 512 * 480);
        assert_memory_equal(out, image, len);
        sim_cells(&device, SIM_DOWNLOAD)[package.head_size + wrong] ^= 0x20;
    }
}

/* Both packages are genuine; a mixture of them is not. */
static void test_a_chunk_of_another_good_package_is_a_wrong_one(void **state)
{
    (void)state;
    make(&package, image, 5000, 512, false);
    make(&other, second, 5000, 512, false);
    load();
    for (uint32_t chunk = 0; chunk * 512 < package.body_size; chunk++) {
        uint32_t len = package.body_size - chunk * 512 < 512 ? package.body_size - chunk * 512 : 512;
        size_t got;
        uint32_t at;
        memcpy(sim_package_body(&package) + chunk * 512, sim_package_body(&other) + chunk * 512, len);
        sim_device_download(&device, &package);
        assert_int_equal(read_image(0, &got), OTTER_E_CHECKSUM);
        assert_int_equal(got, chunk * 480);
        assert_int_equal(arrive(0, &at), OTTER_E_CHECKSUM);
        make(&package, image, 5000, 512, false);
    }
}

static void test_chunks_in_another_order_are_wrong_ones(void **state)
{
    (void)state;
    uint8_t chunk[512];
    size_t len;
    uint32_t at;

    for (int a = 0; a < 9; a++) {
        make(&package, image, 5000, 512, false);
        load();
        uint8_t *body = sim_package_body(&package);
        memcpy(chunk, body + a * 512, 512);
        memcpy(body + a * 512, body + (a + 1) * 512, 512);
        memcpy(body + (a + 1) * 512, chunk, 512);
        assert_int_equal(arrive(0, &at), OTTER_E_CHECKSUM);
        sim_device_download(&device, &package);
        assert_int_equal(read_image(0, &len), OTTER_E_CHECKSUM);
        assert_int_equal(len, a * 480);
    }
}

/* What a decoder leaves unread is judged all the same: here, the CRC and size at the end of gzip, which it ignores. */
static void test_a_decoder_that_ends_early_does_not_hide_a_wrong_chunk(void **state)
{
    (void)state;
    const struct sim_otter_recipe r = { .version = "1.0.0",
                                        .signer = SIM_HMAC,
                                        .compression = OTTER_RBL_GZIP,
                                        .images = { { "wifi_image", image, 2000 } } };
    size_t len;

    sim_otter_pack(&package, &r);
    load();
    assert_int_equal(read_image(0, &len), 0);
    for (uint32_t back = 1; back <= 8; back++) {
        uint8_t *byte = sim_cells(&device, SIM_DOWNLOAD) + sim_package_size(&package) - back;
        *byte ^= 1;
        assert_int_equal(read_image(0, &len), OTTER_E_CHECKSUM);
        *byte ^= 1;
    }
}

static void test_an_error_of_the_flash_is_told_as_such(void **state)
{
    (void)state;
    size_t len;

    make(&package, image, 5000, 512, false);
    load();
    device.power.reads = 0;
    assert_int_equal(read_image(0, &len), 0);
    uint64_t reads = device.power.reads;
    for (uint64_t n = 1; n <= reads; n++) {
        device.power.reads = 0;
        device.power.fault_read = n;
        assert_int_equal(read_image(0, &len), OTTER_E_IO);
    }
    device.power.fault_read = 0;
}

static void test_a_chunk_takes_no_more_memory_than_it_says(void **state)
{
    (void)state;
    for
        EACH_CHUNK(c)
        {
            struct otter_body body;
            make(&package, image, 5000, chunk_sizes[c], false);
            load();
            size_t enough = 0;
            for (;; enough++) {
                struct otter_mem mem = { device.work, enough };
                if (otter_body_open(&body, &pkg, 0, &mem) != OTTER_E_NO_MEMORY)
                    break;
            }
            assert_in_range(enough, chunk_sizes[c], chunk_sizes[c] + OTTER_SOURCE_MAX);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bodies_around_every_boundary_are_read),
        TEST(test_what_arrives_is_taken_in_any_pieces),
        TEST(test_a_wrong_byte_is_told_at_the_end_of_its_chunk),
        TEST(test_nothing_of_a_wrong_chunk_is_passed_on),
        TEST(test_a_chunk_of_another_good_package_is_a_wrong_one),
        TEST(test_chunks_in_another_order_are_wrong_ones),
        TEST(test_a_decoder_that_ends_early_does_not_hide_a_wrong_chunk),
        TEST(test_an_error_of_the_flash_is_told_as_such),
        TEST(test_a_chunk_takes_no_more_memory_than_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
