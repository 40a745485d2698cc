/*
 * The manifest: every rule of its fields, with a right proof over each manifest that breaks one.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/manifest.h"
#include "tests/sim/device.h"
#include "tests/sim/guard.h"
#include "tests/sim/random.h"

static struct sim_device device;

/* A manifest in the making, from fields of any tag and size. */
static uint8_t bytes[OTTER_HEAD_MAX + 70000];
static uint32_t size;

struct piece {
    uint16_t tag, size;
    const void *value; /* NULL: what a good manifest has */
};

static const uint8_t zeros[65536];

static void put(uint16_t tag, uint16_t len, const void *value)
{
    otter_put_le16(bytes + size, tag);
    otter_put_le16(bytes + size + 2, len);
    memcpy(bytes + size + 4, value, len);
    size += 4u + len;
}

static void begin(void)
{
    memset(bytes, 0, OTTER_HEAD_MAX);
    memcpy(bytes, "OTTR\1", 5);
    size = OTTER_MANIFEST_FIELDS;
}

static void put_image(const char *part, uint16_t len)
{
    uint8_t value[300] = { 0 };

    strcpy((char *)value, part);
    otter_put_le32(value + OTTER_IMAGE_RAW_SIZE, 1000);
    otter_put_le32(value + OTTER_IMAGE_BODY_SIZE, 1000);
    otter_put_le16(value + OTTER_IMAGE_CHUNK_SIZE, 1024);
    put(OTTER_TAG_IMAGE, len, value);
}

/* The fields that a manifest must have, in order; `without` is left out, and `other` comes where its tag belongs. */
static void make(uint16_t without, const struct piece *other)
{
    static const struct piece good[] = {
        { OTTER_TAG_PRODUCT, sizeof SIM_PRODUCT - 1, SIM_PRODUCT },
        { OTTER_TAG_HARDWARE, sizeof SIM_HARDWARE - 1, SIM_HARDWARE },
        { OTTER_TAG_VERSION, 5, "1.2.3" },
        { OTTER_TAG_COUNTER, 4, "\7\0\0" },
        { OTTER_TAG_IMAGE, OTTER_IMAGE_STAGES, NULL },
    };

    begin();
    for (size_t i = 0; i < 5; i++) {
        if (other && (other->tag & 0x7FFF) < (good[i].tag & 0x7FFF)) {
            put(other->tag, other->size, other->value ? other->value : zeros);
            other = NULL;
        }
        if (good[i].tag == without)
            continue;
        if (good[i].value)
            put(good[i].tag, good[i].size, good[i].value);
        else
            put_image("app", good[i].size);
    }
    if (other)
        put(other->tag, other->size, other->value ? other->value : zeros);
}

/* What the reader says of it, at the end of readable memory. */
static int judge(void)
{
    static struct otter_package pkg;
    const uint32_t proof = sim_key_of(SIM_HMAC)->auth->proof_size;

    otter_put_le16(bytes + 6, (uint16_t)size);
    sim_sign(SIM_HMAC, bytes);
    struct sim_guard guard = sim_guard_new(size + proof);
    const uint8_t *head = sim_guard_copy(&guard, bytes, size + proof);
    int err = otter_package_parse(&pkg, &device.config, sim_part(&device, SIM_DOWNLOAD), head, size + proof);
    sim_guard_free(&guard);
    return err;
}

static int setup(void **state)
{
    (void)state;
    sim_device_init(&device, &sim_board_pages);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_device_free(&device);
    return 0;
}

static void test_a_manifest_with_what_it_must_have_is_taken(void **state)
{
    (void)state;
    make(0, NULL);
    assert_int_equal(judge(), 0);
}

static void test_each_required_field_must_be_there(void **state)
{
    (void)state;
    static const uint16_t required[] = { OTTER_TAG_PRODUCT, OTTER_TAG_HARDWARE, OTTER_TAG_VERSION, OTTER_TAG_COUNTER,
                                         OTTER_TAG_IMAGE };

    for (size_t i = 0; i < 5; i++) {
        make(required[i], NULL);
        assert_int_equal(judge(), OTTER_E_FORMAT);
    }
}

