/*
 * Each state of the journal (core/journal.h) has a function here that carries it on until the next one, or, in IDLE and
 * TRIAL, until the application may start. A cut at any point repeats the state's function from its beginning; what is
 * done already costs it only the reading.
 */
#include "boot/boot.h"

#include <string.h>

#include "core/err.h"
#include "core/recovery.h"

struct boot {
    const struct otter_config *config;
    const struct boot_view *view;
    struct otter_mem mem;
    struct otter_journal journal;
    const struct otter_part *download, *app;
    bool tried_package, tried_recovery, tried_factory; /* in this start: nothing is tried twice */
    bool tried_again;                                  /* in this start, after the flash failed */
    bool resumed; /* the state is the one that was found at reset: its work may have been cut */
};

/* ---- the journal ---- */

enum { GO_ON = 1 }; /* what a state returns when another one follows */

static int enter(struct boot *b, enum otter_state state)
{
    struct otter_record *record = &b->journal.record;

    record->state = (uint8_t)state;
    record->group = OTTER_NO_GROUP;
    record->image = 0;
    b->resumed = false;
    int err = otter_journal_write(&b->journal);
    return err ? err : GO_ON;
}

static int end(struct boot *b, enum otter_result result)
{
    struct otter_record *record = &b->journal.record;

    record->result = (uint8_t)result;
    record->trials = 0;
    record->flags &= OTTER_RECORD_HELD;
    return enter(b, OTTER_STATE_IDLE);
}

/* One of the writes that a state consists of, numbered. */
struct step {
    struct otter_resume resume;
    struct boot *boot;
    uint8_t number;
};

static int begin_group(void *arg, uint16_t group)
{
    struct step *step = arg;
    struct otter_journal *journal = &step->boot->journal;

    journal->record.image = step->number;
    journal->record.group = group;
    return otter_journal_write(journal);
}

static void begin_step(struct step *step, struct boot *b, unsigned number)
{
    const struct otter_record *r = &b->journal.record;
    bool was_cut = b->resumed && r->image == number;

    step->resume = (struct otter_resume){ begin_group, step, was_cut ? r->group : OTTER_NO_GROUP };
    step->boot = b;
    step->number = (uint8_t)number;
}

/* ---- telling ---- */

static void say_begins(struct boot *b, enum boot_work work, const struct otter_part *part, struct otter_mem mem,
                       const char *to)
{
    struct otter_installed old;
    bool has_old = !otter_installed_open(&old, b->config, part, &mem);

    if (b->view->begins)
        b->view->begins(work, part->name, has_old ? old.pkg.version : NULL, to);
}

static int say_ends(struct boot *b, enum boot_work work, const struct otter_part *part, int err)
{
    if (b->view->ends)
        b->view->ends(work, part->name, err);
    return err;
}

/* ---- packages ---- */

/* What failed here before is still better than nothing to start. */
static int check_policy(struct boot *b, const struct otter_package *pkg, bool app_is_valid)
{
    const struct otter_record *r = &b->journal.record;

    if (app_is_valid && !memcmp(r->rejected, pkg->id, sizeof r->rejected))
        return OTTER_E_REJECTED;
    return otter_record_judge(r, pkg);
}

static bool is_installed(const struct otter_package *pkg)
{
    for (unsigned i = 0; i < pkg->image_count; i++)
        if (!otter_install_is_done(pkg, i))
            return false;
    return true;
}

static bool is_about(struct boot *b, const struct otter_package *pkg)
{
    return !memcmp(b->journal.record.id, pkg->id, sizeof pkg->id);
}

/* The package that SAVING or INSTALLING began with: still there, and, where a cut came between, still whole. */
static int reopen(struct boot *b, struct otter_package *pkg, struct otter_mem *mem)
{
    int err = otter_package_open(pkg, b->config, b->download, mem);

    if (!err && !is_about(b, pkg))
        err = OTTER_E_NO_PACKAGE;
    return err || !b->resumed ? err : otter_package_verify(pkg, *mem, (struct otter_progress){ NULL, NULL });
}

