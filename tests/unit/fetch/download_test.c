/*
 * Downloading a package over HTTP, and the words for what went wrong.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "fetch/download.h"
#include "tests/sim/device.h"
#include "tests/unit/fetch/script.h"

#define URL "http://10.0.2.2:8000/app.rbl"

static struct sim_device device;
static struct sim_package package;
static struct script peer;
static struct script_answer answers[2];
static struct otter_http http;
static struct otter_download download;
static uint8_t work[2048], wire[20000];
static char text[200];

static int setup(void **state)
{
    static uint8_t image[5000];

    (void)state;
    sim_device_init(&device, &sim_board_pages);
    sim_image(&device, 1, image, sizeof image);
    sim_pack(&package, &(struct sim_recipe){ .part = "app", .version = "2.0.0" }, image, sizeof image);
    memset(answers, 0, sizeof answers);
    script_init(&peer, answers, 2);
    otter_http_init(&http, &peer.transport, NULL, script_millis);
    download = (struct otter_download){
        .http = &http,
        .store = { .config = &device.config, .part = sim_part(&device, SIM_DOWNLOAD), .mem = { work, sizeof work } },
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(sim_device_violation(&device));
    assert_false(peer.open);
    script_free(&peer);
    sim_device_free(&device);
    return 0;
}

/* Downloads from a server that sends this head and so much of the package; what becomes of it is put into words. */
static int run(const char *head, size_t package_len)
{
    size_t head_len = strlen(head);

    memcpy(wire, head, head_len);
    memcpy(wire + head_len, package.bytes, package_len);
    answers[0] = (struct script_answer){ .bytes = wire, .len = head_len + package_len };
    peer.next = peer.sent_len = 0;
    int err = otter_download(&download, URL);
    otter_download_explain(&download, err, text, sizeof text);
    return err;
}

/* ... with its right length. */
static int run_package(void)
{
    char head[100];

    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", sim_package_size(&package));
    return run(head, sim_package_size(&package));
}

static bool is_untouched(void)
{
    return !device.nor.counts.erases && !device.nor.counts.progs && !device.chip.counts.erases &&
           !device.chip.counts.progs;
}

static bool has_no_package(void)
{
    struct otter_package found;

    return sim_open(&device, &found) == OTTER_E_NO_PACKAGE;
}

static void test_a_package_is_downloaded_into_its_partition(void **state)
{
    (void)state;
    assert_int_equal(run_package(), 0);
    assert_true(sim_part_holds(&device, SIM_DOWNLOAD, package.bytes, sim_package_size(&package)));
    assert_ptr_equal(strstr(peer.sent, "GET /app.rbl HTTP/1.1\r\nHost: 10.0.2.2:8000\r\n"), peer.sent);
}