static void test_a_field_shorter_or_longer_than_its_rule_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint16_t tag, shortest, longest;
    } rules[] = {
        { OTTER_TAG_TIMESTAMP, 8, 8 }, { OTTER_TAG_NOTES, 0, 1024 }, { OTTER_TAG_PRODUCT, 1, 32 },
        { OTTER_TAG_HARDWARE, 1, 32 }, { OTTER_TAG_VERSION, 1, 32 }, { OTTER_TAG_COUNTER, 4, 4 },
        { OTTER_TAG_BOOT, 4, 4 },      { OTTER_TAG_KEY, 56, 56 },    { OTTER_TAG_REVOKE, 8, 64 },
        { OTTER_TAG_DOWNGRADE, 0, 0 },
    };

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        for (unsigned len = 0; len <= rules[i].longest + 9u; len += 1 + len / 64) {
            struct piece p = { rules[i].tag, (uint16_t)len, NULL };
            make(p.tag, &p);
            bool fits = len >= rules[i].shortest && len <= rules[i].longest;
            bool other_product = p.tag == OTTER_TAG_PRODUCT || p.tag == OTTER_TAG_HARDWARE;
            assert_int_equal(judge(), !fits ? OTTER_E_FORMAT : other_product ? OTTER_E_PRODUCT : 0);
        }
    }
}

static void test_an_image_field_is_as_long_as_its_stages_say(void **state)
{
    (void)state;
    for (uint16_t len = 0; len < 300; len++) {
        make(OTTER_TAG_IMAGE, NULL);
        put_image("app", len);
        assert_int_equal(judge(), len == OTTER_IMAGE_STAGES ? 0 : OTTER_E_FORMAT);
    }
}

static void test_stages_that_reach_past_their_field_are_refused(void **state)
{
    (void)state;
    /* count, then codec and parameter length of each */
    static const struct {
        uint8_t count, stages[8], size;
        int err;
    } cases[] = {
        { 1, { OTTER_CODEC_GZIP, 0 }, 2, 0 },
        { 1, { OTTER_CODEC_GZIP, 3, 1, 2, 3 }, 5, 0 }, /* parameters of a stage that wants none are its own affair */
        { 1, { OTTER_CODEC_GZIP, 0 }, 3, OTTER_E_FORMAT },
        { 1, { OTTER_CODEC_GZIP, 1 }, 2, OTTER_E_FORMAT },
        { 1, { OTTER_CODEC_GZIP, 255 }, 2, OTTER_E_FORMAT },
        { 1, { OTTER_CODEC_GZIP }, 1, OTTER_E_FORMAT },
        { 1, { 0 }, 0, OTTER_E_FORMAT },
        { 2, { OTTER_CODEC_GZIP, 0 }, 2, OTTER_E_FORMAT },
        { 0, { OTTER_CODEC_GZIP, 0 }, 2, OTTER_E_FORMAT },
        { 3, { OTTER_CODEC_GZIP, 0, OTTER_CODEC_GZIP, 0, OTTER_CODEC_GZIP, 0 }, 6, 0 },
        { 4,
          { OTTER_CODEC_GZIP, 0, OTTER_CODEC_GZIP, 0, OTTER_CODEC_GZIP, 0, OTTER_CODEC_GZIP, 0 },
          8,
          OTTER_E_UNSUPPORTED },
        { 255, { OTTER_CODEC_GZIP, 0 }, 2, OTTER_E_UNSUPPORTED },
        { 1, { 99, 0 }, 2, OTTER_E_UNSUPPORTED },
        { 1, { 0, 0 }, 2, OTTER_E_UNSUPPORTED },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(OTTER_TAG_IMAGE, NULL);
        uint32_t at = size + 4;
        put_image("app", OTTER_IMAGE_STAGES + cases[i].size);
        bytes[at + OTTER_IMAGE_STAGE_COUNT] = cases[i].count;
        memcpy(bytes + at + OTTER_IMAGE_STAGES, cases[i].stages, cases[i].size);
        assert_int_equal(judge(), cases[i].err);
    }
}

static int judge_image(uint32_t off, uint32_t value, int width)
{
    make(OTTER_TAG_IMAGE, NULL);
    uint32_t at = size + 4;
    put_image("app", OTTER_IMAGE_STAGES);
    for (int i = 0; i < width; i++)
        bytes[at + off + (uint32_t)i] = (uint8_t)(value >> 8 * i);
    return judge();
}

