/*
 * Addresses: what is taken apart, what is refused, and where redirects lead.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/err.h"
#include "fetch/url.h"
#include "tests/sim/guard.h"

static struct sim_guard guard;

static int setup(void **state)
{
    (void)state;
    guard = sim_guard_new(1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_guard_free(&guard);
    return 0;
}

/* The text with its NUL, before an unreadable page. */
static const char *guarded(const char *text)
{
    return (const char *)sim_guard_copy(&guard, text, strlen(text) + 1);
}

static void assert_parts(const char *text, const char *host, uint16_t port, const char *target, bool tls)
{
    struct otter_url url;

    assert_int_equal(otter_url_parse(&url, guarded(text)), 0);
    assert_int_equal(url.host_len, strlen(host));
    assert_memory_equal(url.host, host, url.host_len);
    assert_int_equal(url.port, port);
    assert_int_equal(url.target_len, strlen(target));
    assert_memory_equal(url.target, target, url.target_len);
    assert_int_equal(url.tls, tls);
}

static void assert_refused(const char *text, int err, const char *why)
{
    struct otter_url url;

    assert_int_equal(otter_url_parse(&url, guarded(text)), err);
    assert_string_equal(url.why, why);
}

static void test_an_address_has_a_host_a_port_and_a_target(void **state)
{
    (void)state;
    assert_parts("http://10.0.2.2:8000/app.rbl", "10.0.2.2", 8000, "/app.rbl", false);
    assert_parts("http://example.com/a/b?c=d/e?f", "example.com", 80, "/a/b?c=d/e?f", false);
    assert_parts("https://example.com/", "example.com", 443, "/", true);
    assert_parts("HTTP://Ex-am_ple.COM./X", "Ex-am_ple.COM.", 80, "/X", false);
}

static void test_what_an_address_leaves_out_has_its_default(void **state)
{
    (void)state;
    assert_parts("http://h", "h", 80, "", false);
    assert_parts("http://h:/x", "h", 80, "/x", false);
    assert_parts("https://h?q", "h", 443, "?q", true);
    assert_parts("http://h:65535", "h", 65535, "", false);
    assert_parts("http://h:00080/", "h", 80, "/", false);
}

static void test_a_fragment_is_never_sent(void **state)
{
    (void)state;
    assert_parts("http://h/a#b", "h", 80, "/a", false);
    assert_parts("http://h#b/c?d", "h", 80, "", false);
    assert_parts("http://h:81?a#b", "h", 81, "?a", false);
}

static void test_an_address_that_is_refused_says_why(void **state)
{
    (void)state;
    const char *scheme = "the address must begin with http:// or https://";
    const char *port = "the port must be a number from 1 to 65535";

    assert_refused("", OTTER_E_ARGUMENT, scheme);
    assert_refused("h", OTTER_E_ARGUMENT, scheme);
    assert_refused("ftp://h/", OTTER_E_ARGUMENT, scheme);
    assert_refused("http:/h/", OTTER_E_ARGUMENT, scheme);
    assert_refused("http://", OTTER_E_ARGUMENT, "the address names no host");
    assert_refused("http:///x", OTTER_E_ARGUMENT, "the address names no host");
    assert_refused("http://:80/", OTTER_E_ARGUMENT, "the address names no host");
    assert_refused("http://user@h/", OTTER_E_ARGUMENT, "a user or password in the address is not supported");
    assert_refused("http://a:b@h:80/", OTTER_E_ARGUMENT, "a user or password in the address is not supported");
    assert_refused("http://[::1]:80/", OTTER_E_ARGUMENT, "IPv6 addresses are not supported");
    assert_refused("http://[", OTTER_E_ARGUMENT, "IPv6 addresses are not supported");
    assert_refused("http://a%20b/", OTTER_E_ARGUMENT, "the host's name has a character that no host's name has");
    assert_refused("http://good\\bad/", OTTER_E_ARGUMENT, "the host's name has a character that no host's name has");
    assert_refused("http://h:0/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h:65536/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h:4294967376/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h:99999999999999999999/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h:+80/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h:80x/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h:80:81/", OTTER_E_ARGUMENT, port);
    assert_refused("http://h/a b", OTTER_E_ARGUMENT, "the address has a space in it (write %20)");
    assert_refused(" http://h/", OTTER_E_ARGUMENT, "the address has a space in it (write %20)");
    assert_refused("http://h/\r\nX: y", OTTER_E_ARGUMENT, "the address has a control character in it");
    assert_refused("http://h/\t", OTTER_E_ARGUMENT, "the address has a control character in it");
    assert_refused("http://h/\x7F", OTTER_E_ARGUMENT, "the address has a control character in it");
    assert_refused("http://h/\xC3\xBC", OTTER_E_ARGUMENT,
                   "the address has a character outside ASCII in it (write it as %XX)");
}

