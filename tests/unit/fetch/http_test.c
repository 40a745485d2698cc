/*
 * The HTTP client: what it sends, how it reads each kind of answer, where it follows, when it uses a connection again.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "fetch/http.h"
#include "tests/sim/source.h"
#include "tests/unit/fetch/script.h"

static struct script peer;
static struct otter_http http;
static char body[4096];
static size_t body_len;

#define PLAY(...)                                                                                                      \
    static const struct script_answer answers[] = { __VA_ARGS__ };                                                     \
    play(answers, sizeof answers / sizeof *answers)

static void play(const struct script_answer *answers, size_t count)
{
    script_init(&peer, answers, count);
    otter_http_init(&http, &peer.transport, NULL, script_millis);
}

static int teardown(void **state)
{
    (void)state;
    otter_http_close(&http);
    script_free(&peer);
    return 0;
}

static int get(const char *url)
{
    return otter_http_request(&http, &(struct otter_http_request){ .url = url });
}

static int post(const char *url)
{
    return otter_http_request(
        &http, &(struct otter_http_request){ .method = OTTER_HTTP_POST, .url = url, .body = "a=1", .body_len = 3 });
}

/* What reading to the end gave. */
static int read_body(void)
{
    int end = sim_read_to_end(&http.body, (struct sim_reader){ 100, 0 }, (uint8_t *)body, sizeof body - 1, &body_len);

    body[body_len] = 0;
    return end;
}

static void assert_body(const char *text)
{
    assert_int_equal(read_body(), 0);
    assert_string_equal(body, text);
    assert_int_equal(otter_stream_read(&http.body, body, 1), 0);
}

/* ---- requests ---- */

static void test_a_get_sends_one_plain_request(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 204 No Content\r\n\r\n" });

    assert_int_equal(get("http://example.com/a/b?c=d#e"), 0);
    assert_string_equal(peer.sent, "GET /a/b?c=d HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\n\r\n");
    assert_string_equal(peer.host, "example.com");
    assert_int_equal(peer.port, 80);
    assert_int_equal(peer.sends, 1);
}

static void test_a_port_that_is_not_the_usual_one_is_in_the_host_field(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 204 No Content\r\n\r\n" });

    assert_int_equal(get("http://10.0.2.2:8000?x"), 0);
    assert_string_equal(peer.sent, "GET /?x HTTP/1.1\r\nHost: 10.0.2.2:8000\r\nAccept-Encoding: identity\r\n\r\n");
    assert_int_equal(peer.port, 8000);
}

static void test_a_post_sends_its_body_with_its_length(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n" });

    assert_int_equal(post("http://h/x"), 0);
    assert_string_equal(peer.sent, "POST /x HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
                                   "Content-Length: 3\r\n\r\na=1");
    assert_int_equal(http.response.status, 201);
    assert_body("");
}

static void test_a_post_without_a_body_says_that_it_has_none(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });

    assert_int_equal(
        otter_http_request(&http, &(struct otter_http_request){ .method = OTTER_HTTP_POST, .url = "http://h" }), 0);
    assert_non_null(strstr(peer.sent, "\r\nContent-Length: 0\r\n\r\n"));
}

static void test_a_request_longer_than_the_buffer_arrives_whole(void **state)
{
    (void)state;
    char url[OTTER_HTTP_URL_MAX] = "http://h/", value[900] = { 0 }, data[2000], expected[4000];
    struct otter_http_field fields[] = { { "X-Long", value }, { NULL, NULL } };
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });

    memset(url + 9, 'u', sizeof url - 10);
    memset(value, 'v', sizeof value - 1);
    memset(data, 'd', sizeof data);
    assert_int_equal(otter_http_request(&http, &(struct otter_http_request){ .method = OTTER_HTTP_POST,
                                                                             .url = url,
                                                                             .fields = fields,
                                                                             .body = data,
                                                                             .body_len = sizeof data }),
                     0);
    strcpy(expected, "POST ");
    strcat(expected, url + 8);
    strcat(expected, " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\nX-Long: ");
    strcat(expected, value);
    strcat(expected, "\r\nContent-Length: 2000\r\n\r\n");
    assert_memory_equal(peer.sent, expected, strlen(expected));
    assert_int_equal(peer.sent_len, strlen(expected) + sizeof data);
    assert_memory_equal(peer.sent + strlen(expected), data, sizeof data);
}