static void test_an_image_s_numbers_have_to_make_sense(void **state)
{
    (void)state;
    const struct otter_part *app = sim_part(&device, SIM_APP), *download = sim_part(&device, SIM_DOWNLOAD);
    uint32_t trailer = otter_format_otter.trailer_area(app);
    static const uint32_t huge[] = { 0x7FFFFFFF, 0x80000000, 0xFFFFFF00, 0xFFFFFFFF };

    assert_int_equal(judge_image(OTTER_IMAGE_RAW_SIZE, 0, 4), OTTER_E_FORMAT);
    assert_int_equal(judge_image(OTTER_IMAGE_RAW_SIZE, app->size - trailer - 1, 4), 0);
    assert_int_equal(judge_image(OTTER_IMAGE_RAW_SIZE, app->size - trailer, 4), OTTER_E_TOO_LARGE);
    assert_int_equal(judge_image(OTTER_IMAGE_BODY_SIZE, 0, 4), OTTER_E_FORMAT);
    assert_int_equal(judge_image(OTTER_IMAGE_BODY_SIZE, download->size, 4), OTTER_E_TOO_LARGE);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(judge_image(OTTER_IMAGE_RAW_SIZE, huge[i], 4), OTTER_E_TOO_LARGE);
        assert_int_equal(judge_image(OTTER_IMAGE_BODY_SIZE, huge[i], 4), OTTER_E_TOO_LARGE);
    }
    for (uint32_t chunk = 0; chunk <= 0xFFFF; chunk += chunk < 300 || (chunk > 4000 && chunk < 4200) ? 1 : 97)
        assert_int_equal(judge_image(OTTER_IMAGE_CHUNK_SIZE, chunk, 2),
                         chunk >= OTTER_CHUNK_MIN && chunk <= OTTER_CHUNK_MAX ? 0 : OTTER_E_FORMAT);
    device.config.chunk_max = 1000;
    assert_int_equal(judge_image(OTTER_IMAGE_CHUNK_SIZE, 1000, 2), 0);
    assert_int_equal(judge_image(OTTER_IMAGE_CHUNK_SIZE, 1001, 2), OTTER_E_UNSUPPORTED);
}

static int judge_names(const char *first, const char *second)
{
    make(OTTER_TAG_IMAGE, NULL);
    put_image(first, OTTER_IMAGE_STAGES);
    if (second)
        put_image(second, OTTER_IMAGE_STAGES);
    return judge();
}

static void test_images_go_to_partitions_that_packages_may_write_each_once(void **state)
{
    (void)state;
    assert_int_equal(judge_names("app", "wifi_image"), 0);
    assert_int_equal(judge_names("wifi_image", "app"), 0);
    assert_int_equal(judge_names("app", "app"), OTTER_E_FORMAT);
    assert_int_equal(judge_names("wifi_image", "wifi_image"), OTTER_E_FORMAT);
    assert_int_equal(judge_names("bootloader", NULL), OTTER_E_DESTINATION);
    assert_int_equal(judge_names("app", "journal"), OTTER_E_DESTINATION);
    assert_int_equal(judge_names("recovery", NULL), OTTER_E_DESTINATION);
    assert_int_equal(judge_names("", NULL), OTTER_E_DESTINATION);
    assert_int_equal(judge_names("sixteen-bytes-ab", NULL), OTTER_E_DESTINATION);
    device.parts[SIM_WIFI].name = "sixteen-bytes-ab";
    assert_int_equal(judge_names("sixteen-bytes-ab", NULL), 0);
}

/* The sum of the bodies would be a small number again. */
static void test_bodies_that_wrap_around_are_refused(void **state)
{
    (void)state;
    make(OTTER_TAG_IMAGE, NULL);
    uint32_t first = size + 4;
    put_image("app", OTTER_IMAGE_STAGES);
    put_image("wifi_image", OTTER_IMAGE_STAGES);
    for (uint32_t body = 0xFFFFF000; body; body += 16) {
        otter_put_le32(bytes + first + OTTER_IMAGE_BODY_SIZE, body);
        assert_int_equal(judge(), OTTER_E_TOO_LARGE);
    }
}

