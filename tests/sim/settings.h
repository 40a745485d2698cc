/*
 * A model of a store of settings, and changes by chance that are made to both.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include "core/kv.h"

enum { SIM_SETTINGS = 6 };

struct sim_setting {
    bool is_set;
    uint16_t len;
    uint8_t bytes[OTTER_KV_VALUE_MAX];
};

struct sim_settings {
    struct sim_setting each[SIM_SETTINGS];
};

enum sim_change_kind { SIM_SET, SIM_DELETE, SIM_RESET };

struct sim_change {
    enum sim_change_kind kind;
    unsigned key; /* which of the settings */
    struct sim_setting to;
};

/* Its key. */
const char *sim_setting_key(unsigned key);

/* Mostly a set, of at most `most` bytes; some values are text, some zeros or look like erased flash. */
struct sim_change sim_change_random(uint32_t *random, uint32_t most);

int sim_change_make(const struct sim_change *c, struct otter_kv *kv);
void sim_change_note(const struct sim_change *c, struct sim_settings *model);

/* Whether both hold the same: NULL, or what differs. */
const char *sim_settings_differ(const struct sim_settings *model, const struct otter_kv *kv);

#endif
