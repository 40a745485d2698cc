/*
 * The heap in memory that the caller gives.
 */
#include "tests/sim/test.h"

#include <stdbool.h>
#include <string.h>

#include "fetch/heap.h"
#include "tests/sim/guard.h"
#include "tests/sim/random.h"

enum { SIZE = 4096, BLOCKS = 40 };

static struct sim_guard guard;
static struct otter_heap heap;

/* The memory ends where a page begins that nobody may touch. */
static int begin(void **state)
{
    (void)state;
    static uint8_t noise[SIZE];

    memset(noise, 0xA5, sizeof noise);
    guard = sim_guard_new(SIZE);
    otter_heap_init(&heap, (struct otter_mem){ (uint8_t *)(uintptr_t)sim_guard_copy(&guard, noise, SIZE), SIZE });
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_guard_free(&guard);
    return 0;
}

static bool is_zero(const uint8_t *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (block[i])
            return false;
    return true;
}

static void test_blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    uint8_t *a = otter_heap_take(&heap, 3, 5), *b = otter_heap_take(&heap, 1, 1);

    assert_non_null(a);
    assert_non_null(b);
    assert_true(is_zero(a, 15) && is_zero(b, 1));
    assert_int_equal((uintptr_t)a % OTTER_MEM_ALIGN, 0);
    assert_int_equal((uintptr_t)b % OTTER_MEM_ALIGN, 0);
    assert_true(b >= a + 15);
}

static void test_a_block_that_does_not_fit_is_refused_and_smaller_ones_still_fit(void **state)
{
    (void)state;
    assert_null(otter_heap_take(&heap, 1, SIZE));
    assert_null(otter_heap_take(&heap, SIZE_MAX, 2));
    assert_null(otter_heap_take(&heap, 2, SIZE_MAX));
    assert_null(otter_heap_take(&heap, SIZE_MAX / 2 + 1, 2));
    assert_null(otter_heap_take(&heap, 0, 8));
    assert_null(otter_heap_take(&heap, 8, 0));
    assert_non_null(otter_heap_take(&heap, 1, SIZE / 2));
}

static void test_what_is_given_back_can_be_had_again_in_one_piece(void **state)
{
    (void)state;
    void *blocks[4];

    for (int i = 0; i < 4; i++)
        assert_non_null(blocks[i] = otter_heap_take(&heap, 1, 900));
    assert_null(otter_heap_take(&heap, 1, 900));
    for (int i = 0; i < 4; i++)
        otter_heap_give(&heap, blocks[i ^ 1]);
    otter_heap_give(&heap, NULL);
    assert_non_null(otter_heap_take(&heap, 1, SIZE - 8));
}

static void test_the_peak_is_memory_enough_for_the_same_again(void **state)
{
    (void)state;
    void *a = otter_heap_take(&heap, 1, 1000);
    void *b = otter_heap_take(&heap, 1, 500);
    otter_heap_give(&heap, a);
    otter_heap_give(&heap, b);
    size_t peak = heap.peak;
    static _Alignas(OTTER_MEM_ALIGN) uint8_t memory[SIZE];

    assert_in_range(peak, 1500, 1600);
    otter_heap_init(&heap, (struct otter_mem){ memory, peak });
    assert_non_null(otter_heap_take(&heap, 1, 1000));
    assert_non_null(otter_heap_take(&heap, 1, 500));
    assert_null(otter_heap_take(&heap, 1, 1));
}

static void test_memory_that_is_crooked_or_too_small_does_no_harm(void **state)
{
    (void)state;
    static uint8_t memory[256];

    for (size_t skip = 0; skip < 9; skip++)
        for (size_t size = 0; size < 200; size++) {
            otter_heap_init(&heap, (struct otter_mem){ memory + skip, size });
            uint8_t *block = otter_heap_take(&heap, 1, 40);
            assert_true(!block || (block >= memory + skip && block + 40 <= memory + skip + size));
            assert_true(block || size < 80);
        }
}

/* Each block is filled with a byte of its own, which must still be there when it is given back. */
static void test_blocks_keep_what_is_in_them_whatever_comes_and_goes(void **state)
{
    (void)state;
    struct {
        uint8_t *at;
        size_t size;
    } blocks[BLOCKS] = { { NULL, 0 } };
    uint32_t seed = 7, refused = 0;

    for (int round = 0; round < 20000; round++) {
        uint32_t i = sim_random_below(&seed, BLOCKS);
        for (size_t k = 0; blocks[i].at && k < blocks[i].size; k++)
            assert_int_equal(blocks[i].at[k], i);
        otter_heap_give(&heap, blocks[i].at);
        blocks[i].size = 1 + sim_random_below(&seed, 300);
        blocks[i].at = otter_heap_take(&heap, 1, blocks[i].size);
        refused += !blocks[i].at;
        if (blocks[i].at)
            assert_true(is_zero(blocks[i].at, blocks[i].size)), memset(blocks[i].at, (int)i, blocks[i].size);
    }
    assert_in_range(refused, 1, 15000);
    for (int i = 0; i < BLOCKS; i++)
        otter_heap_give(&heap, blocks[i].at);
    assert_non_null(otter_heap_take(&heap, 1, SIZE - 8));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_blocks_are_zeroed_aligned_and_apart),
        TEST(test_a_block_that_does_not_fit_is_refused_and_smaller_ones_still_fit),
        TEST(test_what_is_given_back_can_be_had_again_in_one_piece),
        TEST(test_the_peak_is_memory_enough_for_the_same_again),
        TEST(test_memory_that_is_crooked_or_too_small_does_no_harm),
        TEST(test_blocks_keep_what_is_in_them_whatever_comes_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