static void test_a_host_may_be_as_long_as_names_in_dns(void **state)
{
    (void)state;
    char text[300] = "http://";
    struct otter_url url;

    memset(text + 7, 'a', OTTER_URL_HOST_MAX);
    assert_int_equal(otter_url_parse(&url, guarded(text)), 0);
    assert_int_equal(url.host_len, OTTER_URL_HOST_MAX);
    text[7 + OTTER_URL_HOST_MAX] = 'a';
    assert_refused(text, OTTER_E_RANGE, "the host's name is longer than 253 characters");
}

/* The examples of RFC 3986 section 5.4, without those whose result is not http. */
static void test_references_resolve_as_the_standard_says(void **state)
{
    (void)state;
    static const char *const examples[][2] = {
        { "g", "http://a/b/c/g" },
        { "./g", "http://a/b/c/g" },
        { "g/", "http://a/b/c/g/" },
        { "/g", "http://a/g" },
        { "//g", "http://g" },
        { "?y", "http://a/b/c/d;p?y" },
        { "g?y", "http://a/b/c/g?y" },
        { "#s", "http://a/b/c/d;p?q#s" },
        { "g#s", "http://a/b/c/g#s" },
        { "g?y#s", "http://a/b/c/g?y#s" },
        { ";x", "http://a/b/c/;x" },
        { "g;x", "http://a/b/c/g;x" },
        { "g;x?y#s", "http://a/b/c/g;x?y#s" },
        { "", "http://a/b/c/d;p?q" },
        { ".", "http://a/b/c/" },
        { "./", "http://a/b/c/" },
        { "..", "http://a/b/" },
        { "../", "http://a/b/" },
        { "../g", "http://a/b/g" },
        { "../..", "http://a/" },
        { "../../", "http://a/" },
        { "../../g", "http://a/g" },
        { "../../../g", "http://a/g" },
        { "../../../../g", "http://a/g" },
        { "/./g", "http://a/g" },
        { "/../g", "http://a/g" },
        { "g.", "http://a/b/c/g." },
        { ".g", "http://a/b/c/.g" },
        { "g..", "http://a/b/c/g.." },
        { "..g", "http://a/b/c/..g" },
        { "./../g", "http://a/b/g" },
        { "./g/.", "http://a/b/c/g/" },
        { "g/./h", "http://a/b/c/g/h" },
        { "g/../h", "http://a/b/c/h" },
        { "g;x=1/./y", "http://a/b/c/g;x=1/y" },
        { "g;x=1/../y", "http://a/b/c/y" },
        { "g?y/./x", "http://a/b/c/g?y/./x" },
        { "g?y/../x", "http://a/b/c/g?y/../x" },
        { "g#s/./x", "http://a/b/c/g#s/./x" },
        { "g#s/../x", "http://a/b/c/g#s/../x" },
    };

    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char text[64] = "http://a/b/c/d;p?q";
        struct otter_url url;
        assert_int_equal(otter_url_resolve(text, sizeof text, guarded(examples[i][0]), &url), 0);
        assert_string_equal(text, examples[i][1]);
    }
}