static int install_image(struct boot *b, const struct otter_package *pkg, unsigned i, struct otter_mem mem,
                         enum boot_work work)
{
    struct otter_image image;
    struct step step;
    int err = otter_package_image(pkg, i, &image);

    begin_step(&step, b, i);
    if (err || (step.resume.group == OTTER_NO_GROUP && otter_install_is_done(pkg, i)))
        return err;
    say_begins(b, work, image.dest, mem, pkg->version);
    err = otter_install_image(pkg, i, mem, &step.resume, b->view->progress);
    return say_ends(b, work, image.dest, err);
}

static int install(struct boot *b, const struct otter_package *pkg, struct otter_mem mem, enum boot_work work)
{
    int err = 0;

    for (unsigned i = 0; i < pkg->image_count && !err; i++)
        err = install_image(b, pkg, i, mem, work);
    return err;
}

/* ---- the application ---- */

static int check_app(struct boot *b, struct boot_app *app)
{
    struct otter_installed installed;
    struct otter_mem mem = b->mem;
    int err = otter_installed_open(&installed, b->config, b->app, &mem);

    if (!err)
        err = otter_installed_verify(&installed, b->app, mem);
    if (err)
        return err;
    memcpy(app->version, installed.pkg.version, sizeof app->version);
    app->timestamp = installed.pkg.timestamp;
    return 0;
}

/* ---- states: each returns GO_ON, 0 to start the application, or why there is nothing to start ---- */

static int begin_restoring(struct boot *b, enum otter_result why)
{
    b->journal.record.result = (uint8_t)why;
    return enter(b, OTTER_STATE_RESTORING);
}

/* The package in `factory`, if it may be installed. A person at the button may go back, but not to a revoked key. */
static int open_factory(struct boot *b, struct otter_package *pkg, struct otter_mem *mem)
{
    const struct otter_part *src = otter_part_find(b->config->parts, "factory");
    int err = src ? otter_package_open(pkg, b->config, src, mem) : OTTER_E_NO_PACKAGE;

    if (!err)
        err = otter_record_judge(&b->journal.record, pkg);
    if (err == OTTER_E_DOWNGRADE && b->journal.record.flags & OTTER_RECORD_BUTTON)
        err = 0;
    return err ? err : otter_package_verify(pkg, *mem, (struct otter_progress){ NULL, NULL });
}

/* Only where it can succeed: the state that it leaves is lost. */
static int begin_factory(struct boot *b, uint8_t flags)
{
    struct otter_mem mem = b->mem;
    struct otter_package pkg;
    uint8_t before = b->journal.record.flags;

    b->journal.record.flags |= flags;
    int err = open_factory(b, &pkg, &mem);
    if (!err)
        return enter(b, OTTER_STATE_FACTORY);
    b->journal.record.flags = before;
    return err;
}

/* In what order a device without a valid application is made well. Each is tried once a start. */
static int heal(struct boot *b, int why)
{
    if (!b->tried_recovery) {
        b->tried_recovery = true;
        if (!otter_recovery_check(b->config, b->app, &b->journal.record, b->mem, NULL)) {
            b->journal.record.flags |= OTTER_RECORD_HEALING;
            return begin_restoring(b, OTTER_RESULT_DAMAGED);
        }
    }
    if (!b->tried_factory && begin_factory(b, 0) == GO_ON)
        return GO_ON;
    return why;
}

/* The application, or the supply, wants no installation now. */
static bool is_held(struct boot *b)
{
    bool (*may_erase)(void) = b->config->may_erase;

    return b->journal.record.flags & OTTER_RECORD_HELD || (may_erase && !may_erase());
}

