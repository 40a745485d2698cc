/*
 * The Y-modem receiver against a sender with every fault, on a line with a clock of its own.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/package.h"
#include "core/rbl.h"
#include "fetch/copy.h"
#include "fetch/store.h"
#include "tests/sim/flash.h"
#include "tests/sim/random.h"
#include "tests/unit/fetch/sender.h"

#define FILE_MAX (256 * 1024)

static uint8_t file[FILE_MAX], got[FILE_MAX];
static struct sender sender;
static struct otter_ymodem y;

static int setup(void **state)
{
    uint32_t random = 7;

    (void)state;
    sim_random_fill(&random, file, sizeof file);
    return 0;
}

/* Takes the file in reads of `most` bytes, and closes: 0 if it is there, whole. */
static int receive(uint32_t most)
{
    uint32_t done = 0;
    int err = otter_ymodem_open(&y, &sender.serial, sender.streams, 60);

    memset(got, 0, sizeof got);
    while (!err) {
        int n = otter_stream_read(&y.stream, got + done, most < FILE_MAX - done ? most : FILE_MAX - done + 1);
        if (n <= 0) {
            err = n;
            assert_int_equal(otter_stream_read(&y.stream, got, 1), n);
            break;
        }
        assert_true((uint32_t)n <= most);
        done += (uint32_t)n;
    }
    otter_ymodem_close(&y, err);
    if (!err) {
        assert_int_equal(done, sender.size);
        assert_memory_equal(got, file, done);
    }
    return err;
}

static void start(uint32_t size)
{
    sender_init(&sender, file, size);
}

/* ---- files ---- */

static void test_a_file_of_any_size_arrives_without_the_padding(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 0,    1,    127,  128,   129,   1023,   1024,   1025,
                                      1152, 2047, 2048, 10000, 65537, 261120, 262143, 262144 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (uint32_t most = 1; most <= 5000; most += 4999 / 3) {
            start(sizes[i]);
            assert_int_equal(receive(most), 0);
            assert_true(sender.done);
        }
    }
}

static void test_blocks_of_128_and_of_1024_bytes_are_taken_for_header_and_data(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        start(40000);
        sender.header_block = i & 1 ? 1024 : 128;
        sender.block = i & 2 ? 1024 : 128;
        assert_int_equal(receive(700), 0);
        assert_true(sender.done);
    }
}

static void test_name_and_size_are_known_before_the_first_read(void **state)
{
    (void)state;
    start(12345);
    assert_int_equal(otter_ymodem_open(&y, &sender.serial, false, 5), 0);
    assert_string_equal(y.name, "app-2.0.0.rbl");
    assert_int_equal(y.size, 12345);
    otter_ymodem_close(&y, OTTER_E_TOO_LARGE);
    assert_true(sender.canceled);
}

static void test_a_header_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *name, *rest;
        int err;
    } headers[] = {
        { "a", "10", 0 },
        { "a", "10 ", 0 },
        { "a", "", OTTER_E_PROTOCOL },
        { "a", " 10", OTTER_E_PROTOCOL },
        { "a", "-1", OTTER_E_PROTOCOL },
        { "a", "10x", OTTER_E_PROTOCOL },
        { "a", "0x10", OTTER_E_PROTOCOL },
        { "a", "4294967290", OTTER_E_PROTOCOL },
        { "a", "99999999999999999999", OTTER_E_PROTOCOL },
        { "", "10", OTTER_E_CANCELED },
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        start(10);
        sender.name = headers[i].name;
        sender.header = headers[i].rest;
        assert_int_equal(receive(100), headers[i].err);
        assert_int_equal(sender.canceled, headers[i].err != 0);
    }
}

static void test_only_the_first_file_of_a_batch_is_taken_and_the_rest_refused(void **state)
{
    (void)state;
    start(3000);
    sender.has_another = true;
    assert_int_equal(receive(1000), 0);
    assert_true(sender.canceled);
}

/* ---- faults ---- */

static void test_a_transfer_goes_on_after_any_single_fault_of_any_block(void **state)
{
    (void)state;
    for (int fault = SENDER_FLIPS; fault <= SENDER_MISSES; fault++) {
        for (uint32_t block = 0; block <= 6; block++) {
            for (uint32_t times = 1; times <= 3; times++) {
                start(5 * 1024 + 77);
                sender.fault = (enum sender_fault)fault;
                sender.fault_block = block;
                sender.fault_times = times;
                int err = receive(1000);
                if (err || !sender.done)
                    fail_msg("fault %d of block %u, %u times: %d", fault, block, times, err);
            }
        }
    }
}

