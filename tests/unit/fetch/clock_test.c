/*
 * The time of day, and dates.
 */
#include "tests/sim/test.h"

#include <time.h>

#include "core/err.h"
#include "fetch/clock.h"

static uint32_t counter;

static uint32_t millis(void)
{
    return counter;
}

static void test_a_clock_begins_at_its_floor_and_goes_on(void **state)
{
    (void)state;
    struct otter_clock clock;

    counter = 5000;
    otter_clock_init(&clock, 1700000000, millis);
    assert_int_equal(otter_clock_now(&clock), 1700000000);
    counter += 1999;
    assert_int_equal(otter_clock_now(&clock), 1700000001);
    counter += 1;
    assert_int_equal(otter_clock_now(&clock), 1700000002);
    assert_false(clock.known);
}

static void test_a_clock_survives_that_its_counter_wraps(void **state)
{
    (void)state;
    struct otter_clock clock;

    counter = UINT32_MAX - 1500;
    otter_clock_init(&clock, 1000, millis);
    for (int i = 0; i < 100; i++) {
        counter += 86400000;
        assert_int_equal(otter_clock_now(&clock), 1000 + 86400u * (uint32_t)(i + 1));
    }
}

static void test_time_never_goes_back(void **state)
{
    (void)state;
    struct otter_clock clock;

    otter_clock_init(&clock, 1700000000, millis);
    assert_false(otter_clock_raise(&clock, 1699999999));
    assert_int_equal(otter_clock_now(&clock), 1700000000);
    assert_false(clock.known);
    assert_true(otter_clock_raise(&clock, 1800000000));
    assert_int_equal(otter_clock_now(&clock), 1800000000);
    assert_true(clock.known);
    assert_false(otter_clock_raise(&clock, 1700000000));
    assert_int_equal(otter_clock_now(&clock), 1800000000);
}

/* Every day of the clock, by the C library. */
static void test_dates_are_those_of_the_calendar(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < UINT32_MAX - 86400; at += 86399) {
        struct otter_date date;
        time_t seconds = at;
        const struct tm *tm = gmtime(&seconds);

        otter_date_of(at, &date);
        assert_int_equal(date.year, tm->tm_year + 1900);
        assert_int_equal(date.month, tm->tm_mon + 1);
        assert_int_equal(date.day, tm->tm_mday);
        assert_int_equal(date.hour, tm->tm_hour);
        assert_int_equal(date.minute, tm->tm_min);
        assert_int_equal(date.second, tm->tm_sec);
    }
}

static void test_a_date_of_http_is_read_for_every_day(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 4260000000u; at += 86461) {
        char text[40];
        time_t seconds = at;
        uint32_t read;

        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&seconds));
        assert_int_equal(otter_date_parse(text, &read), 0);
        assert_int_equal(read, at);
    }
}

static void test_what_is_no_date_of_http_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Sun",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, 06 Nov 2106 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 0-:49:37 GMT",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint32_t seconds = 1;
        assert_int_equal(otter_date_parse(texts[i], &seconds), OTTER_E_PROTOCOL);
        assert_int_equal(seconds, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clock_begins_at_its_floor_and_goes_on),
        cmocka_unit_test(test_a_clock_survives_that_its_counter_wraps),
        cmocka_unit_test(test_time_never_goes_back),
        cmocka_unit_test(test_dates_are_those_of_the_calendar),
        cmocka_unit_test(test_a_date_of_http_is_read_for_every_day),
        cmocka_unit_test(test_what_is_no_date_of_http_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
