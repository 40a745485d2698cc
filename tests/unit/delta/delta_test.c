#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/encode/delta/apply.h"
#include "core/err.h"
#include "tests/unit/delta/firmware.h"

static const struct otter_codec *const codecs[] = { &otter_codec_delta_4k, &otter_codec_delta, &otter_codec_delta_16k };

static uint8_t *encode(struct delta_stretch base, struct delta_stretch image, unsigned bits, size_t *size)
{
    uint8_t *patch = delta_encode(base, image, (struct delta_options){ bits, DELTA_UNKNOWN_LOAD }, size);

    assert_non_null(patch);
    return patch;
}

/* Encodes and decodes, in reads of any size: the size of the patch. */
static size_t round_trip(struct delta_stretch base, struct delta_stretch image, unsigned bits)
{
    static const size_t reads[] = { 0, 1, 7, 300 };
    struct delta_job job = { .codec = codecs[bits - 12], .base = base };
    size_t size;
    uint8_t *patch = encode(base, image, bits, &size), *out = malloc(image.size + 1);

    job.patch = (struct delta_stretch){ patch, size };
    for (unsigned i = 0; i < 4; i++) {
        size_t done;
        job.read_most = reads[i];
        assert_int_equal(delta_apply(&job, out, image.size, &done), 0);
        assert_memory_equal(out, image.at, image.size);
    }
    free(patch);
    free(out);
    return size;
}

static struct delta_stretch firmware(uint32_t seed, unsigned functions, unsigned changed)
{
    struct delta_stretch s;

    s.at = firmware_make((struct firmware){ seed, functions, changed, seed }, &s.size);
    assert_non_null(s.at);
    return s;
}

static void give_back(struct delta_stretch s)
{
    free((void *)s.at);
}

static void test_an_image_of_which_nothing_changed_is_a_patch_of_a_few_bytes(void **state)
{
    struct delta_stretch image = firmware(1, 1000, 0);

    (void)state;
    for (unsigned bits = 12; bits <= 14; bits++)
        assert_in_range(round_trip(image, image, bits), 6, 64);
    give_back(image);
}

static void test_functions_that_moved_cost_nearly_nothing(void **state)
{
    struct delta_stretch old = firmware(2, 2000, 0), new = firmware(2, 2000, 2);

    (void)state;
    assert_in_range(round_trip(old, new, 13), 6, 1200);
    give_back(old);
    give_back(new);
}

static void test_an_image_comes_out_as_it_went_in_whatever_was_changed(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        unsigned changed = seed % 8 * seed % 8 * 20;
        struct delta_stretch old = firmware(seed, 20 + seed * 7, 0), new = firmware(seed, 20 + seed * 6, changed);
        round_trip(old, new, 12 + seed % 3);
        give_back(old);
        give_back(new);
    }
}

/* Overwrites, cuts out and doubles stretches, at any alignment. */
static struct delta_stretch edit(struct delta_stretch s, uint32_t *random, unsigned times)
{
    uint8_t *out = malloc(s.size + times * 64);
    size_t size = s.size;

    memcpy(out, s.at, size);
    for (unsigned i = 0; i < times && size > 256; i++) {
        size_t at = firmware_random(random) % (size - 128), len = firmware_random(random) % 64;
        switch (firmware_random(random) % 3) {
        case 0:
            for (size_t j = 0; j < len; j++)
                out[at + j] = (uint8_t)firmware_random(random);
            break;
        case 1:
            memmove(out + at, out + at + len, size - at - len);
            size -= len;
            break;
        default:
            memmove(out + at + len, out + at, size - at);
            size += len;
        }
    }
    return (struct delta_stretch){ out, size };
}

static void test_an_image_comes_out_as_it_went_in_after_random_edits(void **state)
{
    uint32_t random = 77;

    (void)state;
    for (unsigned i = 1; i <= 40; i++) {
        struct delta_stretch old = firmware(i, 100, 0), new = edit(old, &random, i * 3);
        round_trip(old, new, 12 + i % 3);
        round_trip(new, old, 12 + i % 3);
        give_back(old);
        give_back(new);
    }
}

static void test_random_bytes_and_empty_images_come_out_as_they_went_in(void **state)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 4, 5, 15, 16, 17, 255, 5000 };
    uint8_t bytes[10000];
    uint32_t random = 5;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)firmware_random(&random);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned j = 0; j < sizeof sizes / sizeof *sizes; j++)
            round_trip((struct delta_stretch){ bytes, sizes[i] }, (struct delta_stretch){ bytes + 5000, sizes[j] }, 13);
}