static void test_a_fault_that_stays_ends_the_transfer_and_stops_the_sender(void **state)
{
    (void)state;
    for (int fault = SENDER_FLIPS; fault <= SENDER_LOSES_BLOCK; fault++) {
        start(5000);
        sender.fault = (enum sender_fault)fault;
        sender.fault_block = 2;
        sender.fault_times = 1000;
        assert_int_equal(receive(1000), OTTER_E_TIMEOUT);
        assert_true(sender.canceled || sender.state == SENDER_OVER);
        assert_true(sender.now < 90 * 1000000u);
    }
}

static void test_a_block_that_is_missing_for_good_is_never_passed_over(void **state)
{
    (void)state;
    start(10000);
    sender.fault = SENDER_SKIPS;
    sender.fault_block = 3;
    sender.fault_times = 1;
    assert_int_equal(receive(1000), OTTER_E_PROTOCOL);
    assert_true(sender.canceled);
}

static void test_two_cans_of_the_sender_end_it_at_any_block(void **state)
{
    (void)state;
    for (int fault = SENDER_CANCELS; fault <= SENDER_BREAKS_OFF; fault++) {
        for (uint32_t block = 0; block < 5; block++) {
            start(5000);
            sender.fault = (enum sender_fault)fault;
            sender.fault_block = block;
            sender.fault_times = 1;
            assert_int_equal(receive(1000), OTTER_E_CANCELED);
            assert_true(sender.now < 4 * 1000000u);
        }
    }
}

static void test_the_receiver_cancels_at_any_block_and_the_sender_stops(void **state)
{
    (void)state;
    for (uint32_t stop = 0; stop < 5000; stop += 700) {
        start(5000);
        assert_int_equal(otter_ymodem_open(&y, &sender.serial, false, 5), 0);
        if (stop)
            assert_int_equal(otter_stream_read_all(&y.stream, got, stop), 0);
        otter_ymodem_close(&y, OTTER_E_CHECKSUM);
        assert_true(sender.canceled);
    }
}

static void test_a_sender_that_is_gone_is_given_up_within_a_minute(void **state)
{
    (void)state;
    start(5000);
    sender.fault = SENDER_GOES;
    sender.fault_block = 3;
    sender.fault_times = 1;
    assert_int_equal(receive(1000), OTTER_E_TIMEOUT);
    assert_true(sender.now < 60 * 1000000u);
}

static void test_a_sender_that_ends_before_the_size_it_told_has_sent_no_file(void **state)
{
    (void)state;
    start(8192);
    sender.ends_early = true;
    assert_int_equal(receive(1000), OTTER_E_TIMEOUT);
    assert_false(sender.done);
}

static void test_a_sender_that_goes_on_after_the_size_it_told_has_sent_no_file(void **state)
{
    (void)state;
    start(8192);
    sender.header = "4096";
    assert_int_equal(receive(1000), OTTER_E_PROTOCOL);
    assert_true(sender.canceled);
}

static int nobody_gets(struct otter_serial *serial, uint32_t ms)
{
    struct sender *s = (struct sender *)serial;

    s->now += ms * 1000;
    return OTTER_E_TIMEOUT;
}

static void test_without_a_sender_it_asks_every_3_s_and_then_gives_up(void **state)
{
    (void)state;
    start(1);
    sender.serial.get = nobody_gets;
    assert_int_equal(otter_ymodem_open(&y, &sender.serial, false, 30), OTTER_E_TIMEOUT);
    assert_int_equal(sender.now / 1000000, 30);
    assert_int_equal(sender.bytes, 10);
}

static int line_fails(struct otter_serial *serial, uint32_t ms)
{
    (void)serial, (void)ms;
    return OTTER_E_IO;
}

static void test_an_error_of_the_line_ends_the_transfer_at_once(void **state)
{
    (void)state;
    start(5000);
    assert_int_equal(otter_ymodem_open(&y, &sender.serial, false, 5), 0);
    sender.serial.get = line_fails;
    assert_int_equal(otter_stream_read_all(&y.stream, got, 5000), OTTER_E_IO);
    otter_ymodem_close(&y, OTTER_E_IO);
}

/* ---- Y-modem-G ---- */