static void assert_leads(const char *base, const char *ref, const char *result)
{
    char text[64];
    struct otter_url url;

    strcpy(text, base);
    assert_int_equal(otter_url_resolve(text, sizeof text, guarded(ref), &url), 0);
    assert_string_equal(text, result);
}

static void test_references_resolve_from_addresses_without_a_path(void **state)
{
    (void)state;
    assert_leads("http://h", "x", "http://h/x");
    assert_leads("http://h?a", "x", "http://h/x");
    assert_leads("http://h?a/b", "?c", "http://h?c");
    assert_leads("http://h:8080", "../x", "http://h:8080/x");
    assert_leads("http://h#a", "", "http://h");
    assert_leads("http://h/a", "https://i/b", "https://i/b");
    assert_leads("https://h:1/a", "//i:2/b", "https://i:2/b");
}

static void test_where_a_reference_leads_is_judged_like_any_address(void **state)
{
    (void)state;
    char text[64] = "http://h/a";
    struct otter_url url;

    assert_int_equal(otter_url_resolve(text, sizeof text, "ftp://h/", &url), OTTER_E_ARGUMENT);
    assert_string_equal(url.why, "the address must begin with http:// or https://");
    strcpy(text, "http://h/a");
    assert_int_equal(otter_url_resolve(text, sizeof text, "//u@h/", &url), OTTER_E_ARGUMENT);
    strcpy(text, "http://h/a");
    assert_int_equal(otter_url_resolve(text, sizeof text, "b c", &url), OTTER_E_ARGUMENT);
}

static void test_an_address_that_does_not_fit_leaves_the_old_one(void **state)
{
    (void)state;
    struct otter_url url;
    char *text = (char *)sim_guard_copy(&guard, "http://h/a\0\0", 12);

    assert_int_equal(otter_url_resolve(text, 12, "bcd", &url), OTTER_E_RANGE);
    assert_string_equal(url.why, "the address is too long");
    assert_string_equal(text, "http://h/a");
    assert_int_equal(otter_url_resolve(text, 12, "bc", &url), 0);
    assert_string_equal(text, "http://h/bc");
    assert_int_equal(otter_url_resolve(text, 12, "http://h/abc", &url), OTTER_E_RANGE);
    assert_string_equal(text, "http://h/bc");
}

static void test_an_address_stays_only_at_the_same_scheme_host_and_port(void **state)
{
    (void)state;
    const char *base = "http://host:8080/a/b?c";

    assert_true(otter_url_stays(base, "x"));
    assert_true(otter_url_stays(base, "/x"));
    assert_true(otter_url_stays(base, ""));
    assert_true(otter_url_stays(base, "//HOST:8080/x"));
    assert_true(otter_url_stays(base, "HTTP://host:8080"));
    assert_true(otter_url_stays(base, "http://host:8080?x"));
    assert_false(otter_url_stays(base, "http://host:80801/"));
    assert_false(otter_url_stays(base, "http://host:808/"));
    assert_false(otter_url_stays(base, "http://host/"));
    assert_false(otter_url_stays(base, "https://host:8080/"));
    assert_false(otter_url_stays(base, "//host:8080.evil/"));
    assert_false(otter_url_stays(base, "//evil/"));
    assert_false(otter_url_stays(base, "http://host:8080@evil/"));
    assert_false(otter_url_stays(base, "mailto:x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_address_has_a_host_a_port_and_a_target, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_an_address_leaves_out_has_its_default, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_fragment_is_never_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_address_that_is_refused_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_host_may_be_as_long_as_names_in_dns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_references_resolve_as_the_standard_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_references_resolve_from_addresses_without_a_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_where_a_reference_leads_is_judged_like_any_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_address_that_does_not_fit_leaves_the_old_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_address_stays_only_at_the_same_scheme_host_and_port, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
