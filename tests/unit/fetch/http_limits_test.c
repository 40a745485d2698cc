/*
 * What a hostile or broken server may send, and what it gets for it: an error that names the fault, in bounded memory
 * and time.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "fetch/http.h"
#include "tests/sim/source.h"
#include "tests/unit/fetch/script.h"

static struct script peer;
static struct otter_http http;
static uint8_t body[1 << 16];
static size_t body_len;

/* Asks a peer that answers so: the first error of head or body. */
static int ask(const char *text, size_t len)
{
    struct script_answer answer = { .bytes = text, .len = len };

    script_init(&peer, &answer, 1);
    otter_http_init(&http, &peer.transport, NULL, script_millis);
    int err = otter_http_request(&http, &(struct otter_http_request){ .url = "http://h/" });
    if (!err)
        err = sim_read_to_end(&http.body, (struct sim_reader){ 1000, 0 }, body, sizeof body, &body_len);
    if (err)
        assert_false(peer.open);
    otter_http_close(&http);
    script_free(&peer);
    return err;
}

static void assert_refused(const char *text, int err, const char *why)
{
    assert_int_equal(ask(text, 0), err);
    assert_non_null(http.why);
    assert_string_equal(http.why, why);
}

/* An answer with that one header line. */
static void assert_field_refused(const char *field, int err, const char *why)
{
    char text[1000];

    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n\r\nhello", field);
    assert_refused(text, err, why);
}

static void test_only_http_1_is_understood(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1. 200 OK\r\n\r\n",
        "HTTP/1.10 200 OK\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "220 mail.example.com ESMTP\r\n",
        "ICY 200 OK\r\n\r\n",
        "<html>\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(bad[i], OTTER_E_PROTOCOL, "the server does not answer in HTTP/1");
}

static void test_a_status_has_three_digits(void **state)
{
    (void)state;
    static const char *const bad[] = { "",    "2",   "20",   "2000", "20x", "-20",   "+20",   "099",
                                       "600", "999", " 200", "0200", "2 0", "0x200", "200OK", "\xC2\xB2" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[80];
        snprintf(text, sizeof text, "HTTP/1.1 %s\r\n\r\n", bad[i]);
        assert_refused(text, OTTER_E_PROTOCOL, "the server's status line has no status");
    }
}

static void test_a_length_is_one_number(void **state)
{
    (void)state;
    static const char *const bad[] = { "",        "x",        "-1",   "+5",   "0x5",   "5,5", "5, 5",
                                       "5 5",     "5;",       "5.0",  "5e0",  "\"5\"", "5x",  "five",
                                       "5\r\n 6", "5\r\n ,5", " - 5", "5\t6", "1 ,",   "٥" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char field[80];
        snprintf(field, sizeof field, "Content-Length: %s", bad[i]);
        assert_field_refused(field, OTTER_E_PROTOCOL, "the server's Content-Length is not a number");
    }
}

static void test_a_length_that_overflows_is_refused(void **state)
{
    (void)state;
    const char *why = "the server's Content-Length is 4 GB or more";

    assert_field_refused("Content-Length: 4294967295", OTTER_E_RANGE, why);
    assert_field_refused("Content-Length: 4294967296", OTTER_E_RANGE, why);
    assert_field_refused("Content-Length: 4294967301", OTTER_E_RANGE, why);
    assert_field_refused("Content-Length: 18446744073709551621", OTTER_E_RANGE, why);
    assert_field_refused("Content-Length: 99999999999999999999999999999999999999999", OTTER_E_RANGE, why);
    assert_field_refused("Content-Length: 4294967294", OTTER_E_CLOSED,
                         "the server closed the connection before its answer was complete");
    assert_int_equal(http.response.length, 4294967294);
    assert_int_equal(body_len, 5);
}

static void test_leading_zeros_do_not_change_a_length(void **state)
{
    (void)state;
    assert_int_equal(ask("HTTP/1.1 200 OK\r\nContent-Length: 00000000000000000000005\r\n\r\nhello", 0), 0);
    assert_int_equal(body_len, 5);
}

static void test_what_says_how_long_the_body_is_comes_once(void **state)
{
    (void)state;
    const char *twice = "the server sent a header twice that may come once";
    const char *both = "the server frames its answer in two ways that contradict";

    assert_field_refused("Content-Length: 5\r\nContent-Length: 5", OTTER_E_PROTOCOL, twice);
    assert_field_refused("Content-Length: 5\r\ncontent-length: 6", OTTER_E_PROTOCOL, twice);
    assert_field_refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", OTTER_E_PROTOCOL, twice);
    assert_field_refused("ETag: \"a\"\r\nETag: \"b\"", OTTER_E_PROTOCOL, twice);
    assert_field_refused("Content-Length: 5\r\nTransfer-Encoding: chunked", OTTER_E_PROTOCOL, both);
    assert_field_refused("Transfer-Encoding: chunked\r\nContent-Length: 5", OTTER_E_PROTOCOL, both);
    assert_refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", OTTER_E_PROTOCOL, both);
}

