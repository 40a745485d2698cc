/*
 * The static host's answers, without a socket: request as data in, reply as data out.
 */
#include "tests/sim/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/static.h"
#include "tests/unit/server/folder.h"

static struct otter_reply reply;

static int setup(void **state)
{
    otter_reply_init(&reply, 0);
    return folder_setup(state);
}

static int teardown(void **state)
{
    otter_reply_free(&reply);
    return folder_teardown(state);
}

static unsigned ask(void **state, const struct otter_static_query *query)
{
    const struct folder *f = *state;
    otter_reply_free(&reply);
    otter_static_answer(&f->root, query, &reply);
    assert_false(reply.broken);
    assert_true(reply.fd < 0 || !reply.bytes);
    return reply.status;
}

static unsigned get(void **state, const char *target)
{
    return ask(state, &(struct otter_static_query){ .method = "GET", .target = target });
}

static unsigned get_range(void **state, const char *target, const char *range)
{
    return ask(state, &(struct otter_static_query){ .method = "GET", .target = target, .range = range });
}

static void assert_header(const char *name, const char *want)
{
    const char *value = otter_reply_find(&reply, name);
    if (!value)
        fail_msg("%s is missing", name);
    assert_string_equal(value, want);
}

/* The bytes that the client would get. */
static void assert_body_is_app(uint64_t first, size_t length)
{
    char body[FOLDER_APP_SIZE];
    assert_int_equal(reply.length, length);
    assert_int_equal(pread(reply.fd, body, length, (off_t)reply.offset), length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(body[i], folder_app_byte(first + i));
}

static void test_a_package_is_sent_whole_with_all_that_a_client_needs_to_resume(void **state)
{
    assert_int_equal(get(state, "/app.rbl"), 200);
    assert_body_is_app(0, FOLDER_APP_SIZE);
    assert_header("Content-Type", "application/octet-stream");
    assert_header("Accept-Ranges", "bytes");
    assert_header("X-Content-Type-Options", "nosniff");
    assert_header("Cache-Control", "no-cache");
    assert_non_null(otter_reply_find(&reply, "ETag"));
    assert_non_null(otter_reply_find(&reply, "Last-Modified"));
    assert_null(otter_reply_find(&reply, "Content-Range"));
}

static void test_the_type_follows_the_name(void **state)
{
    static const char *const types[][2] = {
        { "x.rbl", "application/octet-stream" },      { "x.bin", "application/octet-stream" },
        { "x.otter", "application/octet-stream" },    { "x", "application/octet-stream" },
        { "x.html", "text/html; charset=utf-8" },     { "X.HTM", "text/html; charset=utf-8" },
        { "x.txt", "text/plain; charset=utf-8" },     { "x.json", "application/json" },
        { "x.html.rbl", "application/octet-stream" },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char target[32];
        snprintf(target, sizeof target, "/%s", types[i][0]);
        folder_put(*state, types[i][0], "x", 1);
        assert_int_equal(get(state, target), 200);
        assert_header("Content-Type", types[i][1]);
        assert_header("X-Content-Type-Options", "nosniff");
    }
}

static void test_a_range_gives_exactly_its_bytes(void **state)
{
    assert_int_equal(get_range(state, "/app.rbl", "bytes=100-349"), 206);
    assert_body_is_app(100, 250);
    assert_header("Content-Range", "bytes 100-349/1000");
    assert_int_equal(get_range(state, "/app.rbl", "bytes=-1"), 206);
    assert_body_is_app(999, 1);
    assert_header("Content-Range", "bytes 999-999/1000");
}

static void test_several_ranges_give_the_whole_file(void **state)
{
    assert_int_equal(get_range(state, "/app.rbl", "bytes=0-1,5-6"), 200);
    assert_body_is_app(0, FOLDER_APP_SIZE);
}

static void test_a_range_past_the_end_is_told_the_size(void **state)
{
    assert_int_equal(get_range(state, "/app.rbl", "bytes=1000-"), 416);
    assert_header("Content-Range", "bytes */1000");
    assert_int_equal(reply.fd, -1);
    assert_int_equal(get_range(state, "/empty.bin", "bytes=0-"), 416);
    assert_header("Content-Range", "bytes */0");
}

static void test_an_empty_file_is_a_file(void **state)
{
    assert_int_equal(get(state, "/empty.bin"), 200);
    assert_int_equal(reply.length, 0);
}

static void test_head_ignores_ranges(void **state)
{
    assert_int_equal(
        ask(state, &(struct otter_static_query){ .method = "HEAD", .target = "/app.rbl", .range = "bytes=0-1" }), 200);
    assert_int_equal(reply.length, FOLDER_APP_SIZE);
}

/* A query for app.rbl as it is now, with a range. */
static struct otter_static_query resume(void **state, char etag[64])
{
    assert_int_equal(get(state, "/app.rbl"), 200);
    strcpy(etag, otter_reply_find(&reply, "ETag"));
    return (struct otter_static_query){
        .method = "GET", .target = "/app.rbl", .range = "bytes=500-", .conditions = { .if_range = etag }
    };
}

static void test_a_download_is_resumed_if_the_file_is_the_same(void **state)
{
    char etag[64];
    struct otter_static_query query = resume(state, etag);
    assert_int_equal(ask(state, &query), 206);
    assert_body_is_app(500, 500);
}

static void test_a_download_starts_again_if_the_file_has_changed(void **state)
{
    char etag[64], other[FOLDER_APP_SIZE] = { 0 };
    struct otter_static_query query = resume(state, etag);
    folder_put(*state, "app.rbl", other, sizeof other);
    assert_int_equal(ask(state, &query), 200);
    assert_int_equal(reply.length, FOLDER_APP_SIZE);
}

static void test_a_file_that_the_client_has_is_not_sent(void **state)
{
    char etag[64];
    struct otter_static_query query = resume(state, etag);
    query.conditions = (struct otter_conditions){ .if_none_match = etag };
    assert_int_equal(ask(state, &query), 304);
    assert_header("ETag", etag);
    query.conditions = (struct otter_conditions){ .if_match = "\"another\"" };
    assert_int_equal(ask(state, &query), 412);
}

static void test_a_date_in_the_future_is_not_passed_on(void **state)
{
    const struct folder *f = *state;
    char path[128], last[64];
    snprintf(path, sizeof path, "%s/app.rbl", f->path);
    const struct timespec times[2] = { { time(NULL) + 100000, 0 }, { time(NULL) + 100000, 0 } };
    assert_int_equal(utimensat(-1, path, times, 0), 0);
    time_t before = time(NULL), sent;
    assert_int_equal(get(state, "/app.rbl"), 200);
    strcpy(last, otter_reply_find(&reply, "Last-Modified"));
    assert_true(otter_http_date_parse(last, &sent));
    assert_true(sent >= before && sent <= time(NULL));
}

static void test_methods_that_would_write_are_refused(void **state)
{
    static const char *const methods[] = { "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "" };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        assert_int_equal(ask(state, &(struct otter_static_query){ .method = methods[i], .target = "/app.rbl" }), 405);
        assert_header("Allow", "GET, HEAD");
    }
}

static void test_nothing_outside_or_hidden_is_served(void **state)
{
    static const char *const targets[] = { "/out.rbl",       "/outdir/outside.txt", "/absolute.rbl",       "/.secret",
                                           "/fw/.old/x.rbl", "/../outside.txt",     "/%2e%2e/outside.txt", "/outdir/" };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        unsigned status = get(state, targets[i]);
        if (status != 404 && status != 400)
            fail_msg("%s: %u", targets[i], status);
        assert_int_equal(reply.fd, -1);
        assert_null(strstr(reply.bytes, FOLDER_OUTSIDE));
    }
}

