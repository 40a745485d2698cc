/*
 * The log: one line a request, and nothing that a client sends can make it two, or paint the terminal.
 */
#include "tests/sim/test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/log.h"

static char line[OTTER_LOG_LINE_SIZE];

static int setup(void **state)
{
    (void)state;
    setenv("TZ", "UTC0", 1);
    tzset();
    return 0;
}

static struct otter_http_result result(const char *target, unsigned status)
{
    return (struct otter_http_result){
        .peer = "192.168.1.77",
        .method = "GET",
        .target = target,
        .note = "",
        .status = status,
        .length = 1000,
        .sent = 1000,
        .ms = 3.4,
    };
}

static void assert_line(const struct otter_http_result *r, const char *want)
{
    size_t len = otter_log_format(line, r, 784111777, false);
    assert_string_equal(line, want);
    assert_int_equal(len, strlen(want));
}

static void test_a_line_tells_who_got_what(void **state)
{
    struct otter_http_result r = result("/app.rbl", 200);
    (void)state;
    assert_line(&r, "1994-11-06 08:49:37 192.168.1.77 GET /app.rbl 200 1000 bytes 3 ms\n");
    r.note = "bytes 0-999/262144";
    r.status = 206;
    assert_line(&r, "1994-11-06 08:49:37 192.168.1.77 GET /app.rbl 206 1000 bytes 3 ms (bytes 0-999/262144)\n");
}

static void test_an_aborted_download_tells_how_far_it_came(void **state)
{
    struct otter_http_result r = result("/app.rbl", 200);
    (void)state;
    r.sent = 300;
    r.end = OTTER_HTTP_GONE;
    assert_line(&r, "1994-11-06 08:49:37 192.168.1.77 GET /app.rbl 200 300 bytes 3 ms "
                    "(aborted by the client, 300 of 1000 bytes)\n");
    r.end = OTTER_HTTP_TIMEOUT;
    r.note = "bytes 0-999/262144";
    assert_line(&r, "1994-11-06 08:49:37 192.168.1.77 GET /app.rbl 200 300 bytes 3 ms "
                    "(bytes 0-999/262144; aborted: timed out, 300 of 1000 bytes)\n");
}

static void test_a_malformed_request_has_its_line_too(void **state)
{
    struct otter_http_result r = result("", 400);
    (void)state;
    r.method = "-";
    r.length = r.sent = 0;
    r.end = OTTER_HTTP_MALFORMED;
    assert_line(&r, "1994-11-06 08:49:37 192.168.1.77 - - 400 - bytes 3 ms (malformed request)\n");
}

static void test_what_the_client_sends_is_made_harmless(void **state)
{
    struct otter_http_result r = result("/a b\r\n\x1B[2J\\\xE5\x7F", 404);
    (void)state;
    assert_line(&r,
                "1994-11-06 08:49:37 192.168.1.77 GET /a\\x20b\\x0D\\x0A\\x1B[2J\\x5C\\xE5\\x7F 404 1000 bytes 3 ms\n");
}

static void test_a_long_target_is_cut(void **state)
{
    char target[20000];
    (void)state;
    for (int c = 0; c < 2; c++) {
        memset(target, c ? '\n' : 'a', sizeof target);
        target[sizeof target - 1] = 0;
        struct otter_http_result r = result(target, 404);
        r.method = target;
        size_t len = otter_log_format(line, &r, 784111777, true);
        assert_true(len < sizeof line);
        assert_int_equal(strlen(line), len);
        assert_non_null(strstr(line, "... "));
        assert_ptr_equal(strchr(line, '\n'), line + len - 1);
    }
}

static void test_colour_tells_the_status(void **state)
{
    static const struct {
        unsigned status;
        const char *want;
    } rows[] = { { 200, "\033[32m200\033[0m" },
                 { 206, "\033[32m206\033[0m" },
                 { 304, "\033[36m304\033[0m" },
                 { 404, "\033[33m404\033[0m" },
                 { 500, "\033[31m500\033[0m" } };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct otter_http_result r = result("/", rows[i].status);
        otter_log_format(line, &r, 0, true);
        assert_non_null(strstr(line, rows[i].want));
        otter_log_format(line, &r, 0, false);
        assert_null(strchr(line, '\033'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_tells_who_got_what),
        cmocka_unit_test(test_an_aborted_download_tells_how_far_it_came),
        cmocka_unit_test(test_a_malformed_request_has_its_line_too),
        cmocka_unit_test(test_what_the_client_sends_is_made_harmless),
        cmocka_unit_test(test_a_long_target_is_cut),
        cmocka_unit_test(test_colour_tells_the_status),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