static void test_fields_come_in_order_and_once(void **state)
{
    (void)state;
    static const struct piece in_order[] = {
        { OTTER_TAG_PRODUCT, sizeof SIM_PRODUCT - 1, SIM_PRODUCT },
        { OTTER_TAG_HARDWARE, sizeof SIM_HARDWARE - 1, SIM_HARDWARE },
        { OTTER_TAG_VERSION, 5, "1.2.3" },
        { OTTER_TAG_COUNTER, 4, "\7\0\0" },
        { OTTER_TAG_BOOT, 4, "\0\0\0" },
        { OTTER_TAG_TIMESTAMP, 8, "1234567" },
        { OTTER_TAG_NOTES, 3, "new" },
        { OTTER_TAG_REVOKE, 8, "1234567" },
    };
    enum { COUNT = sizeof in_order / sizeof *in_order };

    for (int a = 0; a < COUNT; a++) {
        for (int b = a; b < COUNT; b++) {
            begin();
            for (int i = 0; i < COUNT; i++) {
                int k = i == a ? b : i == b ? a : i; /* exchanged */
                put(in_order[k].tag, in_order[k].size, in_order[k].value);
                if (a == b && i == a) /* twice */
                    put(in_order[k].tag, in_order[k].size, in_order[k].value);
            }
            put_image("app", OTTER_IMAGE_STAGES);
            assert_int_equal(judge(), a == b && in_order[a].tag == OTTER_TAG_HARDWARE ? 0 : OTTER_E_FORMAT);
        }
    }
}

static void test_a_field_that_is_not_known_is_skipped_unless_it_is_critical(void **state)
{
    (void)state;
    static const uint16_t unknown[] = { 0x0001 - 1, 0x000B, 0x000C, 0x000F, 0x0011, 0x0100, 0x7FFF };

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        for (uint16_t len = 0; len < 200; len += 50) {
            struct piece p = { unknown[i], len,
                               "something that a later version knows, or another tool, and which goes "
                               "on for quite some bytes, so that its length has both of its bytes used, "
                               "or almost so, as many a note on a release may have" };
            make(0, &p);
            if (unknown[i])
                assert_int_equal(judge(), 0);
            p.tag |= OTTER_TAG_CRITICAL;
            make(0, &p);
            assert_int_equal(judge(), unknown[i] ? OTTER_E_UNSUPPORTED : OTTER_E_FORMAT);
        }
    }
}

static void test_a_known_tag_with_the_other_criticality_is_another_field(void **state)
{
    (void)state;
    struct piece p = { OTTER_TAG_BOOT & 0x7FFF, 4, "\xFF\xFF\xFF" };

    make(0, &p);
    assert_int_equal(judge(), 0);
    p.tag = OTTER_TAG_NOTES | OTTER_TAG_CRITICAL;
    make(0, &p);
    assert_int_equal(judge(), OTTER_E_UNSUPPORTED);
}

static void test_a_field_that_reaches_past_the_end_is_refused(void **state)
{
    (void)state;
    make(0, NULL);
    uint32_t whole = size;

    for (uint32_t len = OTTER_MANIFEST_FIELDS; len < whole; len++) {
        size = len;
        assert_int_equal(judge(), OTTER_E_FORMAT);
    }
    for (unsigned rest = 1; rest < 4; rest++) { /* too short for a field's own header */
        make(0, NULL);
        size += rest;
        assert_int_equal(judge(), OTTER_E_FORMAT);
    }
    static const uint16_t lengths[] = { 93, 0x100, 0x7FFF, 0x8000, 0xFFFC, 0xFFFF };
    for (size_t i = 0; i < 6; i++) {
        make(0, NULL);
        otter_put_le16(bytes + size - OTTER_IMAGE_STAGES - 2, lengths[i]);
        assert_int_equal(judge(), OTTER_E_FORMAT);
    }
}

static void test_a_manifest_is_at_most_2048_bytes(void **state)
{
    (void)state;
    make(0, NULL);
    uint32_t room = OTTER_MANIFEST_MAX - size - 4;
    struct piece p = { 0x0011, (uint16_t)room, NULL };

    make(0, &p);
    assert_int_equal(size, OTTER_MANIFEST_MAX);
    assert_int_equal(judge(), 0);
    p.size++;
    make(0, &p);
    assert_int_equal(judge(), OTTER_E_NO_PACKAGE);
}

