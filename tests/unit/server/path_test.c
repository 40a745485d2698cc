/*
 * Paths: whatever a request asks for, nothing outside the folder is opened, and nothing hidden.
 */
#include "tests/sim/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/server/folder.h"

static void assert_decodes(const char *target, const char *want, bool slash)
{
    struct otter_path path;
    int status = otter_path_decode(&path, target);
    if (status)
        fail_msg("'%s' was refused with %d", target, status);
    assert_string_equal(path.text, want);
    if (path.slash != slash)
        fail_msg("'%s': slash is %d", target, path.slash);
}

static void assert_refused(const char *target, int want)
{
    struct otter_path path;
    int status = otter_path_decode(&path, target);
    if (status != want)
        fail_msg("'%s' gave %d '%s', not %d", target, status, status ? "" : path.text, want);
}

static void test_a_target_becomes_a_relative_path(void **state)
{
    (void)state;
    assert_decodes("/", ".", true);
    assert_decodes("/app.rbl", "app.rbl", false);
    assert_decodes("/fw/new.rbl", "fw/new.rbl", false);
    assert_decodes("/fw/", "fw", true);
    assert_decodes("/fw", "fw", false);
    assert_decodes("/a..b/c...", "a..b/c...", false);
}

static void test_empty_names_disappear(void **state)
{
    (void)state;
    assert_decodes("//", ".", true);
    assert_decodes("//fw///new.rbl", "fw/new.rbl", false);
    assert_decodes("/fw//", "fw", true);
}

static void test_escapes_are_taken_out_once(void **state)
{
    (void)state;
    assert_decodes("/a%20b", "a b", false);
    assert_decodes("/%61%70%70.rbl", "app.rbl", false);
    assert_decodes("/fw%2Fnew%2erbl", "fw/new.rbl", false);
    assert_decodes("/100%25", "100%", false);
    assert_decodes("/%252e%252e/x", "%2e%2e/x", false);
    assert_decodes("/%E5%9B%BA%e4%bb%b6", "\xE5\x9B\xBA\xE4\xBB\xB6", false);
    assert_decodes("/a%3Fb", "a?b", false);
}

static void test_the_query_is_cut_off(void **state)
{
    (void)state;
    assert_decodes("/app.rbl?device=7", "app.rbl", false);
    assert_decodes("/?a=/../..", ".", true);
    assert_decodes("/app.rbl?%", "app.rbl", false);
}

static void test_the_host_of_an_absolute_target_is_ignored(void **state)
{
    (void)state;
    assert_decodes("http://192.168.1.2:8080/fw/new.rbl", "fw/new.rbl", false);
    assert_decodes("HTTPS://host/app.rbl", "app.rbl", false);
    assert_decodes("http://host", ".", true);
    assert_decodes("http://host?x", ".", true);
    assert_refused("http://host/../x", 400);
    assert_refused("ftp://host/x", 400);
}

static void test_dot_dot_is_refused_however_it_is_written(void **state)
{
    static const char *const targets[] = {
        "/..",       "/../",      "/../x",   "/fw/..",         "/fw/../app.rbl", "/fw/../../x",
        "/%2e%2e/x", "/%2E%2e/x", "/.%2e/x", "/fw/%2e%2e%2fx", "/fw%2f..%2fx",   "//..//x",
        "/./x",      "/.",        "/%2e",    "/fw/./new.rbl",  "/..?x",          "/fw/..%2F..%2fx",
    };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_refused(targets[i], 400);
}

static void test_bytes_that_trick_a_reader_are_refused(void **state)
{
    static const char *const targets[] = {
        "/a%00.rbl", "/%00",    "/..\\x", "/..%5cx", "/%5C..%5C", "/a%0d%0ax", "/a%0A",
        "/a\tb",     "/%1b[2J", "/a%7f",  "/a\x1B",  "/a\r",      "/\x01",
    };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_refused(targets[i], 400);
}