static void test_random_bytes_grow_by_little(void **state)
{
    uint8_t bytes[4000];
    uint32_t random = 9;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)firmware_random(&random);
    assert_in_range(round_trip((struct delta_stretch){ bytes, 0 }, (struct delta_stretch){ bytes, 4000 }, 13), 4000,
                    4400);
}

static void test_a_damaged_patch_gives_an_error_or_as_many_bytes_as_were_asked_for(void **state)
{
    struct delta_stretch old = firmware(3, 60, 0), new = firmware(3, 60, 100);
    struct delta_job job = { .codec = &otter_codec_delta, .base = old };
    size_t size, done, same = 0;
    uint8_t *patch = encode(old, new, 13, &size), *out = malloc(new.size);

    (void)state;
    job.patch = (struct delta_stretch){ patch, size };
    for (size_t i = 0; i < size; i++) {
        for (unsigned flip = 1; flip < 256; flip = flip * 2 + 1) {
            patch[i] ^= (uint8_t)flip;
            int err = delta_apply(&job, out, new.size, &done);
            assert_true(err ? done <= new.size : done == new.size);
            same += !err && !memcmp(out, new.at, new.size);
            patch[i] ^= (uint8_t)flip;
        }
    }
    assert_true(same <= 16); /* bits after the last one that was needed */
    free(patch);
    free(out);
    give_back(old);
    give_back(new);
}

static void test_a_patch_cut_anywhere_never_passes_for_the_whole_one(void **state)
{
    struct delta_stretch old = firmware(4, 60, 0), new = firmware(4, 60, 100);
    struct delta_job job = { .codec = &otter_codec_delta, .base = old };
    size_t size, done;
    uint8_t *patch = encode(old, new, 13, &size), *out = malloc(new.size);

    (void)state;
    for (size_t len = 0; len < size; len++) {
        job.patch = (struct delta_stretch){ patch, len };
        int err = delta_apply(&job, out, new.size, &done);
        assert_true(err || memcmp(out, new.at, new.size) || patch[len] == 0);
        if (len + 5 < size)
            assert_int_not_equal(err, 0);
    }
    free(patch);
    free(out);
    give_back(old);
    give_back(new);
}

static void test_a_patch_for_a_larger_table_is_refused(void **state)
{
    struct delta_stretch image = firmware(5, 20, 0);
    struct delta_job job = { .codec = &otter_codec_delta, .base = image };
    size_t size, done;
    uint8_t *patch = encode(image, image, 14, &size), *out = malloc(image.size);

    (void)state;
    job.patch = (struct delta_stretch){ patch, size };
    assert_int_equal(delta_apply(&job, out, image.size, &done), OTTER_E_NO_MEMORY);
    patch[0] = 15;
    assert_int_equal(delta_apply(&job, out, image.size, &done), OTTER_E_UNSUPPORTED);
    assert_int_equal(done, 0);
    free(patch);
    free(out);
    give_back(image);
}

static void test_a_base_that_cannot_be_read_is_an_error(void **state)
{
    struct delta_stretch image = firmware(6, 20, 0);
    struct delta_job job = { .codec = &otter_codec_delta, .base = image, .base_err = OTTER_E_IO };
    size_t size, done;
    uint8_t *patch = encode(image, image, 13, &size), *out = malloc(image.size);

    (void)state;
    job.patch = (struct delta_stretch){ patch, size };
    assert_int_equal(delta_apply(&job, out, image.size, &done), OTTER_E_IO);
    free(patch);
    free(out);
    give_back(image);
}

static void test_the_encoder_finds_the_address_that_an_image_is_linked_for(void **state)
{
    struct delta_stretch image = firmware(7, 500, 0);

    (void)state;
    assert_int_equal(delta_find_load(image), FIRMWARE_LOAD);
    give_back(image);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_image_of_which_nothing_changed_is_a_patch_of_a_few_bytes),
        cmocka_unit_test(test_functions_that_moved_cost_nearly_nothing),
        cmocka_unit_test(test_an_image_comes_out_as_it_went_in_whatever_was_changed),
        cmocka_unit_test(test_an_image_comes_out_as_it_went_in_after_random_edits),
        cmocka_unit_test(test_random_bytes_and_empty_images_come_out_as_they_went_in),
        cmocka_unit_test(test_random_bytes_grow_by_little),
        cmocka_unit_test(test_a_damaged_patch_gives_an_error_or_as_many_bytes_as_were_asked_for),
        cmocka_unit_test(test_a_patch_cut_anywhere_never_passes_for_the_whole_one),
        cmocka_unit_test(test_a_patch_for_a_larger_table_is_refused),
        cmocka_unit_test(test_a_base_that_cannot_be_read_is_an_error),
        cmocka_unit_test(test_the_encoder_finds_the_address_that_an_image_is_linked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
