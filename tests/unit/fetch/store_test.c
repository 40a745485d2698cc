/*
 * Storing a package while it arrives: judged before anything is erased, each block erased once and each unit programmed
 * once, and no package to be found until all of it is right.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "fetch/store.h"
#include "tests/sim/device.h"
#include "tests/sim/guard.h"
#include "tests/sim/random.h"
#include "tests/sim/source.h"
#include "tests/unit/fetch/script.h"

static const struct sim_board *const boards[] = { &sim_board_pages, &sim_board_ecc, &sim_board_sectors };
#define BOARDS (sizeof boards / sizeof *boards)

static struct sim_device device;
static struct sim_package package, old;
static struct sim_guard work;
static uint8_t image[16000];

/* What the store was told and what it told. */
static struct otter_store store;
static uint32_t steps, last_done, last_ms, cancel_at;

static int on_progress(void *arg, uint32_t done, uint32_t total, uint32_t ms)
{
    assert_ptr_equal(arg, &device);
    assert_true(done >= last_done && done <= total && ms >= last_ms);
    last_done = done;
    last_ms = ms;
    steps++;
    return done >= cancel_at;
}

static const struct otter_part *download(void)
{
    return sim_part(&device, SIM_DOWNLOAD);
}

/* A fresh board with an older package in `download`, and a newer one of that many raw bytes to come. */
static void start(const struct sim_board *board, uint32_t size)
{
    sim_device_init(&device, board);
    memset(&package, 0, sizeof package);
    sim_image(&device, 1, image, size);
    sim_pack(&old, &(struct sim_recipe){ .part = "app", .version = "1.0.0" }, image, 3000);
    sim_pack(&package, &(struct sim_recipe){ .part = "app", .version = "2.0.0" }, image, size);
    sim_device_download(&device, &old);
    script_now = UINT32_MAX - 1000;
    cancel_at = UINT32_MAX;
}

static void stop(void)
{
    assert_null(sim_device_violation(&device));
    sim_device_free(&device);
}

/* Work memory of `size` bytes, which ends at an unreadable page. */
static int run(struct otter_stream *source, uint32_t promised, size_t size)
{
    steps = last_done = last_ms = 0;
    store = (struct otter_store){
        .config = &device.config,
        .part = download(),
        .mem = { sim_guard_copy(&work, NULL, 0) - size, size },
        .millis = script_millis,
        .progress = on_progress,
        .arg = &device,
    };
    return otter_store(&store, source, promised);
}

static int run_package(size_t most, size_t mem)
{
    struct sim_source source;

    sim_source_init(&source, package.bytes, sim_package_size(&package));
    source.most = most;
    return run(&source.stream, OTTER_STORE_UNKNOWN, mem);
}

static bool has_no_package(void)
{
    struct otter_package found;

    return sim_open(&device, &found) == OTTER_E_NO_PACKAGE;
}

static bool is_untouched(void)
{
    return !device.nor.counts.erases && !device.nor.counts.progs && !device.chip.counts.erases &&
           !device.chip.counts.progs;
}

static bool holds(const struct sim_package *p)
{
    return sim_part_holds(&device, SIM_DOWNLOAD, p->bytes, sim_package_size(p));
}

static int setup(void **state)
{
    (void)state;
    work = sim_guard_new(1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_guard_free(&work);
    return 0;
}

static void test_a_package_is_stored_whatever_the_pieces_it_comes_in(void **state)
{
    (void)state;
    static const size_t pieces[] = { 1, 7, 95, 96, 97, 536, 1460, 0 };
    static const size_t memory[] = { OTTER_STORE_MEM_MIN, 512, 1024 + 128, 5000, 20000 };

    for (size_t b = 0; b < BOARDS; b++) {
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            for (size_t m = 0; m < sizeof memory / sizeof *memory; m++) {
                start(boards[b], 9001);
                assert_int_equal(run_package(pieces[p], memory[m]), 0);
                assert_true(holds(&package));
                stop();
            }
        }
    }
}

static void test_a_package_of_any_size_is_stored(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        for (uint32_t size = 1; size < 200; size++) {
            start(boards[b], size);
            sim_pack(&package, &(struct sim_recipe){ .part = "wifi_image", .version = "2" }, image, size);
            assert_int_equal(run_package(0, 512), 0);
            assert_true(holds(&package));
            assert_int_equal(last_done, sim_package_size(&package));
            stop();
        }
    }
}