static void test_a_coding_that_is_not_chunked_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",         "gzip",       "gzip, chunked",    "chunked, gzip",
                                       "chunked,", "identity",   "chunked, chunked", "xchunked",
                                       "chunkedx", "chunked;q=1" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char field[80];
        snprintf(field, sizeof field, "Transfer-Encoding: %s", bad[i]);
        assert_field_refused(field, OTTER_E_PROTOCOL, "the server uses a Transfer-Encoding other than chunked");
    }
}

static void test_a_header_line_has_a_name_and_a_colon_behind_it(void **state)
{
    (void)state;
    const char *why = "the server sent a header line that is not `Name: value`";

    assert_field_refused("no colon here", OTTER_E_PROTOCOL, why);
    assert_field_refused("Content-Length : 5", OTTER_E_PROTOCOL, why);
    assert_field_refused("Content-Length\t: 5", OTTER_E_PROTOCOL, why);
    assert_field_refused(": 5", OTTER_E_PROTOCOL, why);
    assert_field_refused(" Content-Length: 5", OTTER_E_PROTOCOL, why);
    assert_field_refused("Content Length: 5", OTTER_E_PROTOCOL, why);
    assert_field_refused("X(y): 5", OTTER_E_PROTOCOL, why);
    assert_field_refused("\xC3\xBC: 5", OTTER_E_PROTOCOL, why);
}

static void test_a_line_ends_with_both_characters(void **state)
{
    (void)state;
    const char *lf = "the server sent a line that does not end with CR LF";
    const char *control = "the server sent a control character in a header line";

    assert_refused("HTTP/1.1 200 OK\nContent-Length: 0\n\n", OTTER_E_PROTOCOL, lf);
    assert_refused("\n", OTTER_E_PROTOCOL, lf);
    assert_field_refused("X: y\nContent-Length: 5", OTTER_E_PROTOCOL, lf);
    assert_field_refused("X: y\n z", OTTER_E_PROTOCOL, lf);
    assert_field_refused("X: y\rContent-Length: 5", OTTER_E_PROTOCOL, control);
    assert_field_refused("X: y\r\r", OTTER_E_PROTOCOL, control);
    assert_refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello", OTTER_E_PROTOCOL, lf);
    assert_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", OTTER_E_PROTOCOL, lf);
    assert_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n", OTTER_E_PROTOCOL, lf);
}

static void test_a_control_character_in_a_header_is_refused(void **state)
{
    (void)state;
    const char *why = "the server sent a control character in a header line";

    assert_field_refused("X: \x1B[2J", OTTER_E_PROTOCOL, why);
    assert_field_refused("X: \x7F", OTTER_E_PROTOCOL, why);
    assert_int_equal(ask("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", 27), OTTER_E_PROTOCOL);
    assert_string_equal(http.why, why);
    assert_int_equal(ask("HTTP/1.1 200 OK\r\nX: \xC3\xBC\tb\r\nContent-Length: 0\r\n\r\n", 0), 0);
}

static void test_a_chunk_has_a_size_in_hex(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "x", "-1", "+5", "0x5", ";5", " 5", "5 5", "5,", "5\t;\x1B", "g" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[200];
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\nhello\r\n0\r\n\r\n",
                 bad[i]);
        assert_int_equal(ask(text, 0), OTTER_E_PROTOCOL);
        assert_int_equal(body_len, 0);
    }
}

static void assert_chunks_refused(const char *chunks, int err, const char *why)
{
    char text[1200];

    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s", chunks);
    assert_refused(text, err, why);
}

static void test_a_chunk_whose_size_overflows_is_refused(void **state)
{
    (void)state;
    const char *why = "the server sent a chunk of 4 GB or more";

    assert_chunks_refused("FFFFFFFF\r\nhello", OTTER_E_RANGE, why);
    assert_chunks_refused("100000005\r\nhello", OTTER_E_RANGE, why);
    assert_chunks_refused("10000000000000005\r\nhello", OTTER_E_RANGE, why);
    assert_chunks_refused("fffffffffffffffffffffffffffffffffffff\r\nhello", OTTER_E_RANGE, why);
}