static void test_broken_escapes_and_other_nonsense_are_refused(void **state)
{
    static const char *const targets[] = { "",     "*",    "app.rbl", "../x",  "/%", "/%2",
                                           "/%g0", "/%0g", "/a%",     "/%%41", "?",  " /x" };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_refused(targets[i], 400);
}

static void test_hidden_names_are_refused_as_if_they_did_not_exist(void **state)
{
    static const char *const targets[] = { "/.secret", "/.git/config", "/fw/.old/x.rbl", "/%2egit/", "/...",
                                           "/..x",     "//.x" };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_refused(targets[i], 404);
}

static void test_a_path_that_is_too_long_is_refused(void **state)
{
    char target[OTTER_PATH_SIZE + 2];
    struct otter_path path;
    (void)state;
    memset(target, 'a', sizeof target);
    target[0] = '/';
    target[OTTER_PATH_SIZE - 1] = 0;
    assert_int_equal(otter_path_decode(&path, target), 0);
    assert_int_equal(strlen(path.text), OTTER_PATH_SIZE - 2);
    target[OTTER_PATH_SIZE - 1] = 'a';
    target[OTTER_PATH_SIZE] = 0;
    assert_int_equal(otter_path_decode(&path, target), 414);
}

static void test_any_target_is_refused_or_decodes_to_names_without_a_leading_dot(void **state)
{
    static const char alphabet[] = "/.%2eEfF05cC\\a?\x01\x80";
    unsigned seed = 1, decoded = 0;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char target[16] = "/";
        struct otter_path path;
        size_t len = 1 + (size_t)rand_r(&seed) % 14;
        for (size_t i = 1; i < len; i++)
            target[i] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
        if (otter_path_decode(&path, target))
            continue;
        decoded++;
        if (!strcmp(path.text, "."))
            continue;
        assert_null(strstr(path.text, "/."));
        assert_null(strstr(path.text, "//"));
        assert_null(strchr(path.text, '\\'));
        assert_true(path.text[0] != '.' && path.text[0] != '/' && path.text[0]);
    }
    assert_true(decoded > 1000);
}

static void assert_encodes(const char *path, const char *want)
{
    char *url;
    size_t len;
    FILE *out = open_memstream(&url, &len);
    otter_path_encode(out, path);
    fclose(out);
    assert_string_equal(url, want);
    free(url);
}

static void test_a_path_is_escaped_for_a_url(void **state)
{
    (void)state;
    assert_encodes("fw/app-2.0_1~.rbl", "fw/app-2.0_1~.rbl");
    assert_encodes("a b", "a%20b");
    assert_encodes("50%?#&\"<>:@", "50%25%3F%23%26%22%3C%3E%3A%40");
    assert_encodes("\xE5\x9B\xBA", "%E5%9B%BA");
}

/* ---- the file system ---- */

static int try_open(const struct folder *f, bool openat2, const char *path)
{
    struct otter_root root = f->root;
    root.openat2 = openat2;
    int fd = otter_root_openat(&root, path, O_RDONLY);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : fd;
}

static void test_files_below_the_folder_are_opened(void **state)
{
    static const char *const paths[] = { ".", "app.rbl", "fw", "fw/new.rbl", "fw/.old/x.rbl", "a b&<c>.txt" };
    for (int openat2 = 0; openat2 < 2; openat2++)
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            assert_int_equal(try_open(*state, openat2, paths[i]), 0);
}

static void test_no_link_leads_out_of_the_folder(void **state)
{
    static const char *const paths[] = { "out.rbl", "absolute.rbl", "outdir/outside.txt", "outdir",
                                         "outdir/www/app.rbl" };
    for (int openat2 = 0; openat2 < 2; openat2++)
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            assert_true(try_open(*state, openat2, paths[i]) < 0);
    assert_int_equal(try_open(*state, true, "out.rbl"), -EXDEV);
}

static void test_not_even_dot_dot_leads_out_of_the_folder(void **state)
{
    assert_int_equal(try_open(*state, true, "../outside.txt"), -EXDEV);
    assert_int_equal(try_open(*state, true, "fw/../../outside.txt"), -EXDEV);
    assert_int_equal(try_open(*state, true, "/etc/passwd"), -EXDEV);
}