/* 0 if there is nothing to do, GO_ON if an update begins, or why the package cannot be installed. */
static int consider_package(struct boot *b, bool app_is_valid)
{
    struct otter_record *record = &b->journal.record;
    struct otter_mem mem = b->mem;
    struct otter_package pkg;
    int err = otter_package_open(&pkg, b->config, b->download, &mem);

    if (err == OTTER_E_NO_PACKAGE || (!err && is_installed(&pkg)))
        return 0;
    if (!err)
        err = check_policy(b, &pkg, app_is_valid);
    if (!err && app_is_valid && is_held(b))
        return 0;
    if (!err)
        err = otter_package_verify(&pkg, mem, (struct otter_progress){ NULL, NULL });
    if (!err) {
        if (is_about(b, &pkg) && record->result == OTTER_RESULT_CONFIRMED)
            record->flags |= OTTER_RECORD_HEALING;
        memcpy(record->id, pkg.id, sizeof record->id);
        return enter(b, OTTER_STATE_SAVING);
    }
    if (b->view->refused)
        b->view->refused(&pkg, err);
    return err;
}

static int idle(struct boot *b, struct boot_app *app)
{
    bool app_is_valid = !check_app(b, app);
    int err = b->tried_package ? 0 : consider_package(b, app_is_valid);

    b->tried_package = true;
    if (err == GO_ON)
        return err;
    if (!app_is_valid)
        return heal(b, check_app(b, app));
    /* A package that nothing can make right is deleted, but only where an application is there to fetch another. */
    if (otter_err_is_package(err))
        otter_part_erase(b->download, 0, b->download->flash->erase_size);
    return 0;
}

/* Copies what the package replaces. What is not worth keeping, or has no room, is not kept. */
static int save_all(struct boot *b, const struct otter_package *pkg, struct otter_mem mem)
{
    struct otter_image image;

    for (unsigned i = 0; i < pkg->image_count; i++) {
        struct step step;
        int err = otter_package_image(pkg, i, &image);
        begin_step(&step, b, i);
        if (!err && b->view->begins)
            b->view->begins(BOOT_SAVE, image.part, NULL, NULL);
        if (!err)
            err = otter_recovery_save(b->config, image.dest, mem, &step.resume, b->view->progress);
        if (otter_err_may_pass(err))
            return err;
    }
    return 0;
}

static int saving(struct boot *b, struct boot_app *app)
{
    struct otter_mem mem = b->mem;
    struct otter_package pkg;
    int err = reopen(b, &pkg, &mem);

    (void)app;
    if (!err)
        err = save_all(b, &pkg, mem);
    return err ? end(b, b->journal.record.result) : enter(b, OTTER_STATE_INSTALLING);
}

static int begin_trial(struct boot *b)
{
    struct otter_record *record = &b->journal.record;

    record->trials = BOOT_TRIALS;
    if (!b->journal.part || record->flags & OTTER_RECORD_HEALING)
        return end(b, record->result);
    return enter(b, OTTER_STATE_TRIAL);
}

static int installing(struct boot *b, struct boot_app *app)
{
    struct otter_mem mem = b->mem;
    struct otter_package pkg;
    int err = reopen(b, &pkg, &mem);

    (void)app;
    if (!err)
        err = install(b, &pkg, mem, BOOT_INSTALL);
    if (err == OTTER_E_SUPPLY)
        return err;
    if (otter_err_may_pass(err) && !b->tried_again) {
        b->tried_again = true;
        return GO_ON;
    }
    return err ? begin_restoring(b, OTTER_RESULT_DAMAGED) : begin_trial(b);
}

static int trial(struct boot *b, struct boot_app *app)
{
    struct otter_record *record = &b->journal.record;

    if (!record->trials)
        return begin_restoring(b, OTTER_RESULT_TRIALS);
    if (check_app(b, app))
        return begin_restoring(b, OTTER_RESULT_DAMAGED);
    record->trials--;
    int err = enter(b, OTTER_STATE_TRIAL);
    if (err < 0)
        return err;
    app->on_trial = true;
    if (b->view->trial)
        b->view->trial(record->trials);
    return 0;
}