static void test_only_the_blocks_that_it_needs_are_erased_once(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        uint32_t body = boards[b]->nor.erase_size - OTTER_RBL_HEADER_SIZE; /* that fits the first block */
        for (uint32_t size = body - 1; size <= body + 1; size++) {
            start(boards[b], size);
            assert_int_equal(run_package(0, 3000), 0);
            assert_int_equal(device.nor.counts.erased_blocks, size > body ? 2 : 1);
            assert_int_equal(device.nor.most_erases, 1);
            assert_int_equal(device.nor.most_progs, 1);
            assert_int_equal(device.chip.counts.erases + device.chip.counts.progs, 0);
            stop();
        }
    }
}

/* A source that looks at the flash whenever it is asked. */
struct watch {
    struct otter_stream stream;
    struct otter_stream *source;
    uint32_t came;
};

static int watch_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct watch *w = (struct watch *)stream;
    uint64_t erased = device.nor.counts.erased_blocks * device.nor.flash.erase_size;

    assert_true(w->came >= 96 || !erased);
    assert_true(erased < w->came + device.nor.flash.erase_size);
    assert_true(device.nor.counts.prog_bytes <= w->came);
    int n = otter_stream_read(w->source, buf, len);
    if (n > 0)
        w->came += (uint32_t)n;
    return n;
}

static void test_a_block_is_erased_only_when_its_first_byte_has_come(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        struct sim_source source;
        struct watch watch = { { watch_read }, &source.stream, 0 };
        start(boards[b], 9001);
        sim_source_init(&source, package.bytes, sim_package_size(&package));
        source.most = 536;
        assert_int_equal(run(&watch.stream, sim_package_size(&package), 20000), 0);
        assert_int_equal(watch.came, sim_package_size(&package));
        stop();
    }
}

static void assert_refused_unread(int err)
{
    assert_int_equal(run_package(0, 1024), err);
    assert_int_equal(store.step, OTTER_STORE_HEAD);
    assert_true(is_untouched());
    assert_true(holds(&old));
}

static void test_a_header_that_is_refused_leaves_what_is_there(void **state)
{
    (void)state;
    start(&sim_board_pages, 5000);
    package.bytes[95] ^= 1;
    assert_refused_unread(OTTER_E_NO_PACKAGE);
    sim_seal(&package);
    strcpy(package.header.part, "bootloader");
    sim_seal_header(&package);
    assert_refused_unread(OTTER_E_DESTINATION);
    strcpy(package.header.part, "nowhere");
    sim_seal_header(&package);
    assert_refused_unread(OTTER_E_DESTINATION);
    strcpy(package.header.part, "app");
    package.header.compression = 9;
    sim_seal_header(&package);
    assert_refused_unread(OTTER_E_UNSUPPORTED);
    package.header.compression = OTTER_RBL_QUICKLZ;
    package.header.body_size = download()->size - 95;
    sim_seal_header(&package);
    assert_refused_unread(OTTER_E_TOO_LARGE);
    package.header.body_size = UINT32_MAX;
    sim_seal_header(&package);
    assert_refused_unread(OTTER_E_TOO_LARGE);
    package.header.body_size = 5000;
    package.header.raw_size = 1 << 20;
    sim_seal_header(&package);
    assert_refused_unread(OTTER_E_TOO_LARGE);
    static const struct otter_format *const signed_only[] = { &otter_format_otter, NULL };
    device.config.formats = signed_only;
    assert_refused_unread(OTTER_E_NO_PACKAGE);
    stop();
}

static void test_what_ends_before_the_header_does_is_no_package(void **state)
{
    (void)state;
    for (size_t len = 0; len < 96; len++) {
        struct sim_source source;
        start(&sim_board_pages, 1000);
        sim_source_init(&source, package.bytes, len);
        assert_int_equal(run(&source.stream, (uint32_t)len, 1024), OTTER_E_NO_PACKAGE);
        assert_int_equal(store.done, len);
        assert_true(is_untouched());
        stop();
    }
}

static void test_a_length_that_contradicts_the_header_leaves_what_is_there(void **state)
{
    (void)state;
    struct sim_source source;

    start(&sim_board_pages, 5000);
    sim_source_init(&source, package.bytes, sim_package_size(&package));
    assert_int_equal(run(&source.stream, 5095, 1024), OTTER_E_TRUNCATED);
    assert_int_equal(store.step, OTTER_STORE_LENGTH);
    sim_source_init(&source, package.bytes, sim_package_size(&package));
    assert_int_equal(run(&source.stream, 5097, 1024), OTTER_E_FORMAT);
    assert_int_equal(store.total, 5096);
    assert_int_equal(store.promised, 5097);
    assert_true(is_untouched());
    stop();
}