static void test_the_callers_fields_are_sent(void **state)
{
    (void)state;
    static const struct otter_http_field fields[] = { { "Range", "bytes=100-" },
                                                      { "If-Range", "\"v1\"" },
                                                      { NULL, NULL } };
    PLAY({ .bytes = "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes 100-100/101\r\n\r\nx" });

    assert_int_equal(otter_http_request(&http, &(struct otter_http_request){ .url = "http://h/", .fields = fields }),
                     0);
    assert_non_null(strstr(peer.sent, "\r\nRange: bytes=100-\r\nIf-Range: \"v1\"\r\n\r\n"));
}

static void test_a_field_that_would_forge_a_second_line_is_not_sent(void **state)
{
    (void)state;
    static const struct otter_http_field bad[][2] = {
        { { "X", "a\r\nY: b" }, { NULL, NULL } }, { { "X", "a\nb" }, { NULL, NULL } },
        { { "X: y\r\nZ", "a" }, { NULL, NULL } }, { { "X ", "a" }, { NULL, NULL } },
        { { "", "a" }, { NULL, NULL } },
    };
    PLAY({ 0 });

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct otter_http_request r = { .url = "http://h/", .fields = bad[i] };
        assert_int_equal(otter_http_request(&http, &r), OTTER_E_ARGUMENT);
        assert_string_equal(http.why, "a header field to be sent is not one line");
    }
    assert_int_equal(peer.connects, 0);
}

static void test_an_address_that_makes_no_sense_is_not_connected_to(void **state)
{
    (void)state;
    char url[OTTER_HTTP_URL_MAX + 1] = "http://h/";
    PLAY({ 0 });

    assert_int_equal(get("http://h:99999/"), OTTER_E_ARGUMENT);
    assert_string_equal(http.why, "the port must be a number from 1 to 65535");
    assert_int_equal(get("https://h/"), OTTER_E_DENIED);
    assert_string_equal(http.why, "this firmware has no TLS for https");
    memset(url + 9, 'a', sizeof url - 10);
    assert_int_equal(get(url), OTTER_E_RANGE);
    assert_int_equal(peer.connects, 0);
}

/* ---- bodies ---- */

static void test_a_body_with_a_length_ends_there(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.status, 200);
    assert_int_equal(http.response.length, 5);
    assert_false(http.response.until_close);
    assert_body("hello");
}

static void test_chunks_are_joined(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
                    "5\r\nhello\r\n1;ext=\"v;w\"\r\n,\r\n00a  ; x\r\n\r\nchunked.\r\n0\r\n\r\n" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.length, OTTER_HTTP_UNKNOWN);
    assert_body("hello,\r\nchunked.");
}

static void test_trailers_are_passed_over(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n0;last\r\nContent-Length: 999\r\nX: y\r\n z\r\n\r\n",
           .stays = true },
         { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ndef", .stays = true });

    assert_int_equal(get("http://h/"), 0);
    assert_body("abc");
    assert_int_equal(get("http://h/"), 0);
    assert_body("def");
    assert_int_equal(peer.connects, 1);
}

static void test_a_body_without_a_length_ends_with_the_connection(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.length, OTTER_HTTP_UNKNOWN);
    assert_true(http.response.until_close);
    assert_body("to the end");
    assert_false(peer.open);
}

static void test_some_answers_have_no_body_whatever_they_say(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", .stays = true },
         { .bytes = "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"e\"\r\n\r\n", .stays = true },
         { .bytes = "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", .stays = true });

    assert_int_equal(get("http://h/"), 0);
    assert_body("");
    assert_int_equal(get("http://h/"), 0);
    assert_string_equal(http.response.etag, "\"e\"");
    assert_body("");
    assert_int_equal(get("http://h/"), 0);
    assert_body("");
}

static void test_a_head_request_tells_the_length_and_has_no_body(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nAccept-Ranges: bytes\r\n\r\n", .stays = true });

    assert_int_equal(
        otter_http_request(&http, &(struct otter_http_request){ .method = OTTER_HTTP_HEAD, .url = "http://h/" }), 0);
    assert_memory_equal(peer.sent, "HEAD / HTTP/1.1\r\n", 17);
    assert_int_equal(http.response.length, 1234);
    assert_true(http.response.accepts_ranges);
    assert_body("");
}

