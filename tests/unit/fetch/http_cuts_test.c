/*
 * Bytes may arrive in any pieces, and stop anywhere: the pieces never change the result, and no cut looks like success.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "fetch/http.h"
#include "tests/sim/random.h"
#include "tests/sim/source.h"
#include "tests/unit/fetch/script.h"

static struct script peer;
static struct sim_guard session, buffer;

static const char counted[] =
    "HTTP/1.1 200 OK\r\nServer: x\r\nETag: \"abc\"\r\nX-Folded: a\r\n b\r\nContent-Length: 12\r\n\r\n"
    "hello, world";
static const char chunked[] =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nETag: \"abc\"\r\nTransfer-Encoding: chunked\r\n"
    "X-Folded: a\r\n b\r\n\r\n5;x=y\r\nhello\r\n6\r\n, worl\r\n1\r\nd\r\n0\r\nX-Trailer: t\r\n\r\n";
static const char to_close[] = "HTTP/1.0 200 OK\r\nETag: \"abc\"\r\n\r\nhello, world";

static const struct framing {
    const char *text;
    bool until_close;
} framings[] = { { counted, false }, { chunked, false }, { to_close, true } };

static int setup(void **state)
{
    (void)state;
    session = sim_guard_new(sizeof(struct otter_http));
    buffer = sim_guard_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_guard_free(&session);
    sim_guard_free(&buffer);
    return 0;
}

struct result {
    int err;
    size_t len; /* bytes of the body */
    uint8_t body[300];
    char etag[72];
};

/* The first `len` bytes of an answer, in pieces of `most`, read `want` at a time; then the peer ends, or fails. */
static struct result ask(const char *text, size_t len, int then, size_t most, size_t want)
{
    static const struct otter_http empty;
    struct script_answer answer = { .bytes = text, .len = len, .err = then };
    struct result r = { 0 };
    struct otter_http *h = (struct otter_http *)sim_guard_copy(&session, &empty, sizeof empty);
    uint8_t *piece = sim_guard_copy(&buffer, NULL, 0) - want;
    int n = 0;

    script_init(&peer, &answer, len ? 1 : 0);
    peer.most = most;
    otter_http_init(h, &peer.transport, NULL, script_millis);
    r.err = otter_http_request(h, &(struct otter_http_request){ .url = "http://h/" });
    while (!r.err && (n = otter_stream_read(&h->body, piece, want)) > 0) {
        assert_true((size_t)n <= want && r.len + (size_t)n <= sizeof r.body);
        memcpy(r.body + r.len, piece, (size_t)n);
        r.len += (size_t)n;
    }
    if (n < 0)
        r.err = n;
    assert_int_equal(otter_stream_read(&h->body, piece, want), r.err);
    strcpy(r.etag, h->response.etag);
    otter_http_close(h);
    assert_false(peer.open);
    script_free(&peer);
    return r;
}

static void assert_hello(const struct result *r)
{
    assert_int_equal(r->err, 0);
    assert_int_equal(r->len, 12);
    assert_memory_equal(r->body, "hello, world", 12);
    assert_string_equal(r->etag, "\"abc\"");
}

static void test_pieces_of_any_size_give_the_same_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
        size_t len = strlen(framings[i].text);
        for (size_t most = 1; most <= len; most++) {
            for (size_t want = 1; want <= 13; want += 3) {
                struct result r = ask(framings[i].text, len, 0, most, want);
                assert_hello(&r);
            }
        }
    }
}

static void test_an_answer_that_is_cut_anywhere_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
        const char *text = framings[i].text;
        size_t head = (size_t)(strstr(text, "hello") - text);
        for (size_t len = 0; len < strlen(text); len++) {
            for (size_t most = 0; most < 3; most++) {
                struct result r = ask(text, len, 0, most, 7);
                bool complete = framings[i].until_close && len >= head;
                assert_int_equal(r.err, complete ? 0 : OTTER_E_CLOSED);
                assert_memory_equal(r.body, "hello, world", r.len);
            }
        }
    }
}

static void test_a_link_that_fails_anywhere_is_that_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
        size_t needed = strlen(framings[i].text);
        for (size_t len = 1; len < needed + framings[i].until_close; len++) {
            struct result r = ask(framings[i].text, len, OTTER_E_TIMEOUT, 0, 7);
            assert_int_equal(r.err, OTTER_E_TIMEOUT);
        }
    }
}

/* Bytes changed at random: whatever comes of it, it ends, and comes out the same for any pieces. */
static void test_a_damaged_answer_is_judged_the_same_in_any_pieces(void **state)
{
    (void)state;
    static const char likely[] = "\r\n\t :;,0159afXx\"\x01\x80";
    uint32_t seed = 7;
    unsigned refused = 0;

    for (int round = 0; round < 3000; round++) {
        const char *text = framings[round % 3].text;
        size_t len = strlen(text);
        char bytes[300];
        memcpy(bytes, text, len);
        for (uint32_t changes = 1 + sim_random_below(&seed, 3); changes; changes--)
            bytes[sim_random_below(&seed, (uint32_t)len)] = likely[sim_random_below(&seed, sizeof likely - 1)];

        struct result whole = ask(bytes, len, 0, 0, 40);
        for (size_t most = 1; most < 9; most += 3) {
            struct result pieces = ask(bytes, len, 0, most, 40);
            assert_int_equal(pieces.err, whole.err);
            assert_int_equal(pieces.len, whole.len);
            assert_memory_equal(pieces.body, whole.body, whole.len);
        }
        refused += whole.err != 0;
    }
    assert_in_range(refused, 300, 2900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_of_any_size_give_the_same_answer),
        cmocka_unit_test(test_an_answer_that_is_cut_anywhere_is_an_error),
        cmocka_unit_test(test_a_link_that_fails_anywhere_is_that_error),
        cmocka_unit_test(test_a_damaged_answer_is_judged_the_same_in_any_pieces),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
