/*
 * The command `http_ota`: fetches a package and lets the bootloader install it.
 */
#include <inttypes.h>

#include "app/commands.h"
#include "app/https.h"
#include "app/keys.h"
#include "app/memory.h"
#include "app/settings.h"
#include "app/version.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "fetch/download.h"
#include "fetch/net.h"

enum {
    ADDRESS_SECONDS = 15,
    REDRAW_MS = 1000,
    REASON_SIZE = 200,
};

static struct otter_http http;
_Alignas(OTTER_MEM_ALIGN) uint8_t app_memory[APP_MEMORY_SIZE];

/* ---- the progress line ---- */

struct view {
    const struct otter_download *download;
    bool begun;
    uint32_t percent, ms; /* as drawn last */
};

static void begin(struct view *view)
{
    const struct otter_store *store = &view->download->store;
    const struct otter_package *package = &store->package;
    view->begun = true;
    if (store->promised != OTTER_STORE_UNKNOWN)
        console_print("http file_size:%" PRIu32 "\n", store->promised);
    console_print("OTA file size is (%" PRIu32 ")\n", store->total);
    console_print("OTA firmware(%s) %s, timestamp %" PRIu32 "\n", store->image.part, package->version,
                  package->timestamp);
}

/* The fields have a width, so that a line covers the one before. */
static void draw(uint32_t percent, uint32_t done, uint32_t total, uint32_t ms)
{
    uint32_t rate = (uint32_t)((uint64_t)done * 1000 / (ms ? ms : 1)); /* bytes a second */
    console_print("\rDownload: ");
    console_bar(percent);
    console_print(" %7" PRIu32 " bytes %5" PRIu32 " KB/s %4" PRIu32 " s left ", done, rate / 1024,
                  (total - done + rate) / (rate + 1));
    if (done == total)
        console_print("\n");
}

static int show_progress(void *arg, uint32_t done, uint32_t total, uint32_t ms)
{
    struct view *view = arg;
    uint32_t percent = (uint32_t)((uint64_t)done * 100 / total);
    if (!view->begun)
        begin(view);
    else if (percent == view->percent && ms - view->ms < REDRAW_MS)
        return !keys_wait(0);
    view->percent = percent;
    view->ms = ms;
    draw(percent, done, total, ms);
    return !keys_wait(0);
}

/* ---- the download ---- */

static int wait_for_address(void)
{
    int err = otter_net_wait(0);
    if (err)
        console_print("Waiting for a network address...\n");
    for (int seconds = 0; err == OTTER_E_TIMEOUT && seconds < ADDRESS_SECONDS; seconds++) {
        err = otter_net_wait(1000);
        if (!keys_wait(0))
            return OTTER_E_CANCELED;
    }
    return err;
}

static int fetch(struct otter_download *download, const char *url)
{
    struct view view = { .download = download };
    download->store.arg = &view;
    otter_http_init(&http, otter_net_tcp(), https_transport(), board_millis);
    int err = otter_download(download, url);
    if (err && !http.why)
        http.why = https_why();
    if (err && view.begun)
        console_print("\n");
    return err;
}

static void print_failure(const char *reason, int err)
{
    console_print("Download failed: %s (%d).\n", reason, err);
    console_print("Firmware %s goes on running.\n", app_version);
}

/* Returns only where the download fails. */
static void update(const char *url)
{
    char reason[REASON_SIZE];
    const struct otter_part *part = otter_part_find(board_config.parts, "download");
    struct otter_download download = { .http = &http,
                                       .on_field = https_on_field,
                                       .arg = &http,
                                       .store = { .config = &board_config,
                                                  .part = part,
                                                  .mem = { app_memory, sizeof app_memory },
                                                  .progress = show_progress } };
    int err = part ? wait_for_address() : OTTER_E_CONFIG;
    if (err) {
        print_failure(otter_strerror(err), err);
        return;
    }
    err = fetch(&download, url);
    if (err) {
        otter_download_explain(&download, err, reason, sizeof reason);
        print_failure(reason, err);
        return;
    }
    console_print("Download firmware to flash success.\n");
    console_print("System now will restart...\n");
    board_reset();
}

static void http_ota(int argc, char **argv)
{
    if (argc > 2) {
        console_print("Usage: http_ota [url]\n");
        return;
    }
    char configured[OTTER_HTTP_URL_MAX];
    const char *url = argv[1];
    if (argc < 2) {
        url = settings_text("ota_url", configured, sizeof configured) ? configured : app_url;
        console_print("using uri: %s\n", url);
    }
    update(url);
}

const struct shell_command update_commands[] = {
    { "http_ota", "Update the firmware over HTTP or HTTPS: http_ota [url]", http_ota },
    { NULL, NULL, NULL },
};