static void test_interim_answers_are_passed_over(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 100 Continue\r\nETag: \"no\"\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.status, 200);
    assert_string_equal(http.response.etag, "");
    assert_body("ok");
}

static void test_a_switch_of_protocols_is_refused(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" });

    assert_int_equal(get("http://h/"), OTTER_E_PROTOCOL);
}

/* ---- fields ---- */

static void test_fields_are_kept_whatever_their_case_and_space(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 503 Busy\r\ncontent-LENGTH: \t 2 \t\r\nETAG:W/\"abc\"\r\n"
                    "last-modified: Wed, 21 Oct 2015 07:28:00 GMT\r\nContent-Type: application/json\r\n"
                    "Retry-After: 120\r\naccept-ranges: Bytes\r\nX-Empty:\r\n\r\n{}" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.status, 503);
    assert_int_equal(http.response.length, 2);
    assert_string_equal(http.response.etag, "W/\"abc\"");
    assert_string_equal(http.response.last_modified, "Wed, 21 Oct 2015 07:28:00 GMT");
    assert_string_equal(http.response.content_type, "application/json");
    assert_int_equal(http.response.retry_after, 120);
    assert_true(http.response.accepts_ranges);
    assert_false(http.response.encoded);
    assert_body("{}");
}

static void test_what_is_missing_is_empty(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200\r\n\r\n" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.length, OTTER_HTTP_UNKNOWN);
    assert_int_equal(http.response.range_first, OTTER_HTTP_UNKNOWN);
    assert_int_equal(http.response.range_total, OTTER_HTTP_UNKNOWN);
    assert_int_equal(http.response.retry_after, 0);
    assert_string_equal(http.response.etag, "");
    assert_false(http.response.accepts_ranges);
}

static void test_a_text_too_long_for_its_field_is_left_out_not_cut(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"0123456789012345678901234567890123456789"
                    "01234567890123456789012345678901234567890123456789\"\r\n\r\n" });

    assert_int_equal(get("http://h/"), 0);
    assert_string_equal(http.response.etag, "");
}

static void test_a_retry_date_is_not_taken_for_seconds(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 21 Oct 2015\r\n\r\n" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.retry_after, 0);
}

static void assert_range(const char *field, int status, uint32_t first, uint32_t last, uint32_t total)
{
    char text[200] = "HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\nContent-Range: ";
    struct script_answer answer = { .bytes = text };

    memcpy(text + 9, status == 206 ? "206" : status == 416 ? "416" : "200", 3);
    strcat(text, field);
    strcat(text, "\r\n\r\n");
    play(&answer, 1);
    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.range_first, first);
    assert_int_equal(http.response.range_last, last);
    assert_int_equal(http.response.range_total, total);
    script_free(&peer);
}

static void test_a_range_is_taken_apart(void **state)
{
    (void)state;
    const uint32_t none = OTTER_HTTP_UNKNOWN;

    assert_range("bytes 0-0/1", 206, 0, 0, 1);
    assert_range("Bytes 100-199/1234", 206, 100, 199, 1234);
    assert_range("bytes 100-199/*", 206, 100, 199, none);
    assert_range("bytes */1234", 416, none, none, 1234);
    assert_range("lines 1-2/3", 206, none, none, none);
    assert_range("bytes 5-4/nonsense", 200, none, none, none);
    PLAY({ 0 });
}

struct fields {
    char text[400];
};

static void collect(void *arg, const char *name, const char *value)
{
    struct fields *f = arg;

    strcat(f->text, name);
    strcat(f->text, "=");
    strcat(f->text, value);
    strcat(f->text, "|");
}

static void test_the_caller_hears_of_every_field(void **state)
{
    (void)state;
    struct fields f = { "" };
    PLAY({ .bytes = "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Mine:  a b \r\nX-Folded: c\r\n\td\r\n  e\r\n\r\n" });

    assert_int_equal(
        otter_http_request(&http, &(struct otter_http_request){ .url = "http://h/", .on_field = collect, .arg = &f }),
        0);
    assert_string_equal(f.text, "Content-Length=0|X-Mine=a b|X-Folded=c  \td    e|");
}

static void test_a_folded_field_means_what_it_would_in_one_line(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\nX: y\r\n Content-Length: 99\r\n\r\n"
                    "2\r\n  \r\n0\r\n\r\n" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.length, OTTER_HTTP_UNKNOWN);
    assert_body("  ");
}