static void test_the_log_knows_why_a_link_was_refused_and_the_client_does_not(void **state)
{
    assert_int_equal(get(state, "/out.rbl"), 404);
    assert_string_equal(reply.note, "symbolic link leaves DIR");
    assert_null(strstr(reply.bytes, "link"));
}

static void test_what_is_no_regular_file_is_not_served(void **state)
{
    assert_int_equal(get(state, "/fifo"), 404);
    assert_int_equal(get(state, "/no.rbl"), 404);
    assert_int_equal(get(state, "/app.rbl/"), 404);
    assert_int_equal(get(state, "/app.rbl/x"), 404);
    assert_int_equal(get(state, "/loop"), 404);
}

static void test_a_file_without_permission_is_forbidden(void **state)
{
    const struct folder *f = *state;
    char path[128];
    if (geteuid() == 0)
        skip(); /* root may read everything */
    snprintf(path, sizeof path, "%s/app.rbl", f->path);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(get(state, "/app.rbl"), 403);
}

static void test_a_folder_is_named_with_its_slash(void **state)
{
    assert_int_equal(get(state, "/fw"), 301);
    assert_header("Location", "/fw/");
    assert_int_equal(get(state, "//fw"), 301);
    assert_header("Location", "/fw/");
}

static void test_a_folder_with_an_index_page_shows_it(void **state)
{
    char page[32] = { 0 };
    assert_int_equal(get(state, "/web/"), 200);
    assert_header("Content-Type", "text/html; charset=utf-8");
    assert_int_equal(pread(reply.fd, page, sizeof page, 0), 14);
    assert_string_equal(page, "<h1>hello</h1>");
}