static void test_a_chunk_is_as_long_as_it_says(void **state)
{
    (void)state;
    const char *why = "the server sent a chunk that is longer than its size";

    assert_chunks_refused("4\r\nhello\r\n0\r\n\r\n", OTTER_E_PROTOCOL, why);
    assert_chunks_refused("5\r\nhello0\r\n\r\n", OTTER_E_PROTOCOL, why);
    assert_chunks_refused("6\r\nhello\r\n0\r\n\r\n", OTTER_E_PROTOCOL,
                          "the server sent a line that does not end with CR LF");
}

static void test_a_chunks_extension_has_a_limit(void **state)
{
    (void)state;
    char chunks[1000] = "5;";

    memset(chunks + 2, 'x', 600);
    strcpy(chunks + 602, "\r\nhello\r\n0\r\n\r\n");
    assert_chunks_refused(chunks, OTTER_E_RANGE, "the server sent a chunk's extension that is too long");
}

static void test_trailers_are_lines_too_and_have_a_limit(void **state)
{
    (void)state;
    char *text = malloc(40000);
    char *at = text;

    at += sprintf(at, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    while (at < text + 30000)
        at += sprintf(at, "X-Trailer: 0123456789012345678901234567890123456789\r\n");
    sprintf(at, "\r\n");
    assert_refused(text, OTTER_E_RANGE, "the server's headers are longer than 16384 bytes");
    assert_chunks_refused("0\r\nX: \x01\r\n\r\n", OTTER_E_PROTOCOL,
                          "the server sent a control character in a header line");
    free(text);
}

static void test_a_long_line_that_does_not_matter_is_passed_over(void **state)
{
    (void)state;
    char *text = malloc(20000);

    for (size_t len = 400; len < 1700; len++) {
        char *at = text + sprintf(text, "HTTP/1.1 200 OK\r\nSet-Cookie: ");
        memset(at, 'c', len);
        at += len;
        sprintf(at, "\r\n folded on\r\nContent-Length: 5\r\n\r\nhello");
        assert_int_equal(ask(text, 0), 0);
        assert_int_equal(http.response.length, 5);
        assert_int_equal(body_len, 5);
    }
    free(text);
}

static void test_a_long_line_that_matters_is_refused(void **state)
{
    (void)state;
    const char *why = "the server sent a header line that is too long";
    char field[800] = "Content-Length: ";

    memset(field + 16, '0', 600);
    strcpy(field + 616, "5");
    assert_field_refused(field, OTTER_E_RANGE, why);
    memset(field, ' ', 616);
    memcpy(field, "ETag:", 5);
    assert_field_refused(field, OTTER_E_RANGE, why);
}

static void test_a_long_line_cannot_hide_a_line_end(void **state)
{
    (void)state;
    char *text = malloc(20000);

    for (size_t len = 480; len < 1200; len++) {
        char *at = text + sprintf(text, "HTTP/1.1 200 OK\r\nX: ");
        memset(at, 'c', len);
        at += len;
        sprintf(at, "\rContent-Length: 5%0*u\r\n\r\nhello", 600, 0);
        assert_refused(text, OTTER_E_PROTOCOL, "the server sent a control character in a header line");
    }
    free(text);
}

static void test_a_long_name_is_not_cut_into_a_known_one(void **state)
{
    (void)state;
    char text[900];

    for (size_t len = 1; len < 700; len++) {
        char *at = text + sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length");
        memset(at, 'x', len);
        sprintf(at + len, ": 5\r\nContent-Length: 0\r\n\r\n");
        int err = ask(text, 0);
        assert_int_equal(err, len < 480 ? 0 : err ? OTTER_E_PROTOCOL : 0);
        assert_int_equal(http.response.length, err ? OTTER_HTTP_UNKNOWN : 0);
    }
}

static void test_a_head_has_a_limit_of_bytes(void **state)
{
    (void)state;
    const char *why = "the server's headers are longer than 16384 bytes";
    char *text = malloc(100000);
    char *at = text;

    at += sprintf(at, "HTTP/1.1 200 OK\r\nX: ");
    memset(at, 'y', 50000);
    at[50000] = 0;
    assert_refused(text, OTTER_E_RANGE, why);

    at = text + sprintf(text, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 60; i++)
        at += sprintf(at, "X-Long: %0300d\r\n", i);
    sprintf(at, "\r\n");
    assert_refused(text, OTTER_E_RANGE, why);

    for (at = text; at < text + 40000;)
        at += sprintf(at, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_refused(text, OTTER_E_RANGE, why);
    free(text);
}

static void test_a_head_has_a_limit_of_lines(void **state)
{
    (void)state;
    char text[4000];

    for (int lines = OTTER_HTTP_FIELD_MAX; lines <= OTTER_HTTP_FIELD_MAX + 1; lines++) {
        char *at = text + sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        for (int i = 1; i < lines; i++)
            at += sprintf(at, "X:\r\n");
        sprintf(at, "\r\n");
        assert_int_equal(ask(text, 0), lines == OTTER_HTTP_FIELD_MAX ? 0 : OTTER_E_RANGE);
    }
    assert_string_equal(http.why, "the server sent more than 100 header lines");
}

static void test_a_head_has_a_limit_of_time(void **state)
{
    (void)state;
    struct script_answer answer = { .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: 0123456789\r\n\r\n" };

    script_init(&peer, &answer, 1);
    peer.most = 1;
    peer.ms = 1000;
    otter_http_init(&http, &peer.transport, NULL, script_millis);
    assert_int_equal(otter_http_request(&http, &(struct otter_http_request){ .url = "http://h/" }), OTTER_E_TIMEOUT);
    assert_string_equal(http.why, "the server sends its headers too slowly");
    assert_true(script_now - (UINT32_MAX - 5) <= OTTER_HTTP_HEAD_MS + 1000);
    script_free(&peer);
}

static void test_the_line_before_a_chunk_has_a_limit_of_time(void **state)
{
    (void)state;
    struct script_answer answer = { .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                             "1;23456789012345678901234567890\r\nx" };

    script_init(&peer, &answer, 1);
    otter_http_init(&http, &peer.transport, NULL, script_millis);
    peer.most = 1;
    assert_int_equal(otter_http_request(&http, &(struct otter_http_request){ .url = "http://h/" }), 0);
    peer.ms = 1000;
    assert_int_equal(otter_stream_read(&http.body, body, 1), OTTER_E_TIMEOUT);
    script_free(&peer);
}

static void test_a_range_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "-",
                                       "*",
                                       "5",
                                       "5-",
                                       "5-6",
                                       "6-5/10",
                                       "5-10/10",
                                       "5-6/",
                                       "-6/10",
                                       "*/",
                                       "x-6/10",
                                       "5-6/10x",
                                       "5-6/10, ",
                                       "5-6/-10",
                                       "0x5-6/10",
                                       "5--6/10",
                                       "5-6//10",
                                       "*-6/10",
                                       "5-4294967296/*",
                                       "5-6/4294967296",
                                       "4294967295-4294967295/*" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[200];
        snprintf(text, sizeof text, "HTTP/1.1 206 Part\r\nContent-Length: 0\r\nContent-Range: bytes %s\r\n\r\n",
                 bad[i]);
        assert_refused(text, OTTER_E_PROTOCOL, "the server's Content-Range makes no sense");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_http_1_is_understood),
        cmocka_unit_test(test_a_status_has_three_digits),
        cmocka_unit_test(test_a_length_is_one_number),
        cmocka_unit_test(test_a_length_that_overflows_is_refused),
        cmocka_unit_test(test_leading_zeros_do_not_change_a_length),
        cmocka_unit_test(test_what_says_how_long_the_body_is_comes_once),
        cmocka_unit_test(test_a_coding_that_is_not_chunked_is_refused),
        cmocka_unit_test(test_a_header_line_has_a_name_and_a_colon_behind_it),
        cmocka_unit_test(test_a_line_ends_with_both_characters),
        cmocka_unit_test(test_a_control_character_in_a_header_is_refused),
        cmocka_unit_test(test_a_chunk_has_a_size_in_hex),
        cmocka_unit_test(test_a_chunk_whose_size_overflows_is_refused),
        cmocka_unit_test(test_a_chunk_is_as_long_as_it_says),
        cmocka_unit_test(test_a_chunks_extension_has_a_limit),
        cmocka_unit_test(test_trailers_are_lines_too_and_have_a_limit),
        cmocka_unit_test(test_a_long_line_that_does_not_matter_is_passed_over),
        cmocka_unit_test(test_a_long_line_that_matters_is_refused),
        cmocka_unit_test(test_a_long_line_cannot_hide_a_line_end),
        cmocka_unit_test(test_a_long_name_is_not_cut_into_a_known_one),
        cmocka_unit_test(test_a_head_has_a_limit_of_bytes),
        cmocka_unit_test(test_a_head_has_a_limit_of_lines),
        cmocka_unit_test(test_a_head_has_a_limit_of_time),
        cmocka_unit_test(test_the_line_before_a_chunk_has_a_limit_of_time),
        cmocka_unit_test(test_a_range_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