static void test_a_source_that_ends_anywhere_leaves_no_package(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        for (size_t len = 96; len < 96 + 1000; len++) {
            struct sim_source source;
            start(boards[b], 1000);
            sim_source_init(&source, package.bytes, len);
            assert_int_equal(run(&source.stream, OTTER_STORE_UNKNOWN, 512), OTTER_E_TRUNCATED);
            assert_int_equal(store.step, OTTER_STORE_BODY);
            assert_int_equal(store.done, len);
            assert_true(has_no_package());
            stop();
        }
    }
}

static void test_a_source_that_fails_anywhere_leaves_no_package(void **state)
{
    (void)state;
    for (size_t at = 0; at <= 96 + 1000; at++) {
        struct sim_source source;
        start(&sim_board_sectors, 1000);
        sim_source_init(&source, package.bytes, sim_package_size(&package));
        source.fail_at = at;
        source.err = OTTER_E_IO;
        assert_int_equal(run(&source.stream, OTTER_STORE_UNKNOWN, 512), OTTER_E_IO);
        assert_true(at < 96 ? is_untouched() : has_no_package());
        stop();
    }
}

static void test_a_byte_more_than_promised_leaves_no_package(void **state)
{
    (void)state;
    struct sim_source source;

    start(&sim_board_pages, 5000);
    sim_source_init(&source, package.bytes, sim_package_size(&package) + 1);
    assert_int_equal(run(&source.stream, OTTER_STORE_UNKNOWN, 1024), OTTER_E_FORMAT);
    assert_true(has_no_package());
    stop();
}

static void test_a_damaged_body_leaves_no_package(void **state)
{
    (void)state;
    for (uint32_t at = 96; at < 96 + 300; at++) {
        start(&sim_board_sectors, 300);
        package.bytes[at] ^= 0x10;
        assert_int_equal(run_package(0, 1024), OTTER_E_CHECKSUM);
        assert_true(has_no_package());
        stop();
    }
}

static void test_a_flash_that_fails_anywhere_leaves_no_package(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        unsigned failed = 0;
        for (uint64_t op = 1;; op++) {
            start(boards[b], 9001);
            device.power.fault = (struct sim_cut){ op, SIM_TORN_MIDDLE };
            int err = run_package(0, 1024);
            bool none = has_no_package();
            stop();
            if (!err)
                break;
            assert_int_equal(err, OTTER_E_IO);
            assert_int_equal(store.step, OTTER_STORE_FLASH);
            assert_true(none);
            failed++;
        }
        assert_in_range(failed, 10, 30);
    }
}

static void run_once(void *arg)
{
    *(int *)arg = run_package(0, 1024);
}

/* After the power came back: the version of the whole package in `download`, or "". */
static void find_version(void *arg)
{
    struct otter_package found;

    strcpy(arg, "");
    if (sim_open(&device, &found))
        return;
    assert_int_equal(otter_package_verify(&found, sim_mem(&device), (struct otter_progress){ 0 }), 0);
    strcpy(arg, found.version);
}

static void test_a_power_cut_anywhere_leaves_a_whole_package_or_none(void **state)
{
    (void)state;
    unsigned cuts = 0, old_ones = 0, new_ones = 0;

    for (size_t b = 0; b < BOARDS; b++) {
        for (int outcome = SIM_UNDONE; outcome <= SIM_DONE; outcome++) {
            bool whole = false;
            for (uint64_t op = 1; !whole; op++) {
                char version[32];
                int err = 1;
                start(boards[b], 9001);
                device.power.cut = (struct sim_cut){ op, (enum sim_outcome)outcome };
                whole = sim_device_run(&device, run_once, &err);
                cuts += !whole;
                assert_int_equal(err, !whole);
                device.power.cut.op = 0;
                assert_true(sim_device_run(&device, find_version, version));
                old_ones += !strcmp(version, "1.0.0");
                new_ones += !strcmp(version, "2.0.0") && !whole;
                assert_true(!whole || !strcmp(version, "2.0.0"));
                stop();
            }
        }
    }
    printf("%u power cuts: %u left the old package, %u the new one, the others none\n", cuts, old_ones, new_ones);
    assert_in_range(cuts, 300, 1000);
    assert_int_equal(old_ones, BOARDS);            /* the first erase undone */
    assert_in_range(new_ones, BOARDS, 5 * BOARDS); /* the last program done, or all that mattered of it */
}