static void test_the_size_of_a_head_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    uint8_t prefix[16] = { 'O', 'T', 'T', 'R', 1, 1 };

    for (uint32_t len = 0; len <= 0xFFFF; len++) {
        otter_put_le16(prefix + 6, (uint16_t)len);
        bool is_sound = len >= 16 && len <= 2048;
        prefix[5] = 1;
        assert_int_equal(otter_manifest_head_size(prefix), is_sound ? (int)len + 64 : OTTER_E_NO_PACKAGE);
        prefix[5] = 2;
        assert_int_equal(otter_manifest_head_size(prefix), is_sound ? (int)len + 32 : OTTER_E_NO_PACKAGE);
    }
    otter_put_le16(prefix + 6, 100);
    for (unsigned kind = 0; kind < 256; kind++) {
        prefix[5] = (uint8_t)kind;
        assert_int_equal(otter_manifest_head_size(prefix) > 0, kind == 1 || kind == 2);
    }
    prefix[5] = 1;
    for (unsigned version = 0; version < 256; version++) {
        prefix[4] = (uint8_t)version;
        assert_int_equal(otter_manifest_head_size(prefix), version == 1 ? 164 : OTTER_E_UNSUPPORTED);
    }
    prefix[0] = 'o';
    assert_int_equal(otter_manifest_head_size(prefix), 0);
}

static void test_any_one_of_several_hardware_names_will_do(void **state)
{
    (void)state;
    begin();
    put(OTTER_TAG_PRODUCT, sizeof SIM_PRODUCT - 1, SIM_PRODUCT);
    put(OTTER_TAG_HARDWARE, 5, "rev-z");
    put(OTTER_TAG_HARDWARE, 6, "rev-a2");
    put(OTTER_TAG_HARDWARE, 4, "rev-");
    uint32_t at = size;
    put(OTTER_TAG_HARDWARE, sizeof SIM_HARDWARE - 1, SIM_HARDWARE);
    put(OTTER_TAG_VERSION, 1, "1");
    put(OTTER_TAG_COUNTER, 4, "\0\0\0");
    put_image("app", OTTER_IMAGE_STAGES);
    assert_int_equal(judge(), 0);
    bytes[at + 4] ^= 1;
    assert_int_equal(judge(), OTTER_E_PRODUCT);
}

/* With a right proof: whoever has the key may still have a tool with a bug. */
static void test_random_manifests_crash_nobody(void **state)
{
    (void)state;
    uint32_t random = 1;
    int taken = 0;

    for (int i = 0; i < 3000; i++) {
        make(0, NULL);
        for (unsigned n = 1 + sim_random_below(&random, 4); n; n--)
            bytes[OTTER_MANIFEST_FIELDS + sim_random_below(&random, size - OTTER_MANIFEST_FIELDS)] =
                (uint8_t)sim_random(&random);
        int err = judge();
        assert_true(!err || otter_err_is_package(err));
        taken += !err;
    }
    assert_in_range(taken, 100, 2900);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_manifest_with_what_it_must_have_is_taken),
        TEST(test_each_required_field_must_be_there),
        TEST(test_a_field_shorter_or_longer_than_its_rule_is_refused),
        TEST(test_an_image_field_is_as_long_as_its_stages_say),
        TEST(test_stages_that_reach_past_their_field_are_refused),
        TEST(test_an_image_s_numbers_have_to_make_sense),
        TEST(test_images_go_to_partitions_that_packages_may_write_each_once),
        TEST(test_bodies_that_wrap_around_are_refused),
        TEST(test_fields_come_in_order_and_once),
        TEST(test_a_field_that_is_not_known_is_skipped_unless_it_is_critical),
        TEST(test_a_known_tag_with_the_other_criticality_is_another_field),
        TEST(test_a_field_that_reaches_past_the_end_is_refused),
        TEST(test_a_manifest_is_at_most_2048_bytes),
        TEST(test_the_size_of_a_head_is_told_by_its_first_bytes),
        TEST(test_any_one_of_several_hardware_names_will_do),
        TEST(test_random_manifests_crash_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