static void test_an_encoding_that_was_not_asked_for_is_told(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Encoding: gzip\r\n\r\n" });

    assert_int_equal(get("http://h/"), 0);
    assert_true(http.response.encoded);
}

/* ---- redirects ---- */

static void test_a_redirect_is_followed_from_where_it_stands(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 302 Found\r\nLocation: ../new/app.rbl?x=1#y\r\nContent-Length: 4\r\n\r\ngone" },
         { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });

    assert_int_equal(get("http://h:81/old/app.rbl"), 0);
    assert_non_null(strstr(peer.sent, "GET /new/app.rbl?x=1 HTTP/1.1\r\nHost: h:81\r\n"));
    assert_string_equal(http.url, "http://h:81/new/app.rbl?x=1#y");
    assert_body("ok");
}

static void test_a_redirect_may_lead_to_another_host(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 301 Moved\r\nLocation: http://other:82/x\r\nContent-Length: 0\r\n\r\n", .stays = true },
         { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });

    assert_int_equal(get("http://h/"), 0);
    assert_string_equal(peer.host, "other");
    assert_int_equal(peer.port, 82);
    assert_int_equal(peer.connects, 2);
    assert_body("ok");
}

static void test_a_redirect_without_a_place_is_an_answer(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhm" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.status, 302);
    assert_body("hm");
}

static void test_a_location_in_another_answer_leads_nowhere(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nhm" });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(http.response.status, 201);
    assert_string_equal(http.url, "http://h/");
}

#define AROUND                                                                                                         \
    {                                                                                                                  \
        .bytes = "HTTP/1.1 307 Again\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", .stays = true                      \
    }

static void test_redirects_end_at_the_limit(void **state)
{
    (void)state;
    struct otter_http_request r = { .url = "http://h/" };
    PLAY(AROUND, AROUND, AROUND, AROUND, AROUND, AROUND, AROUND, AROUND, AROUND);

    assert_int_equal(otter_http_request(&http, &r), OTTER_E_PROTOCOL);
    assert_string_equal(http.why, "the server redirects too often");
    assert_int_equal(peer.requests, 1 + OTTER_HTTP_REDIRECTS);
    r.redirects = 1;
    assert_int_equal(otter_http_request(&http, &r), OTTER_E_PROTOCOL);
    assert_int_equal(peer.requests, 1 + OTTER_HTTP_REDIRECTS + 2);
    r.redirects = -1;
    assert_int_equal(otter_http_request(&http, &r), OTTER_E_PROTOCOL);
    assert_int_equal(peer.requests, 1 + OTTER_HTTP_REDIRECTS + 3);
    assert_false(peer.open);
}

static void test_a_redirect_that_makes_no_sense_says_why(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 302 Found\r\nLocation: ftp://h/\r\nContent-Length: 0\r\n\r\n" },
         { .bytes = "HTTP/1.1 302 Found\r\nLocation: https://h/\r\nContent-Length: 0\r\n\r\n" },
         { .bytes = "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" });

    assert_int_equal(get("http://h/"), OTTER_E_ARGUMENT);
    assert_string_equal(http.why, "the address must begin with http:// or https://");
    assert_int_equal(get("http://h/"), OTTER_E_DENIED);
    assert_string_equal(http.why, "this firmware has no TLS for https");
    assert_int_equal(get("http://h/"), OTTER_E_PROTOCOL);
    assert_string_equal(http.why, "the server sent a header twice that may come once");
    assert_int_equal(peer.connects, 3);
}

static void test_a_redirect_never_leaves_tls(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 302 Found\r\nLocation: http://h/\r\nContent-Length: 0\r\n\r\n" });

    http.tls = &peer.transport;
    assert_int_equal(get("https://h/"), OTTER_E_DENIED);
    assert_string_equal(http.why, "the server redirects from https to http");
    assert_int_equal(peer.port, 443);
    assert_int_equal(peer.requests, 1);
}