static void test_y_modem_g_streams_without_acknowledgements(void **state)
{
    (void)state;
    start(50000);
    sender.streams = true;
    assert_int_equal(receive(1000), 0);
    assert_true(sender.done);
}

static void test_y_modem_g_ends_at_the_first_damage(void **state)
{
    (void)state;
    for (int fault = SENDER_FLIPS; fault <= SENDER_DOUBLES; fault++) {
        start(50000);
        sender.streams = true;
        sender.fault = (enum sender_fault)fault;
        sender.fault_block = 7;
        sender.fault_times = 1;
        assert_true(receive(1000) < 0);
        assert_true(sender.canceled || sender.state == SENDER_OVER);
    }
}

/* ---- promises over whole transfers ---- */

static void test_50_transfers_on_a_noisy_line_are_all_bit_exact(void **state)
{
    uint32_t random = 20;

    (void)state;
    for (uint32_t i = 0; i < 50; i++) {
        start(1 + sim_random_below(&random, FILE_MAX));
        sender.noise = 3000 + sim_random_below(&random, 30000);
        sender.random = sim_random(&random);
        sender.keeps = i & 1;
        int err = receive(1 + sim_random_below(&random, 5000));
        if (err)
            fail_msg("transfer %u of %u bytes, noise 1 in %u: %d", i, sender.size, sender.noise, err);
    }
}

static int disturbed_put_count;
static void (*plain_put)(struct otter_serial *serial, uint8_t byte);

static void double_the_tenth_answer(struct otter_serial *serial, uint8_t byte)
{
    plain_put(serial, byte);
    if (++disturbed_put_count == 10)
        plain_put(serial, byte);
}

static void test_a_doubled_answer_does_not_keep_the_sender_a_block_ahead(void **state)
{
    (void)state;
    for (int fault = SENDER_FLIPS; fault <= SENDER_DOUBLES; fault++) {
        start(40000);
        sender.keeps = true;
        sender.fault = (enum sender_fault)fault;
        sender.fault_block = 20;
        sender.fault_times = 1;
        disturbed_put_count = 0;
        plain_put = sender.serial.put;
        sender.serial.put = double_the_tenth_answer;
        assert_int_equal(receive(1000), 0);
        assert_true(sender.done);
    }
}

static void test_the_protocol_adds_at_most_1_percent(void **state)
{
    (void)state;
    start(FILE_MAX);
    assert_int_equal(receive(4096), 0);
    print_message("    %u bytes on the line for %u\n", sender.bytes, FILE_MAX);
    assert_true(sender.bytes - FILE_MAX <= FILE_MAX / 100);
}

/* ---- into flash ---- */

struct chip {
    struct sim_power power;
    struct sim_flash sim;
    struct otter_flash flash; /* the simulated one, with a price in time */
    uint32_t erase_us, page_us;
    uint32_t erases;
};

static int slow_read(const struct otter_flash *flash, uint32_t off, void *buf, uint32_t len)
{
    struct chip *chip = flash->ctx;
    return chip->sim.flash.read(&chip->sim.flash, off, buf, len);
}

static int slow_prog(const struct otter_flash *flash, uint32_t off, const void *buf, uint32_t len)
{
    struct chip *chip = flash->ctx;
    sender.now += (len + 255) / 256 * chip->page_us;
    return chip->sim.flash.prog(&chip->sim.flash, off, buf, len);
}

static int slow_erase(const struct otter_flash *flash, uint32_t off, uint32_t len)
{
    struct chip *chip = flash->ctx;
    sender.now += len / flash->erase_size * chip->erase_us;
    return chip->sim.flash.erase(&chip->sim.flash, off, len);
}

static void chip_init(struct chip *chip, uint32_t erase_size, uint32_t prog_size, uint32_t erase_us, uint32_t page_us)
{
    memset(chip, 0, sizeof *chip);
    sim_power_init(&chip->power, 1);
    sim_flash_init(&chip->sim, "chip", 0, &(struct sim_geometry){ FILE_MAX, erase_size, prog_size, false },
                   &chip->power);
    chip->flash = chip->sim.flash;
    chip->flash.read = slow_read;
    chip->flash.prog = slow_prog;
    chip->flash.erase = slow_erase;
    chip->flash.ctx = chip;
    chip->erase_us = erase_us;
    chip->page_us = page_us;
}

