#include "tests/sim/settings.h"

#include <string.h>

#include "core/err.h"
#include "tests/sim/random.h"

static const char *const keys[SIM_SETTINGS] = {
    "ip", "ota_url", "device_id", "x", "a.key.of.the.greatest.length.OK!", "trust:1",
};

const char *sim_setting_key(unsigned key)
{
    return keys[key];
}

struct sim_change sim_change_random(uint32_t *random, uint32_t most)
{
    struct sim_change c = { .key = sim_random_below(random, SIM_SETTINGS) };
    uint32_t dice = sim_random_below(random, 40);

    c.kind = dice == 0 ? SIM_RESET : dice < 8 ? SIM_DELETE : SIM_SET;
    c.to.is_set = c.kind == SIM_SET;
    if (!c.to.is_set)
        return c;
    c.to.len = (uint16_t)sim_random_below(random, dice % 4 ? 1 + most / 4 : 1 + most);
    if (dice % 5 == 0)
        memset(c.to.bytes, dice % 2 ? OTTER_ERASED : 0, c.to.len);
    else
        sim_random_fill(random, c.to.bytes, c.to.len);
    return c;
}

int sim_change_make(const struct sim_change *c, struct otter_kv *kv)
{
    if (c->kind == SIM_RESET)
        return otter_kv_reset(kv);
    if (c->kind == SIM_DELETE)
        return otter_kv_delete(kv, keys[c->key]);
    return otter_kv_set(kv, keys[c->key], c->to.bytes, c->to.len);
}

void sim_change_note(const struct sim_change *c, struct sim_settings *model)
{
    if (c->kind == SIM_RESET)
        *model = (struct sim_settings){ 0 };
    else
        model->each[c->key] = c->to;
}

static const char *differs(const struct sim_setting *s, const char *key, const struct otter_kv *kv)
{
    uint8_t value[OTTER_KV_VALUE_MAX];
    int len = otter_kv_get(kv, key, value, sizeof value);

    if (!s->is_set)
        return len == OTTER_E_NOT_FOUND ? NULL : "a key is there that was deleted";
    if (len < 0)
        return "a key is missing";
    return len == s->len && !memcmp(value, s->bytes, s->len) ? NULL : "a key has another value";
}

const char *sim_settings_differ(const struct sim_settings *model, const struct otter_kv *kv)
{
    struct otter_kv_item item = { 0 };
    unsigned listed = 0, set = 0, known = 0;

    for (unsigned i = 0; i < SIM_SETTINGS; i++) {
        const char *what = differs(&model->each[i], keys[i], kv);
        if (what)
            return what;
        set += model->each[i].is_set;
    }
    while (otter_kv_next(kv, &item)) {
        listed++;
        for (unsigned i = 0; i < SIM_SETTINGS; i++)
            known += model->each[i].is_set && !strcmp(item.key, keys[i]) && item.value_len == model->each[i].len;
    }
    return listed == set && known == set ? NULL : "the list of keys is another one";
}