static void assert_method_after(int status, const char *second, bool with_body)
{
    char text[] = "HTTP/1.1 000 Moved\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n";
    struct script_answer answers[] = { { .bytes = text }, { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" } };
    static const struct otter_http_field fields[] = { { "Content-Type", "text/plain" },
                                                      { "X-Kept", "1" },
                                                      { NULL, NULL } };

    text[9] = '3';
    text[10] = '0';
    text[11] = (char)('0' + status % 10);
    play(answers, 2);
    assert_int_equal(otter_http_request(&http, &(struct otter_http_request){ .method = OTTER_HTTP_POST,
                                                                             .url = "http://h/",
                                                                             .fields = fields,
                                                                             .body = "a=1",
                                                                             .body_len = 3 }),
                     0);
    const char *again = strstr(peer.sent, "a=1") + 3;
    assert_memory_equal(again, second, strlen(second));
    assert_non_null(strstr(again, "X-Kept: 1\r\n"));
    assert_int_equal(strstr(again, "a=1") != NULL, with_body);
    assert_int_equal(strstr(again, "Content-") != NULL, with_body);
    script_free(&peer);
}

static void test_a_post_becomes_a_get_where_the_web_says_so(void **state)
{
    (void)state;
    assert_method_after(301, "GET /to ", false);
    assert_method_after(302, "GET /to ", false);
    assert_method_after(303, "GET /to ", false);
    assert_method_after(307, "POST /to ", true);
    assert_method_after(308, "POST /to ", true);
    PLAY({ 0 });
}

static void test_secrets_are_not_sent_to_another_host(void **state)
{
    (void)state;
    static const struct otter_http_field fields[] = {
        { "authorization", "Bearer t" }, { "Cookie", "c" }, { "X-Kept", "1" }, { NULL, NULL }
    };
    PLAY({ .bytes = "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" },
         { .bytes = "HTTP/1.1 302 Found\r\nLocation: //other/\r\nContent-Length: 0\r\n\r\n" },
         { .bytes = "HTTP/1.1 302 Found\r\nLocation: http://h/\r\nContent-Length: 0\r\n\r\n" },
         { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });

    assert_int_equal(otter_http_request(&http, &(struct otter_http_request){ .url = "http://h/a", .fields = fields }),
                     0);
    const char *second = strstr(peer.sent, "GET /b ");
    const char *third = strstr(peer.sent, "Host: other");
    assert_non_null(strstr(second, "Bearer t"));
    assert_non_null(strstr(third, "X-Kept: 1"));
    assert_null(strstr(third, "Bearer"));
    assert_null(strstr(third, "Cookie"));
}

/* ---- connections ---- */

#define OK_STAYS                                                                                                       \
    {                                                                                                                  \
        .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", .stays = true                                       \
    }

static void test_a_connection_is_used_again_for_the_same_host(void **state)
{
    (void)state;
    PLAY(OK_STAYS, OK_STAYS, OK_STAYS);

    assert_int_equal(get("http://h/a"), 0);
    assert_body("ok");
    assert_int_equal(get("http://H:80/b"), 0);
    assert_body("ok");
    assert_int_equal(peer.connects, 2); /* the same host, but spelt in another way */
    assert_int_equal(get("http://H:80/c"), 0);
    assert_body("ok");
    assert_int_equal(peer.connects, 2);
}

static void test_a_connection_is_not_used_again_when_it_should_not(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok", .stays = true },
         { .bytes = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", .stays = true },
         { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nforged", .stays = true },
         { .bytes = "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", .stays = true }, OK_STAYS, OK_STAYS,
         OK_STAYS);

    for (unsigned n = 1; n <= 5; n++) {
        assert_int_equal(get("http://h/"), 0);
        assert_body(n == 4 ? "" : "ok");
        assert_int_equal(peer.connects, n);
    }
    assert_int_equal(get("http://h/"), 0); /* used again, but this body is not read to its end */
    assert_int_equal(peer.connects, 5);
    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(peer.connects, 6);
}

static void test_a_request_is_repeated_if_the_idle_connection_had_ended(void **state)
{
    (void)state;
    PLAY(OK_STAYS, OK_STAYS);

    assert_int_equal(get("http://h/"), 0);
    assert_body("ok");
    peer.went = true;
    assert_int_equal(get("http://h/"), 0);
    assert_body("ok");
    assert_int_equal(peer.connects, 2);
}

static void test_a_post_is_never_repeated(void **state)
{
    (void)state;
    PLAY(OK_STAYS, OK_STAYS);

    assert_int_equal(get("http://h/"), 0);
    assert_body("ok");
    peer.went = true;
    assert_int_equal(post("http://h/"), OTTER_E_CLOSED);
    assert_int_equal(peer.connects, 1);
}

static void test_a_session_works_again_after_any_error(void **state)
{
    (void)state;
    PLAY({ .bytes = "SSH-2.0-OpenSSH_9.2\r\n" }, OK_STAYS);

    peer.connect_err = OTTER_E_NOT_FOUND;
    assert_int_equal(get("http://h/"), OTTER_E_NOT_FOUND);
    assert_null(http.why);
    peer.connect_err = 0;
    peer.send_err = OTTER_E_TIMEOUT;
    assert_int_equal(get("http://h/"), OTTER_E_TIMEOUT);
    peer.send_err = 0;
    assert_int_equal(get("http://h/"), OTTER_E_PROTOCOL);
    assert_string_equal(http.why, "the server does not answer in HTTP/1");
    assert_int_equal(otter_stream_read(&http.body, body, 1), OTTER_E_PROTOCOL);
    assert_int_equal(get("http://h/"), 0);
    assert_body("ok");
}

static void test_a_closed_session_does_not_pretend_that_the_body_ended(void **state)
{
    (void)state;
    PLAY(OK_STAYS);

    assert_int_equal(get("http://h/"), 0);
    otter_http_close(&http);
    otter_http_close(&http);
    assert_int_equal(peer.closes, 1);
    assert_int_equal(otter_stream_read(&http.body, body, 1), OTTER_E_CLOSED);
}

static void test_the_transports_error_reaches_the_caller(void **state)
{
    (void)state;
    PLAY({ .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok", .err = OTTER_E_TIMEOUT });

    assert_int_equal(get("http://h/"), 0);
    assert_int_equal(read_body(), OTTER_E_TIMEOUT);
    assert_string_equal(body, "ok");
    assert_int_equal(otter_stream_read(&http.body, body, 1), OTTER_E_TIMEOUT);
    assert_false(peer.open);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_get_sends_one_plain_request),
        TEST(test_a_port_that_is_not_the_usual_one_is_in_the_host_field),
        TEST(test_a_post_sends_its_body_with_its_length),
        TEST(test_a_post_without_a_body_says_that_it_has_none),
        TEST(test_a_request_longer_than_the_buffer_arrives_whole),
        TEST(test_the_callers_fields_are_sent),
        TEST(test_a_field_that_would_forge_a_second_line_is_not_sent),
        TEST(test_an_address_that_makes_no_sense_is_not_connected_to),
        TEST(test_a_body_with_a_length_ends_there),
        TEST(test_chunks_are_joined),
        TEST(test_trailers_are_passed_over),
        TEST(test_a_body_without_a_length_ends_with_the_connection),
        TEST(test_some_answers_have_no_body_whatever_they_say),
        TEST(test_a_head_request_tells_the_length_and_has_no_body),
        TEST(test_interim_answers_are_passed_over),
        TEST(test_a_switch_of_protocols_is_refused),
        TEST(test_fields_are_kept_whatever_their_case_and_space),
        TEST(test_what_is_missing_is_empty),
        TEST(test_a_text_too_long_for_its_field_is_left_out_not_cut),
        TEST(test_a_retry_date_is_not_taken_for_seconds),
        TEST(test_a_range_is_taken_apart),
        TEST(test_the_caller_hears_of_every_field),
        TEST(test_a_folded_field_means_what_it_would_in_one_line),
        TEST(test_an_encoding_that_was_not_asked_for_is_told),
        TEST(test_a_redirect_is_followed_from_where_it_stands),
        TEST(test_a_redirect_may_lead_to_another_host),
        TEST(test_a_redirect_without_a_place_is_an_answer),
        TEST(test_a_location_in_another_answer_leads_nowhere),
        TEST(test_redirects_end_at_the_limit),
        TEST(test_a_redirect_that_makes_no_sense_says_why),
        TEST(test_a_redirect_never_leaves_tls),
        TEST(test_a_post_becomes_a_get_where_the_web_says_so),
        TEST(test_secrets_are_not_sent_to_another_host),
        TEST(test_a_connection_is_used_again_for_the_same_host),
        TEST(test_a_connection_is_not_used_again_when_it_should_not),
        TEST(test_a_request_is_repeated_if_the_idle_connection_had_ended),
        TEST(test_a_post_is_never_repeated),
        TEST(test_a_session_works_again_after_any_error),
        TEST(test_a_closed_session_does_not_pretend_that_the_body_ended),
        TEST(test_the_transports_error_reaches_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