static int copy_into(struct chip *chip, uint32_t size)
{
    static _Alignas(OTTER_MEM_ALIGN) uint8_t memory[OTTER_COPY_PIECE];
    struct otter_part part = { "filesystem", &chip->flash, 0, FILE_MAX, 0 };

    start(size);
    int err = otter_ymodem_open(&y, &sender.serial, false, 10);
    if (!err)
        err = otter_copy(&part, &y.stream, y.size, (struct otter_mem){ memory, sizeof memory });
    otter_ymodem_close(&y, err);
    return err;
}

/* W25Q128: 4 KB sector 400 ms, page 3 ms. STM32L4: 2 KB page 25 ms, 32 double words 2.9 ms. */
static const struct {
    const char *name;
    uint32_t erase_size, prog_size, erase_us, page_us;
} chips[] = { { "W25Q128", 4096, 1, 400000, 3000 }, { "STM32L4", 2048, 8, 25000, 2900 } };

static void test_no_acknowledgement_is_later_than_a_second_when_every_erase_takes_its_maximum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
        struct chip chip;
        chip_init(&chip, chips[i].erase_size, chips[i].prog_size, chips[i].erase_us, chips[i].page_us);
        assert_int_equal(copy_into(&chip, FILE_MAX), 0);
        assert_true(sender.done);
        assert_memory_equal(chip.sim.bytes, file, FILE_MAX);
        print_message("    %s: the slowest acknowledgement after %u ms\n", chips[i].name, sender.slowest / 1000);
        assert_true(sender.slowest >= chips[i].erase_us);
        assert_true(sender.slowest < chips[i].erase_us + 4 * 1024 * 1000 / 256 * 10);
        assert_true(sender.slowest < 1000000);
        assert_null(chip.sim.violations ? chip.sim.violation : NULL);
        assert_int_equal(chip.sim.most_erases, 1);
        sim_flash_free(&chip.sim);
    }
}

/* A package of that many bytes in all, at the start of `file`. */
static void make_package(uint32_t size)
{
    struct otter_rbl h = { .part = "app", .version = "2.0.0" };

    h.raw_size = h.body_size = size - OTTER_RBL_HEADER_SIZE;
    h.body_crc = otter_hash32_of(&otter_crc32, file + OTTER_RBL_HEADER_SIZE, h.body_size);
    otter_rbl_encode(&h, file);
}

static uint32_t store_millis(void)
{
    return sender.now / 1000;
}

static int store_into(struct chip *chip, uint32_t size)
{
    static _Alignas(OTTER_MEM_ALIGN) uint8_t memory[OTTER_STORE_MEM_MIN + 4096];
    static const struct otter_codec *const codecs[] = { NULL };
    static const struct otter_format *const formats[] = { &otter_format_rbl, NULL };
    struct otter_flash app_flash = { .name = "app_flash", .size = 1 << 20, .erase_size = 2048, .prog_size = 8 };
    struct otter_part parts[] = { { "download", &chip->flash, 0, FILE_MAX, 0 },
                                  { "app", &app_flash, 0, 1 << 20, OTTER_PART_INSTALL },
                                  { NULL, NULL, 0, 0, 0 } };
    struct otter_config config = { .parts = parts, .codecs = codecs, .formats = formats };
    struct otter_store store = {
        .config = &config, .part = parts, .mem = { memory, sizeof memory }, .millis = store_millis
    };

    start(size);
    int err = otter_ymodem_open(&y, &sender.serial, false, 10);
    if (!err)
        err = otter_store(&store, &y.stream, y.size);
    otter_ymodem_close(&y, err);
    return err;
}

static void test_a_package_is_acknowledged_within_a_second_as_well(void **state)
{
    static uint8_t saved[OTTER_RBL_HEADER_SIZE];

    (void)state;
    memcpy(saved, file, sizeof saved);
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
        struct chip chip;
        chip_init(&chip, chips[i].erase_size, chips[i].prog_size, chips[i].erase_us, chips[i].page_us);
        make_package(200001);
        assert_int_equal(store_into(&chip, 200001), 0);
        assert_true(sender.done);
        assert_memory_equal(chip.sim.bytes, file, 200001);
        print_message("    %s: the slowest acknowledgement after %u ms\n", chips[i].name, sender.slowest / 1000);
        assert_true(sender.slowest >= chips[i].erase_us && sender.slowest < 1000000);
        sim_flash_free(&chip.sim);
    }
    memcpy(file, saved, sizeof saved);
}

