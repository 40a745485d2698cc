#include "core/update.h"

#include <string.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/manifest.h"
#include "core/recovery.h"

static const struct otter_part *find(const struct otter_update *update, const char *name)
{
    return otter_part_find(update->config->parts, name);
}

static void read_status(struct otter_update *update)
{
    const struct otter_record *r = &update->journal.record;
    struct otter_installed app;
    struct otter_mem mem = update->mem;

    update->status = (struct otter_status){
        .on_trial = r->state == OTTER_STATE_TRIAL,
        .trials_left = r->trials,
        .held = r->flags & OTTER_RECORD_HELD,
        .result = r->result,
    };
    if (otter_installed_open(&app, update->config, find(update, "app"), &mem))
        return;
    memcpy(update->status.version, app.pkg.version, sizeof update->status.version);
    memcpy(update->status.id, app.pkg.id, sizeof update->status.id);
    update->status.counter = app.pkg.counter;
}

void otter_update_open(struct otter_update *update, const struct otter_config *config, void *work, size_t size)
{
    update->config = config;
    update->mem = (struct otter_mem){ work, size };
    otter_journal_open(&update->journal, find(update, "journal"));
    read_status(update);
}

/* The bits of the keys that the package revokes. It cannot revoke the key that it was signed with. */
static uint8_t revoked_by(const struct otter_package *pkg)
{
    const struct otter_key *keys = pkg->config->keys;
    struct otter_field field;
    uint8_t revoked = 0;

    if (pkg->format != &otter_format_otter || !otter_manifest_find(pkg->head, OTTER_TAG_REVOKE, 0, &field))
        return 0;
    for (unsigned k = 0; k < OTTER_KEYS_MAX && keys[k].auth; k++)
        for (uint16_t off = 0; off + OTTER_KEY_ID_SIZE <= field.size; off += OTTER_KEY_ID_SIZE)
            if (k != pkg->key && !memcmp(keys[k].id, field.value + off, OTTER_KEY_ID_SIZE))
                revoked |= (uint8_t)(1u << k);
    return revoked;
}

/* What the package on trial brings with it, from the trailer of any partition that it wrote. */
static void take_over(struct otter_update *update, struct otter_record *record)
{
    struct otter_installed installed;

    for (const struct otter_part *p = update->config->parts; p->name; p++) {
        struct otter_mem mem = update->mem;
        if (!(p->flags & OTTER_PART_INSTALL) || otter_installed_open(&installed, update->config, p, &mem) ||
            memcmp(installed.pkg.id, record->id, sizeof record->id))
            continue;
        if (record->counter < installed.pkg.counter)
            record->counter = installed.pkg.counter;
        record->revoked |= revoked_by(&installed.pkg);
    }
}

static int write(struct otter_update *update)
{
    int err = otter_journal_write(&update->journal);

    if (err)
        otter_journal_open(&update->journal, update->journal.part);
    read_status(update);
    return err;
}

int otter_confirm(struct otter_update *update)
{
    struct otter_record *record = &update->journal.record;

    if (record->state != OTTER_STATE_TRIAL)
        return 0;
    take_over(update, record);
    record->state = OTTER_STATE_IDLE;
    record->result = OTTER_RESULT_CONFIRMED;
    record->trials = 0;
    return write(update);
}

/* All that the running package wrote must be there to be put back, or one of its images would run without the others.
 */
static int check_copies(struct otter_update *update, struct otter_mem mem)
{
    const struct otter_record *record = &update->journal.record;
    uint8_t saved[OTTER_PACKAGE_ID_SIZE];
    struct otter_installed installed;

    for (const struct otter_part *p = update->config->parts; p->name; p++) {
        struct otter_mem head = update->mem;
        if (!(p->flags & OTTER_PART_INSTALL) || otter_installed_open(&installed, update->config, p, &head) ||
            memcmp(installed.pkg.id, update->status.id, sizeof saved))
            continue;
        int err = otter_recovery_check(update->config, p, record, mem, saved);
        if (err)
            return err;
        if (!memcmp(saved, update->status.id, sizeof saved))
            return OTTER_E_NOT_FOUND;
    }
    return 0;
}

int otter_rollback(struct otter_update *update, struct otter_mem mem)
{
    struct otter_record *record = &update->journal.record;
    int err = otter_recovery_check(update->config, find(update, "app"), record, mem, NULL);

    if (!err)
        err = check_copies(update, mem);
    if (err)
        return err;
    memcpy(record->id, update->status.id, sizeof record->id);
    record->state = OTTER_STATE_RESTORING;
    record->result = OTTER_RESULT_REQUESTED;
    record->group = OTTER_NO_GROUP;
    record->image = 0;
    return write(update);
}

int otter_hold(struct otter_update *update, bool hold)
{
    struct otter_record *record = &update->journal.record;

    if (hold == !!(record->flags & OTTER_RECORD_HELD))
        return 0;
    record->flags ^= OTTER_RECORD_HELD;
    return write(update);
}

const char *otter_result_text(enum otter_result result)
{
    static const char *const texts[] = {
        [OTTER_RESULT_NONE] = "no update yet",
        [OTTER_RESULT_CONFIRMED] = "confirmed",
        [OTTER_RESULT_TRIALS] = "rolled back: never confirmed",
        [OTTER_RESULT_DAMAGED] = "rolled back: damaged",
        [OTTER_RESULT_REQUESTED] = "rolled back: requested",
        [OTTER_RESULT_KEPT] = "failed, nothing to go back to",
        [OTTER_RESULT_FACTORY] = "factory image restored",
    };

    return result < sizeof texts / sizeof *texts ? texts[result] : "unknown";
}