static void test_links_that_stay_inside_work_where_the_kernel_can_tell(void **state)
{
    const struct folder *f = *state;
    if (!f->root.openat2)
        skip();
    assert_int_equal(try_open(f, true, "link.rbl"), 0);
    assert_int_equal(try_open(f, true, "fw/up.rbl"), 0);
    assert_int_equal(try_open(f, true, "dirlink/new.rbl"), 0);
    assert_int_equal(try_open(f, true, "loop"), -ELOOP);
}

static void test_without_openat2_no_link_is_followed(void **state)
{
    static const char *const paths[] = { "link.rbl", "fw/up.rbl", "dirlink/new.rbl", "loop" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int err = try_open(*state, false, paths[i]);
        assert_true(err == -ELOOP || err == -ENOTDIR);
    }
}

static void test_what_is_not_there_is_not_opened(void **state)
{
    for (int openat2 = 0; openat2 < 2; openat2++) {
        assert_int_equal(try_open(*state, openat2, "no"), -ENOENT);
        assert_int_equal(try_open(*state, openat2, "no/no"), -ENOENT);
        assert_int_equal(try_open(*state, openat2, "app.rbl/x"), -ENOTDIR);
    }
}

static void test_opening_a_fifo_does_not_wait_for_a_writer(void **state)
{
    for (int openat2 = 0; openat2 < 2; openat2++)
        assert_int_equal(try_open(*state, openat2, "fifo"), 0);
}

static void test_nothing_stays_open(void **state)
{
    const struct folder *f = *state;
    int before = dup(f->root.dir);
    close(before);
    try_open(f, false, "fw/.old/x.rbl");
    try_open(f, false, "fw/.old/no");
    try_open(f, false, "fw/up.rbl");
    int after = dup(f->root.dir);
    close(after);
    assert_int_equal(before, after);
}

static void test_a_root_that_is_no_folder_is_refused(void **state)
{
    const struct folder *f = *state;
    struct otter_root root;
    char path[128];
    snprintf(path, sizeof path, "%s/app.rbl", f->path);
    assert_int_equal(otter_root_open(&root, path), -ENOTDIR);
    assert_int_equal(otter_root_open(&root, "/no/such/folder"), -ENOENT);
}

#define TEST_IN(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_target_becomes_a_relative_path),
        cmocka_unit_test(test_empty_names_disappear),
        cmocka_unit_test(test_escapes_are_taken_out_once),
        cmocka_unit_test(test_the_query_is_cut_off),
        cmocka_unit_test(test_the_host_of_an_absolute_target_is_ignored),
        cmocka_unit_test(test_dot_dot_is_refused_however_it_is_written),
        cmocka_unit_test(test_bytes_that_trick_a_reader_are_refused),
        cmocka_unit_test(test_broken_escapes_and_other_nonsense_are_refused),
        cmocka_unit_test(test_hidden_names_are_refused_as_if_they_did_not_exist),
        cmocka_unit_test(test_a_path_that_is_too_long_is_refused),
        cmocka_unit_test(test_any_target_is_refused_or_decodes_to_names_without_a_leading_dot),
        cmocka_unit_test(test_a_path_is_escaped_for_a_url),
        TEST_IN(test_files_below_the_folder_are_opened),
        TEST_IN(test_no_link_leads_out_of_the_folder),
        TEST_IN(test_not_even_dot_dot_leads_out_of_the_folder),
        TEST_IN(test_links_that_stay_inside_work_where_the_kernel_can_tell),
        TEST_IN(test_without_openat2_no_link_is_followed),
        TEST_IN(test_what_is_not_there_is_not_opened),
        TEST_IN(test_opening_a_fifo_does_not_wait_for_a_writer),
        TEST_IN(test_nothing_stays_open),
        TEST_IN(test_a_root_that_is_no_folder_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