static bool listed(const char *text)
{
    return memmem(reply.bytes, reply.length, text, strlen(text)) != NULL;
}

static void test_a_folder_lists_what_can_be_got_and_nothing_else(void **state)
{
    assert_int_equal(get(state, "/"), 200);
    assert_true(listed("<a href=\"app.rbl\">app.rbl</a><td>1000<td>"));
    assert_true(listed("<a href=\"fw/\">fw/</a>"));
    assert_true(listed("link.rbl"));
    assert_false(listed(".secret"));
    assert_false(listed("out.rbl"));
    assert_false(listed("outdir"));
    assert_false(listed("absolute.rbl"));
    assert_false(listed("fifo"));
    assert_false(listed("../"));
    assert_int_equal(get(state, "/fw/"), 200);
    assert_true(listed("<a href=\"../\">"));
    assert_true(listed("new.rbl"));
    assert_false(listed(".old"));
}

static void test_a_listing_escapes_names(void **state)
{
    folder_put(*state, "\"><script>.txt", "x", 1);
    assert_int_equal(get(state, "/"), 200);
    assert_true(listed("<a href=\"a%20b%26%3Cc%3E.txt\">a b&#38;&#60;c&#62;.txt</a>"));
    assert_true(listed("<a href=\"%22%3E%3Cscript%3E.txt\">&#34;&#62;&#60;script&#62;.txt</a>"));
    assert_false(listed("<script>"));
    assert_non_null(otter_reply_find(&reply, "Content-Security-Policy"));
}

static void test_a_listing_sorts_versions_by_their_numbers(void **state)
{
    folder_put(*state, "v-1.10.rbl", "x", 1);
    folder_put(*state, "v-1.9.rbl", "x", 1);
    assert_int_equal(get(state, "/"), 200);
    const char *nine = strstr(reply.bytes, "v-1.9.rbl"), *ten = strstr(reply.bytes, "v-1.10.rbl");
    assert_true(nine && ten && nine < ten);
    assert_true(strstr(reply.bytes, "web/") < strstr(reply.bytes, "a%20b"));
}

static void test_no_descriptor_is_lost(void **state)
{
    static const char *const targets[] = { "/",   "/fw",   "/fw/",      "/web/",    "/app.rbl",
                                           "/no", "/fifo", "/app.rbl/", "/out.rbl", "/fw/new.rbl" };
    const struct folder *f = *state;
    int before = dup(f->root.dir);
    close(before);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        get(state, targets[i]);
        get_range(state, targets[i], "bytes=5000-");
    }
    otter_reply_free(&reply);
    int after = dup(f->root.dir);
    close(after);
    assert_int_equal(before, after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_package_is_sent_whole_with_all_that_a_client_needs_to_resume),
        TEST(test_the_type_follows_the_name),
        TEST(test_a_range_gives_exactly_its_bytes),
        TEST(test_several_ranges_give_the_whole_file),
        TEST(test_a_range_past_the_end_is_told_the_size),
        TEST(test_an_empty_file_is_a_file),
        TEST(test_head_ignores_ranges),
        TEST(test_a_download_is_resumed_if_the_file_is_the_same),
        TEST(test_a_download_starts_again_if_the_file_has_changed),
        TEST(test_a_file_that_the_client_has_is_not_sent),
        TEST(test_a_date_in_the_future_is_not_passed_on),
        TEST(test_methods_that_would_write_are_refused),
        TEST(test_nothing_outside_or_hidden_is_served),
        TEST(test_the_log_knows_why_a_link_was_refused_and_the_client_does_not),
        TEST(test_what_is_no_regular_file_is_not_served),
        TEST(test_a_file_without_permission_is_forbidden),
        TEST(test_a_folder_is_named_with_its_slash),
        TEST(test_a_folder_with_an_index_page_shows_it),
        TEST(test_a_folder_lists_what_can_be_got_and_nothing_else),
        TEST(test_a_listing_escapes_names),
        TEST(test_a_listing_sorts_versions_by_their_numbers),
        TEST(test_no_descriptor_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