static void test_a_package_that_is_refused_stops_the_sender_and_erases_nothing(void **state)
{
    (void)state;
    struct chip chip;

    chip_init(&chip, 4096, 1, 0, 0);
    assert_int_equal(store_into(&chip, 5000), OTTER_E_NO_PACKAGE);
    assert_true(sender.canceled);
    assert_int_equal(chip.sim.counts.erases, 0);
    sim_flash_free(&chip.sim);
}

static void test_padding_reaches_no_flash_and_blocks_after_the_file_keep_their_bytes(void **state)
{
    (void)state;
    for (uint32_t size = 4000; size < 9000; size += 333) {
        struct chip chip;
        uint8_t old[4096];
        chip_init(&chip, 4096, 1, 0, 0);
        memset(old, 0x5A, sizeof old);
        sim_flash_load(&chip.sim, 12288, old, sizeof old);
        assert_int_equal(copy_into(&chip, size), 0);
        assert_memory_equal(chip.sim.bytes, file, size);
        for (uint32_t i = size; i < 12288; i++)
            assert_int_equal(chip.sim.bytes[i], OTTER_ERASED);
        assert_memory_equal(chip.sim.bytes + 12288, old, sizeof old);
        sim_flash_free(&chip.sim);
    }
}

static void test_a_file_too_large_erases_nothing_and_stops_the_sender(void **state)
{
    (void)state;
    struct chip chip;

    chip_init(&chip, 4096, 1, 0, 0);
    start(100);
    sender.header = "262145";
    struct otter_part part = { "filesystem", &chip.flash, 0, FILE_MAX, 0 };
    assert_int_equal(otter_ymodem_open(&y, &sender.serial, false, 10), 0);
    int err = otter_copy(&part, &y.stream, y.size, (struct otter_mem){ got, OTTER_COPY_PIECE });
    otter_ymodem_close(&y, err);
    assert_int_equal(err, OTTER_E_TOO_LARGE);
    assert_true(sender.canceled);
    assert_int_equal(chip.sim.counts.erases, 0);
    sim_flash_free(&chip.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_of_any_size_arrives_without_the_padding),
        cmocka_unit_test(test_blocks_of_128_and_of_1024_bytes_are_taken_for_header_and_data),
        cmocka_unit_test(test_name_and_size_are_known_before_the_first_read),
        cmocka_unit_test(test_a_header_is_judged),
        cmocka_unit_test(test_only_the_first_file_of_a_batch_is_taken_and_the_rest_refused),
        cmocka_unit_test(test_a_transfer_goes_on_after_any_single_fault_of_any_block),
        cmocka_unit_test(test_a_fault_that_stays_ends_the_transfer_and_stops_the_sender),
        cmocka_unit_test(test_a_block_that_is_missing_for_good_is_never_passed_over),
        cmocka_unit_test(test_two_cans_of_the_sender_end_it_at_any_block),
        cmocka_unit_test(test_the_receiver_cancels_at_any_block_and_the_sender_stops),
        cmocka_unit_test(test_a_sender_that_is_gone_is_given_up_within_a_minute),
        cmocka_unit_test(test_a_sender_that_ends_before_the_size_it_told_has_sent_no_file),
        cmocka_unit_test(test_a_sender_that_goes_on_after_the_size_it_told_has_sent_no_file),
        cmocka_unit_test(test_without_a_sender_it_asks_every_3_s_and_then_gives_up),
        cmocka_unit_test(test_an_error_of_the_line_ends_the_transfer_at_once),
        cmocka_unit_test(test_y_modem_g_streams_without_acknowledgements),
        cmocka_unit_test(test_y_modem_g_ends_at_the_first_damage),
        cmocka_unit_test(test_50_transfers_on_a_noisy_line_are_all_bit_exact),
        cmocka_unit_test(test_a_doubled_answer_does_not_keep_the_sender_a_block_ahead),
        cmocka_unit_test(test_the_protocol_adds_at_most_1_percent),
        cmocka_unit_test(test_no_acknowledgement_is_later_than_a_second_when_every_erase_takes_its_maximum),
        cmocka_unit_test(test_a_package_is_acknowledged_within_a_second_as_well),
        cmocka_unit_test(test_a_package_that_is_refused_stops_the_sender_and_erases_nothing),
        cmocka_unit_test(test_padding_reaches_no_flash_and_blocks_after_the_file_keep_their_bytes),
        cmocka_unit_test(test_a_file_too_large_erases_nothing_and_stops_the_sender),
    };

    return cmocka_run_group_tests_name("ymodem", tests, setup, NULL);
}