/* A partition whose image came from the package that is given up, or that has none that is valid. */
static bool must_go_back(struct boot *b, const struct otter_part *part)
{
    struct otter_installed installed;
    struct otter_mem mem = b->mem;
    int err = otter_installed_open(&installed, b->config, part, &mem);

    return err || is_about(b, &installed.pkg) || otter_installed_verify(&installed, part, mem);
}

static int restore_part(struct boot *b, const struct otter_part *part, uint8_t number)
{
    struct step step;
    int err;

    begin_step(&step, b, number);
    if (!must_go_back(b, part))
        return 0;
    if (otter_recovery_check(b->config, part, &b->journal.record, b->mem, NULL)) {
        if (part == b->app)
            b->journal.record.result = OTTER_RESULT_KEPT;
        return 0;
    }
    say_begins(b, BOOT_RESTORE, part, b->mem, NULL);
    err = otter_recovery_restore(b->config, part, b->mem, &step.resume, b->view->progress);
    return say_ends(b, BOOT_RESTORE, part, err);
}

static int restoring(struct boot *b, struct boot_app *app)
{
    struct otter_record *record = &b->journal.record;
    uint8_t number = 0;
    int err = 0;

    (void)app;
    b->tried_recovery = true;
    for (const struct otter_part *p = b->config->parts; p->name && !err; p++)
        if (p->flags & OTTER_PART_INSTALL)
            err = restore_part(b, p, number++);
    if (err)
        return err;
    if (!(record->flags & OTTER_RECORD_HEALING))
        memcpy(record->rejected, record->id, sizeof record->rejected);
    if (b->view->rolled_back)
        b->view->rolled_back(record->result);
    return end(b, record->result);
}

static int factory(struct boot *b, struct boot_app *app)
{
    struct otter_record *record = &b->journal.record;
    struct otter_mem mem = b->mem;
    struct otter_package pkg;
    int err = open_factory(b, &pkg, &mem);

    (void)app;
    b->tried_factory = true;
    if (!err)
        err = install(b, &pkg, mem, BOOT_FACTORY);
    /* Who pressed the button does not want what waits in `download`. */
    if (!err && record->flags & OTTER_RECORD_BUTTON)
        err = otter_part_erase(b->download, 0, b->download->flash->erase_size);
    if (otter_err_may_pass(err))
        return err;
    return end(b, err ? record->result : OTTER_RESULT_FACTORY);
}

static int (*const states[])(struct boot *b, struct boot_app *app) = {
    [OTTER_STATE_IDLE] = idle,   [OTTER_STATE_SAVING] = saving,       [OTTER_STATE_INSTALLING] = installing,
    [OTTER_STATE_TRIAL] = trial, [OTTER_STATE_RESTORING] = restoring, [OTTER_STATE_FACTORY] = factory,
};

int boot_run(const struct otter_config *config, struct otter_mem mem, const struct boot_view *view, bool by_button,
             struct boot_app *app)
{
    struct boot b = {
        .config = config,
        .view = view,
        .mem = mem,
        .download = otter_part_find(config->parts, "download"),
        .app = otter_part_find(config->parts, "app"),
        .resumed = true,
    };
    int next = GO_ON;

    *app = (struct boot_app){ .on_trial = false };
    if (!b.download || !b.app)
        return OTTER_E_CONFIG;
    otter_journal_open(&b.journal, otter_part_find(config->parts, "journal"));
    if (by_button)
        begin_factory(&b, OTTER_RECORD_BUTTON);
    while (next == GO_ON) {
        uint8_t state = b.journal.record.state;
        next = state < sizeof states / sizeof *states ? states[state](&b, app) : idle(&b, app);
    }
    return next;
}
