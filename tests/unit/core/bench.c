#include "tests/sim/test.h"

#include "tests/unit/core/bench.h"

#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"

struct sim_device bench;
struct sim_package bench_package;
struct bench_recipe bench_recipe;
struct boot_app bench_app;
char bench_told[64];
int bench_err;
char bench_refused[OTTER_VERSION_MAX + 1];
enum otter_result bench_why;

static uint8_t images[2][BENCH_VERSIONS][BENCH_IMAGE_MAX];
static struct otter_update update;
static _Alignas(OTTER_MEM_ALIGN) uint8_t update_work[OTTER_UPDATE_WORK];

/* ---- what a start tells ---- */

static void tell(char what)
{
    size_t len = strlen(bench_told);

    if (len + 1 < sizeof bench_told)
        bench_told[len] = what;
}

static void refused(const struct otter_package *pkg, int err)
{
    tell('x');
    bench_err = err;
    strcpy(bench_refused, pkg->version);
}

static void begins(enum boot_work work, const char *part, const char *from, const char *to)
{
    (void)part, (void)from, (void)to;
    tell("sirf"[work]);
}

static void ends(enum boot_work work, const char *part, int err)
{
    (void)work, (void)part;
    tell('e');
    bench_err = err;
}

static void trial(unsigned left)
{
    tell('t');
    assert_true(left < BOOT_TRIALS);
}

static void rolled_back(enum otter_result why)
{
    tell('b');
    bench_why = why;
}

static void step(void *arg, uint32_t done, uint32_t total)
{
    (void)arg;
    assert_true(done <= total);
}

static int start(bool button)
{
    static const struct boot_view view = { refused, begins, { step, NULL }, ends, trial, rolled_back };

    memset(bench_told, 0, sizeof bench_told);
    memset(bench_refused, 0, sizeof bench_refused);
    bench_err = 1;
    bench_why = OTTER_RESULT_NONE;
    sim_flash_power_on(&bench.chip);
    sim_flash_power_on(&bench.nor);
    sim_device_reset_counts(&bench);
    return boot_run(&bench.config, sim_mem(&bench), &view, button, &bench_app);
}

int bench_boot(void)
{
    return start(false);
}

int bench_boot_with_button(void)
{
    return start(true);
}

/* ---- packages ---- */

const uint8_t *bench_image(int part, int version)
{
    return images[part == SIM_WIFI][version];
}

static uint32_t size_of(int part)
{
    return part == SIM_WIFI ? 5000 : bench_recipe.size;
}

void bench_start(const struct sim_board *board)
{
    sim_device_init(&bench, board);
    bench_recipe = (struct bench_recipe){ .signer = SIM_HMAC_SECOND, .size = 6000 };
    for (uint32_t v = 0; v < BENCH_VERSIONS; v++) {
        sim_image(&bench, v + 1, images[0][v], BENCH_IMAGE_MAX);
        sim_image(&bench, v + 101, images[1][v], BENCH_IMAGE_MAX);
    }
}

void bench_stop(void)
{
    assert_null(sim_device_violation(&bench));
    sim_device_free(&bench);
}

static void pack_rbl(const char *name, int part, int version)
{
    const struct sim_recipe r = {
        sim_part(&bench, part)->name, name, OTTER_RBL_FASTLZ, OTTER_RBL_FNV1A, sim_key, sim_iv
    };

    sim_pack(&bench_package, &r, bench_image(part, version), size_of(part));
}

static void pack_otter(const char *name, int version)
{
    struct sim_otter_recipe r = bench_recipe.otter;
    unsigned count = 0;

    r.version = name;
    r.counter = bench_recipe.keep_counter ? 1 : (uint32_t)version;
    r.signer = bench_recipe.signer;
    memset(r.images, 0, sizeof r.images);
    if (!bench_recipe.only_wifi)
        r.images[count++] = (struct sim_otter_image){ "app", bench_image(SIM_APP, version), size_of(SIM_APP) };
    if (bench_recipe.with_wifi || bench_recipe.only_wifi)
        r.images[count++] = (struct sim_otter_image){ "wifi_image", bench_image(SIM_WIFI, version), size_of(SIM_WIFI) };
    sim_otter_pack(&bench_package, &r);
}

void bench_pack(int version)
{
    char name[16];

    snprintf(name, sizeof name, "%d.0.0", version);
    if (bench_recipe.rbl)
        pack_rbl(name, bench_recipe.only_wifi ? SIM_WIFI : SIM_APP, version);
    else
        pack_otter(name, version);
    assert_true(sim_package_size(&bench_package) <= sim_part(&bench, SIM_DOWNLOAD)->size);
}

void bench_load(int part, int version)
{
    bench_pack(version);
    sim_device_load(&bench, part, &bench_package);
}

void bench_download(int version)
{
    bench_load(SIM_DOWNLOAD, version);
}

/* ---- what runs ---- */

bool bench_holds(int part, int version)
{
    return sim_part_holds(&bench, part, bench_image(part, version), size_of(part));
}

void bench_boots(int version)
{
    char name[16];

    snprintf(name, sizeof name, "%d.0.0", version);
    assert_int_equal(bench_boot(), 0);
    assert_string_equal(bench_app.version, name);
    assert_true(bench_holds(SIM_APP, version));
    if (bench_recipe.with_wifi)
        assert_true(bench_holds(SIM_WIFI, version));
}

struct otter_update *bench_update(void)
{
    otter_update_open(&update, &bench.config, update_work, sizeof update_work);
    return &update;
}

void bench_confirm(void)
{
    assert_int_equal(otter_confirm(bench_update()), 0);
}

void bench_install(int version)
{
    bench_download(version);
    bench_boots(version);
    assert_true(bench_app.on_trial);
    bench_confirm();
    bench_boots(version);
    assert_false(bench_app.on_trial);
    assert_int_equal(sim_device_writes(&bench), 0);
}

struct otter_record bench_record(void)
{
    struct otter_journal journal;

    otter_journal_open(&journal, sim_part(&bench, SIM_JOURNAL));
    return journal.record;
}