static void test_a_package_may_come_in_chunks_or_without_a_length(void **state)
{
    (void)state;
    char chunked[100];
    size_t head;

    assert_int_equal(run("HTTP/1.1 200 OK\r\n\r\n", sim_package_size(&package)), 0);
    snprintf(chunked, sizeof chunked, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%X\r\n", 5096);
    head = strlen(chunked);
    memcpy(wire, chunked, head);
    memcpy(wire + head, package.bytes, 5096);
    memcpy(wire + head + 5096, "\r\n0\r\n\r\n", 7);
    answers[0] = (struct script_answer){ .bytes = wire, .len = head + 5096 + 7 };
    peer.next = 0;
    assert_int_equal(otter_download(&download, URL), 0);
    assert_true(sim_part_holds(&device, SIM_DOWNLOAD, package.bytes, 5096));
}

static void test_a_package_may_be_behind_a_redirect(void **state)
{
    (void)state;
    answers[1] = (struct script_answer){ .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" };
    assert_int_equal(run("HTTP/1.1 302 Found\r\nLocation: /v2/\r\nContent-Length: 0\r\n\r\n", 0), OTTER_E_NOT_FOUND);
    assert_string_equal(text, "the server has no such file (HTTP status 404): http://10.0.2.2:8000/v2/");
}

static void assert_status(const char *status, int err, const char *words)
{
    char head[200];

    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: 5096\r\n\r\n", status);
    assert_int_equal(run(head, 5096), err);
    assert_string_equal(text, words);
    assert_true(is_untouched());
}

static void test_a_status_that_is_no_file_says_which(void **state)
{
    (void)state;
    assert_status("404 Not Found", OTTER_E_NOT_FOUND, "the server has no such file (HTTP status 404): " URL);
    assert_status("410 Gone", OTTER_E_NOT_FOUND, "the server has no such file (HTTP status 410): " URL);
    assert_status("401 Unauthorized", OTTER_E_DENIED, "the server does not allow it (HTTP status 401): " URL);
    assert_status("403 Forbidden", OTTER_E_DENIED, "the server does not allow it (HTTP status 403): " URL);
    assert_status("500 Oops", OTTER_E_PROTOCOL, "the server answered with HTTP status 500: " URL);
    assert_status("206 Partial Content", OTTER_E_PROTOCOL, "the server answered with HTTP status 206: " URL);
    assert_status("201 Created", OTTER_E_PROTOCOL, "the server answered with HTTP status 201: " URL);
    assert_status("204 No Content", OTTER_E_PROTOCOL, "the server answered with HTTP status 204: " URL);
    assert_status("200 OK\r\nContent-Encoding: gzip", OTTER_E_PROTOCOL,
                  "the server changed the file on its way (Content-Encoding): " URL);
}

static void test_an_answer_that_makes_no_sense_says_why(void **state)
{
    (void)state;
    assert_int_equal(run("HTTP/1.1 200 OK\r\nContent-Length: 5,5\r\n\r\n", 5096), OTTER_E_PROTOCOL);
    assert_string_equal(text, "the server's Content-Length is not a number: " URL);
    assert_int_equal(run("hello", 0), OTTER_E_CLOSED);
    assert_string_equal(text, "the server closed the connection before its answer was complete: " URL);
    assert_true(is_untouched());
}

static void test_a_host_that_cannot_be_reached_is_named(void **state)
{
    (void)state;
    peer.connect_err = OTTER_E_NOT_FOUND;
    assert_int_equal(run_package(), OTTER_E_NOT_FOUND);
    assert_string_equal(text, "no such host: " URL);
    peer.connect_err = OTTER_E_TIMEOUT;
    assert_int_equal(run_package(), OTTER_E_TIMEOUT);
    assert_string_equal(text, "no answer from the server (no answer in time): " URL);
}

static void test_an_address_that_makes_no_sense_says_why(void **state)
{
    (void)state;
    int err = otter_download(&download, "ftp://h/app.rbl");

    assert_int_equal(err, OTTER_E_ARGUMENT);
    otter_download_explain(&download, err, text, sizeof text);
    assert_string_equal(text, "the address must begin with http:// or https://: ftp://h/app.rbl");
}

static void assert_header_refused(int err, const char *words)
{
    assert_int_equal(run_package(), err);
    assert_string_equal(text, words);
    assert_true(is_untouched());
}

static void test_a_header_that_is_refused_says_why(void **state)
{
    (void)state;
    uint32_t app = sim_part(&device, SIM_APP)->size, room = sim_part(&device, SIM_DOWNLOAD)->size - 96;
    char words[200];

    package.bytes[0] = 'r';
    assert_header_refused(OTTER_E_NO_PACKAGE, "not a package that this board knows, or one whose head is damaged");
    strcpy(package.header.part, "boot\x1Bloader");
    sim_seal(&package);
    assert_header_refused(OTTER_E_DESTINATION, "the package is for 'boot?loader', where this board takes none");
    strcpy(package.header.part, "app");
    package.header.compression = 4;
    sim_seal(&package);
    assert_header_refused(OTTER_E_UNSUPPORTED, "the package needs stages 0 and 0 (0: none) of 0; this board lacks one");
    package.header.compression = OTTER_RBL_QUICKLZ;
    package.header.raw_size = app;
    sim_seal(&package);
    snprintf(words, sizeof words, "the package's image of %u bytes does not fit 'app', which has %u with the trailer",
             app, app);
    assert_header_refused(OTTER_E_TOO_LARGE, words);
    package.header.body_size = room + 1;
    sim_seal_header(&package);
    snprintf(words, sizeof words, "the package of %u bytes does not fit 'download', which has %u", room + 97,
             room + 96);
    assert_header_refused(OTTER_E_TOO_LARGE, words);
    package.header.compression = 0;
    package.header.raw_size = 4000;
    sim_seal(&package);
    assert_header_refused(OTTER_E_FORMAT, "the package's head contradicts itself: image 4000 bytes, body 5000");
    static const struct otter_format *const signed_only[] = { &otter_format_otter, NULL };
    device.config.formats = signed_only;
    assert_header_refused(OTTER_E_NO_PACKAGE, "not a package that this board knows, or one whose head is damaged");
}

static void test_a_file_that_is_too_short_to_tell_its_format_says_so(void **state)
{
    (void)state;
    assert_int_equal(run("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", 12), OTTER_E_NO_PACKAGE);
    assert_string_equal(text, "not a package: it has only 12 bytes");
}

static void test_a_length_that_contradicts_the_header_says_both(void **state)
{
    (void)state;
    assert_int_equal(run("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 5000), OTTER_E_TRUNCATED);
    assert_string_equal(text, "the server has 5000 bytes, the package's head tells of 5096");
    assert_int_equal(run("HTTP/1.1 200 OK\r\nContent-Length: 5097\r\n\r\n", 5096), OTTER_E_FORMAT);
    assert_string_equal(text, "the server has 5097 bytes, the package's head tells of 5096");
    assert_true(is_untouched());
}

static void test_a_body_that_ends_early_says_where(void **state)
{
    (void)state;
    assert_int_equal(run("HTTP/1.1 200 OK\r\nContent-Length: 5096\r\n\r\n", 4000), OTTER_E_CLOSED);
    assert_string_equal(text,
                        "the server closed the connection before its answer was complete, after 4000 of 5096 bytes");
    assert_true(has_no_package());
    assert_int_equal(run("HTTP/1.1 200 OK\r\n\r\n", 4000), OTTER_E_CLOSED);
    assert_string_equal(text, "connection closed too early, after 4000 of 5096 bytes");
    assert_true(has_no_package());
}

static void test_a_body_that_goes_on_says_so(void **state)
{
    (void)state;
    assert_int_equal(run("HTTP/1.1 200 OK\r\n\r\n", 5097), OTTER_E_FORMAT);
    assert_string_equal(text, "the server sent more than the 5096 bytes of the package");
    assert_true(has_no_package());
}

static void test_a_damaged_body_says_so(void **state)
{
    (void)state;

    package.bytes[1000] ^= 1;
    assert_int_equal(run_package(), OTTER_E_CHECKSUM);
    assert_string_equal(text, "the package is damaged, within its first 5096 bytes: wrong checksum");
    assert_true(has_no_package());
}

static void test_a_flash_that_fails_says_where(void **state)
{
    (void)state;
    device.power.fault = (struct sim_cut){ 3, SIM_UNDONE };
    assert_int_equal(run_package(), OTTER_E_IO);
    assert_string_equal(text, "the flash of 'download' failed after 2048 bytes: input or output failed");
}

static int cancel(void *arg, uint32_t done, uint32_t total, uint32_t ms)
{
    (void)arg, (void)total, (void)ms;
    return done >= 2048;
}

static void test_a_download_that_was_stopped_says_where(void **state)
{
    (void)state;
    download.store.progress = cancel;
    assert_int_equal(run_package(), OTTER_E_CANCELED);
    assert_string_equal(text, "canceled, after 2048 of 5096 bytes");
    assert_true(has_no_package());
}

static void test_every_cut_of_the_answer_leaves_no_package(void **state)
{
    (void)state;
    for (size_t len = 0; len < 5096; len += len < 200 || len > 5000 ? 1 : 61) {
        int err = run("HTTP/1.1 200 OK\r\nContent-Length: 5096\r\n\r\n", len);
        assert_int_equal(err, OTTER_E_CLOSED);
        assert_true(has_no_package());
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_package_is_downloaded_into_its_partition),
        TEST(test_a_package_may_come_in_chunks_or_without_a_length),
        TEST(test_a_package_may_be_behind_a_redirect),
        TEST(test_a_status_that_is_no_file_says_which),
        TEST(test_an_answer_that_makes_no_sense_says_why),
        TEST(test_a_host_that_cannot_be_reached_is_named),
        TEST(test_an_address_that_makes_no_sense_says_why),
        TEST(test_a_header_that_is_refused_says_why),
        TEST(test_a_file_that_is_too_short_to_tell_its_format_says_so),
        TEST(test_a_length_that_contradicts_the_header_says_both),
        TEST(test_a_body_that_ends_early_says_where),
        TEST(test_a_body_that_goes_on_says_so),
        TEST(test_a_damaged_body_says_so),
        TEST(test_a_flash_that_fails_says_where),
        TEST(test_a_download_that_was_stopped_says_where),
        TEST(test_every_cut_of_the_answer_leaves_no_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