static void test_it_can_be_stored_again_after_any_power_cut(void **state)
{
    (void)state;
    for (uint64_t op = 1; op <= 12; op++) {
        int err = 1;
        start(&sim_board_ecc, 9001);
        device.power.cut = (struct sim_cut){ op, SIM_TORN_MIDDLE };
        assert_false(sim_device_run(&device, run_once, &err));
        device.power.cut.op = 0;
        assert_true(sim_device_run(&device, run_once, &err));
        assert_int_equal(err, 0);
        assert_true(holds(&package));
        stop();
    }
}

static void test_progress_goes_from_the_header_to_the_end(void **state)
{
    (void)state;
    start(&sim_board_pages, 9001);
    assert_int_equal(run_package(0, 1024 + 96), 0);
    assert_int_equal(last_done, 9097);
    assert_in_range(steps, 9, 12);
    stop();
}

static void test_whoever_watches_may_cancel(void **state)
{
    (void)state;
    start(&sim_board_pages, 9001);
    for (cancel_at = 0; cancel_at < 9000; cancel_at += 1500) {
        assert_int_equal(run_package(0, 1024), OTTER_E_CANCELED);
        assert_true(has_no_package());
    }
    stop();
}

static int slow_read(struct otter_stream *stream, void *buf, size_t len)
{
    struct watch *w = (struct watch *)stream;

    script_now += 1000;
    return otter_stream_read(w->source, buf, len < w->came ? len : w->came);
}

static void test_a_source_that_drips_is_given_up(void **state)
{
    (void)state;
    struct sim_source source;
    struct watch slow = { { slow_read }, &source.stream, 16 };

    start(&sim_board_pages, 9001);
    sim_source_init(&source, package.bytes, sim_package_size(&package));
    assert_int_equal(run(&slow.stream, OTTER_STORE_UNKNOWN, 1024), OTTER_E_TIMEOUT);
    assert_true(has_no_package());
    assert_true(script_now - (UINT32_MAX - 1000) <= 2 * OTTER_STORE_SLOW_MS);

    slow.came = 18;
    sim_source_init(&source, package.bytes, sim_package_size(&package));
    assert_int_equal(run(&slow.stream, OTTER_STORE_UNKNOWN, 1024), 0);
    stop();
}

static void test_too_little_memory_is_told_before_anything_is_done(void **state)
{
    (void)state;
    for (size_t b = 0; b < BOARDS; b++) {
        bool enough = false;
        for (size_t size = 0; size <= OTTER_STORE_MEM_MIN; size++) {
            start(boards[b], 300);
            int err = run_package(0, size);
            assert_true(err == 0 || (err == OTTER_E_NO_MEMORY && is_untouched()));
            assert_true(!err || !enough);
            enough = !err;
            stop();
        }
        assert_true(enough);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_package_is_stored_whatever_the_pieces_it_comes_in),
        cmocka_unit_test(test_a_package_of_any_size_is_stored),
        cmocka_unit_test(test_only_the_blocks_that_it_needs_are_erased_once),
        cmocka_unit_test(test_a_block_is_erased_only_when_its_first_byte_has_come),
        cmocka_unit_test(test_a_header_that_is_refused_leaves_what_is_there),
        cmocka_unit_test(test_what_ends_before_the_header_does_is_no_package),
        cmocka_unit_test(test_a_length_that_contradicts_the_header_leaves_what_is_there),
        cmocka_unit_test(test_a_source_that_ends_anywhere_leaves_no_package),
        cmocka_unit_test(test_a_source_that_fails_anywhere_leaves_no_package),
        cmocka_unit_test(test_a_byte_more_than_promised_leaves_no_package),
        cmocka_unit_test(test_a_damaged_body_leaves_no_package),
        cmocka_unit_test(test_a_flash_that_fails_anywhere_leaves_no_package),
        cmocka_unit_test(test_a_power_cut_anywhere_leaves_a_whole_package_or_none),
        cmocka_unit_test(test_it_can_be_stored_again_after_any_power_cut),
        cmocka_unit_test(test_progress_goes_from_the_header_to_the_end),
        cmocka_unit_test(test_whoever_watches_may_cancel),
        cmocka_unit_test(test_a_source_that_drips_is_given_up),
        cmocka_unit_test(test_too_little_memory_is_told_before_anything_is_done),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
