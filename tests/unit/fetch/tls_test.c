/*
 * The TLS transport on a transport in memory, where a real server could not be made to do what is tested: a board
 * without entropy, a link that dies or stalls, a second connection. (What servers do is tested against nginx, end to
 * end.)
 */
#include "tests/sim/test.h"

#include <string.h>

#include "boards/demo/trust.h"
#include "core/err.h"
#include "fetch/tls.h"

static const uint8_t trust[] = { DEMO_CA };

static struct line {
    struct otter_transport transport;
    const uint8_t *answer; /* what the server sends, then `end` */
    size_t size;
    int connect, send, end; /* results */
    uint32_t ms_a_byte;     /* that time goes on with each byte received */
    uint8_t sent[1000];
    size_t sent_size;
    int closed;
} line;

static uint32_t now;
static int entropy_err;
static struct otter_clock wall_clock;
static struct otter_tls tls;
static struct otter_tls_config config;
static _Alignas(OTTER_MEM_ALIGN) uint8_t memory[OTTER_TLS_MEM];

static int line_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    (void)t;
    (void)host;
    (void)port;
    return line.connect;
}

static int line_send(struct otter_transport *t, const void *data, size_t len)
{
    (void)t;
    assert_true(len <= sizeof line.sent - line.sent_size);
    memcpy(line.sent + line.sent_size, data, len);
    line.sent_size += len;
    return line.send;
}

static int line_recv(struct otter_transport *t, void *buf, size_t len)
{
    (void)t;
    (void)len;
    if (!line.size)
        return line.end;
    now += line.ms_a_byte;
    *(uint8_t *)buf = *line.answer++;
    line.size--;
    return 1;
}

static void line_close(struct otter_transport *t)
{
    (void)t;
    line.closed++;
}

static uint32_t millis(void)
{
    return now;
}

static int entropy(void *buf, size_t len)
{
    memset(buf, 0x5A, len);
    return entropy_err;
}

static int begin(void **state)
{
    (void)state;
    line = (struct line){ .transport = { line_connect, line_send, line_recv, line_close } };
    now = 0;
    entropy_err = 0;
    otter_clock_init(&wall_clock, 1700000000, millis);
    config = (struct otter_tls_config){
        .under = &line.transport,
        .trust = trust,
        .trust_size = sizeof trust,
        .clock = &wall_clock,
        .entropy = entropy,
        .millis = millis,
        .mem = { memory, sizeof memory },
    };
    otter_tls_init(&tls, &config);
    return 0;
}

static int dial(const char *host)
{
    return tls.transport.connect(&tls.transport, host, 443);
}

static void fails(int err, const char *why)
{
    assert_int_equal(dial("updates.example"), err);
    assert_string_equal(tls.why, why);
    assert_int_equal(line.closed, 1);
    assert_null(tls.session);
}

static bool said(const char *text)
{
    return memmem(line.sent, line.sent_size, text, strlen(text));
}

static void test_a_host_that_cannot_be_reached_is_the_link_s_own_error(void **state)
{
    (void)state;
    line.connect = OTTER_E_NOT_FOUND;
    assert_int_equal(dial("updates.example"), OTTER_E_NOT_FOUND);
    assert_null(tls.why);
}

static void test_a_board_without_entropy_does_not_even_begin(void **state)
{
    (void)state;
    entropy_err = OTTER_E_IO;
    fails(OTTER_E_IO, "the board has no random numbers for TLS");
    assert_int_equal(line.sent_size, 0);
}

static void test_the_server_is_told_the_name_that_it_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(dial("updates.example"), OTTER_E_CLOSED);
    assert_true(said("updates.example"));
}

static void test_the_server_is_told_the_expected_name_rather_than_the_host(void **state)
{
    (void)state;
    config.name = "other.example";
    assert_int_equal(dial("10.0.2.2"), OTTER_E_CLOSED);
    assert_true(said("other.example"));
}

static void test_an_address_in_numbers_is_no_name_to_tell(void **state)
{
    (void)state;
    assert_int_equal(dial("10.0.2.2"), OTTER_E_CLOSED);
    assert_false(said("10.0.2.2"));
}

static void test_a_link_that_is_reset_in_the_handshake_says_so(void **state)
{
    (void)state;
    line.end = OTTER_E_CLOSED;
    line.answer = (const uint8_t *)"\x16\x03\x03";
    line.size = 3;
    fails(OTTER_E_CLOSED, "the server closed the connection in the middle of the TLS handshake");
}

static void test_a_server_that_says_nothing_is_not_waited_for_forever(void **state)
{
    (void)state;
    line.end = OTTER_E_TIMEOUT;
    fails(OTTER_E_TIMEOUT, "the server did not finish the TLS handshake in time");
}

static void test_a_server_that_drips_is_not_waited_for_forever(void **state)
{
    (void)state;
    static uint8_t record[5 + 4096] = { 0x16, 3, 3, 0x10, 0, 2, 0, 0x0F, 0xFC };

    line.answer = record;
    line.size = sizeof record;
    line.ms_a_byte = 1000;
    fails(OTTER_E_TIMEOUT, "the server did not finish the TLS handshake in time");
    assert_in_range(now, 30000, 32000);
}

static void test_a_link_that_cannot_send_says_so(void **state)
{
    (void)state;
    line.send = OTTER_E_IO;
    assert_int_equal(dial("updates.example"), OTTER_E_IO);
    assert_int_equal(line.closed, 1);
}

static void test_a_closed_transport_gives_nothing(void **state)
{
    (void)state;
    uint8_t byte;

    tls.transport.close(&tls.transport);
    assert_int_equal(tls.transport.send(&tls.transport, "x", 1), OTTER_E_CLOSED);
    assert_int_equal(tls.transport.recv(&tls.transport, &byte, 1), OTTER_E_CLOSED);
    tls.transport.close(&tls.transport);
    assert_int_equal(line.closed, 0);
}

static void test_after_a_failure_the_next_attempt_has_all_the_memory(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        line.sent_size = 0;
        assert_int_equal(dial("updates.example"), OTTER_E_CLOSED);
    }
    assert_true(tls.heap.peak < sizeof memory);
}

/* Whatever stands in the place of the server's first messages. */
static void test_noise_never_makes_a_connection(void **state)
{
    (void)state;
    static uint8_t noise[300];
    uint32_t seed = 11;

    for (int i = 0; i < 2000; i++) {
        for (size_t k = 0; k < sizeof noise; k++)
            noise[k] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
        if (i % 2)
            memcpy(noise, "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", 11);
        line.answer = noise;
        line.size = sizeof noise;
        line.sent_size = 0;
        assert_true(dial("updates.example") < 0);
        assert_non_null(tls.why);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_host_that_cannot_be_reached_is_the_link_s_own_error),
        TEST(test_a_board_without_entropy_does_not_even_begin),
        TEST(test_the_server_is_told_the_name_that_it_is_asked_for),
        TEST(test_the_server_is_told_the_expected_name_rather_than_the_host),
        TEST(test_an_address_in_numbers_is_no_name_to_tell),
        TEST(test_a_link_that_is_reset_in_the_handshake_says_so),
        TEST(test_a_server_that_says_nothing_is_not_waited_for_forever),
        TEST(test_a_server_that_drips_is_not_waited_for_forever),
        TEST(test_a_link_that_cannot_send_says_so),
        TEST(test_a_closed_transport_gives_nothing),
        TEST(test_after_a_failure_the_next_attempt_has_all_the_memory),
        TEST(test_noise_never_makes_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
