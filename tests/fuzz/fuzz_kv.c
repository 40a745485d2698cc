/*
 * Any flash content as a store of settings: it opens, as an empty store or a consistent one, and can be written or says
 * why not; what is written is there.
 *
 *     fixes | content of flash ...
 *
 * Random bytes do not get past checksums, so the harness makes those right that `fixes` names.
 */
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/kv.h"
#include "tests/fuzz/target.h"
#include "tests/sim/flash.h"

enum { BLOCK = 1024, BLOCKS = 4, GRAIN = 16, FIX_BLOCKS = 1, FIX_RECORDS = 2, FIX_BODIES = 4, SMALL_SEQUENCES = 8 };

static struct sim_power power;
static struct sim_flash sim;
static struct otter_part part;
static uint8_t content[BLOCK * BLOCKS];

static void init(void)
{
    static const struct sim_geometry geometry = { BLOCK * BLOCKS, BLOCK, 8, false };

    sim_power_init(&power, 1);
    sim_flash_init(&sim, "flash", 0, &geometry, &power);
    part = (struct otter_part){ "easyflash", &sim.flash, 0, sizeof content, 0 };
}

/* docs/SPEC.md, Settings. */
static void fix_record(uint8_t *block, uint32_t at, unsigned fixes)
{
    uint8_t *r = block + at, bound[20];
    uint32_t body = (uint32_t)r[1] + otter_le16(r + 2);

    if (fixes & FIX_BODIES && body <= BLOCK - at - GRAIN) {
        otter_put_le32(r + 8, otter_hash32_of(&otter_crc32, r + GRAIN, body));
        otter_put_le16(r + 4, (uint16_t)otter_hash32_of(&otter_crc32, r + GRAIN, r[1]));
    }
    memcpy(bound, block + 4, 4);
    otter_put_le32(bound + 4, at);
    memcpy(bound + 8, r, 12);
    otter_put_le32(r + 12, otter_hash32_of(&otter_crc32, bound, sizeof bound));
}

static void fix(uint8_t *block, unsigned fixes)
{
    if (fixes & FIX_BLOCKS) {
        memcpy(block, "OKV1", 4);
        if (fixes & SMALL_SEQUENCES) {
            otter_put_le32(block + 4, block[4] % 16u + 1);
            otter_put_le32(block + 8, block[8] % 16u + 1);
        }
        otter_put_le32(block + 12, otter_hash32_of(&otter_crc32, block, 12));
    }
    for (uint32_t at = GRAIN; fixes & FIX_RECORDS && at + GRAIN <= BLOCK; at += GRAIN)
        if (block[at] >= 1 && block[at] <= 3)
            fix_record(block, at, fixes);
}

/* How many keys there are; each has to have the value that it is listed with. */
static unsigned check_list(const struct otter_kv *kv)
{
    struct otter_kv_item item = { 0 };
    static uint8_t value[OTTER_KV_VALUE_MAX];
    unsigned count = 0;

    for (; otter_kv_next(kv, &item); count++) {
        must(item.key[0] && strlen(item.key) <= OTTER_KV_KEY_MAX, "a key is a key");
        must(otter_kv_get(kv, item.key, value, sizeof value) == (int)item.value_len, "what is listed is there");
        must(count < sizeof content / GRAIN, "the list ends");
    }
    return count;
}

static void check_set(struct otter_kv *kv, const char *value)
{
    char back[8];
    unsigned before = check_list(kv);
    bool is_new = otter_kv_get(kv, "fuzz", back, sizeof back) == OTTER_E_NOT_FOUND;
    int err = otter_kv_set(kv, "fuzz", value, strlen(value));

    must(!err || err == OTTER_E_FULL || err == OTTER_E_IO, "a setting is set, or there is no room");
    if (err)
        return;
    must(otter_kv_open(kv, &part) == 0, "the store opens again");
    must(otter_kv_get(kv, "fuzz", back, sizeof back) == (int)strlen(value) && !memcmp(back, value, strlen(value)),
         "what was set is there");
    must(check_list(kv) == before + is_new, "no other key came or went");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct otter_kv kv;

    if (!part.name)
        init();
    if (size < 1 || size - 1 > sizeof content)
        return 0;
    memset(content, OTTER_ERASED, sizeof content);
    memcpy(content, data + 1, size - 1);
    for (int i = 0; i < BLOCKS; i++)
        fix(content + i * BLOCK, data[0]);
    sim_flash_load(&sim, 0, content, sizeof content);

    must(otter_kv_open(&kv, &part) == 0, "any content opens");
    unsigned count = check_list(&kv);
    must(otter_kv_open(&kv, &part) == 0 && check_list(&kv) == count, "it opens the same again");
    must(!memcmp(sim.bytes, content, sizeof content), "opening writes nothing");
    check_set(&kv, "a");
    check_set(&kv, "bcd");
    must(otter_kv_delete(&kv, "fuzz") <= 0, "deleting ends");
    if (!otter_kv_reset(&kv))
        must(check_list(&kv) == 0, "nothing is left after a reset");
    return 0;
}
