/*
 * Addresses: what --listen takes, and how it is shown to people.
 */
#include "tests/sim/test.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server/socket.h"

static void assert_origin(const char *text, const char *want)
{
    struct otter_address address;
    char origin[OTTER_ORIGIN_SIZE];
    if (!otter_address_parse(text, &address))
        fail_msg("'%s' was refused", text);
    otter_address_origin(&address, origin);
    assert_string_equal(origin, want);
}

static void test_addresses_in_numbers_are_taken(void **state)
{
    (void)state;
    assert_origin("127.0.0.1:8080", "http://127.0.0.1:8080");
    assert_origin("0.0.0.0:0", "http://0.0.0.0:0");
    assert_origin("192.168.1.2:65535", "http://192.168.1.2:65535");
    assert_origin("[::1]:8080", "http://[::1]:8080");
    assert_origin("[::]:80", "http://[::]:80");
    assert_origin("[2001:DB8::7]:80", "http://[2001:db8::7]:80");
}

static void test_anything_else_is_refused_without_looking_up_a_name(void **state)
{
    static const char *const texts[] = {
        "",
        "8080",
        ":8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "1.2.3.4:8x",
        "1.2.3.4: 80",
        "1.2.3.256:80",
        "localhost:80",
        "::1:8080",
        "[::1]",
        "[::1]:",
        "[]:80",
        "[127.0.0.1]:1",
        "[::1:8080",
        "::1]:80",
        "[::g]:80",
        "http://1.2.3.4:5",
        "1.2.3.4:99999999999999999999",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80",
    };
    struct otter_address address;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (otter_address_parse(texts[i], &address))
            fail_msg("'%s' was taken", texts[i]);
}

static void test_port_0_becomes_a_real_one(void **state)
{
    struct otter_address address;
    char origin[OTTER_ORIGIN_SIZE];
    (void)state;
    assert_true(otter_address_parse("127.0.0.1:0", &address));
    int fd = otter_socket_listen(&address);
    assert_true(fd >= 0);
    otter_address_origin(&address, origin);
    assert_string_not_equal(origin, "http://127.0.0.1:0");
    assert_int_equal(otter_socket_listen(&address), -EADDRINUSE);
    close(fd);
}

static void test_an_address_of_another_machine_is_refused(void **state)
{
    struct otter_address address;
    (void)state;
    assert_true(otter_address_parse("192.0.2.1:0", &address));
    assert_int_equal(otter_socket_listen(&address), -EADDRNOTAVAIL);
}

static void test_an_ipv4_client_of_an_ipv6_socket_is_shown_as_ipv4(void **state)
{
    struct otter_address address;
    char text[INET6_ADDRSTRLEN];
    (void)state;
    assert_true(otter_address_parse("[::ffff:10.1.2.3]:5", &address));
    otter_address_text((const struct sockaddr *)&address.at, text);
    assert_string_equal(text, "10.1.2.3");
}

static void test_an_example_never_leads_to_a_wildcard(void **state)
{
    static const char *const texts[] = { "0.0.0.0:8080", "[::]:8080" };
    char origin[OTTER_ORIGIN_SIZE];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct otter_address address;
        assert_true(otter_address_parse(texts[i], &address));
        otter_address_reachable(&address);
        otter_address_origin(&address, origin);
        assert_null(strstr(origin, "0.0.0.0"));
        assert_null(strstr(origin, "["));
        assert_non_null(strstr(origin, ":8080"));
    }
    struct otter_address address;
    assert_true(otter_address_parse("[::1]:8080", &address));
    otter_address_reachable(&address);
    otter_address_origin(&address, origin);
    assert_string_equal(origin, "http://[::1]:8080");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_in_numbers_are_taken),
        cmocka_unit_test(test_anything_else_is_refused_without_looking_up_a_name),
        cmocka_unit_test(test_port_0_becomes_a_real_one),
        cmocka_unit_test(test_an_address_of_another_machine_is_refused),
        cmocka_unit_test(test_an_ipv4_client_of_an_ipv6_socket_is_shown_as_ipv4),
        cmocka_unit_test(test_an_example_never_leads_to_a_wildcard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
