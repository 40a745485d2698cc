/*
 * What mbedTLS takes from its platform by plain functions, without a word on who asks. So it is kept here who does:
 * the one open connection.
 */
#include "fetch/tls/session.h"
#include "mbedtls/platform_time.h"
#include "mbedtls/platform_util.h"

static struct tls_session *session;
static struct otter_tls *entered;

void otter_tls_enter(struct tls_session *s, struct otter_tls *tls)
{
    session = s;
    entered = tls;
}

struct otter_tls *otter_tls_entered(void)
{
    return entered;
}

int otter_tls_random(void *buf, size_t len)
{
    return session ? mbedtls_hmac_drbg_random(&session->drbg, buf, len) : MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED;
}

void *otter_tls_calloc(size_t count, size_t size)
{
    return entered ? otter_heap_take(&entered->heap, count, size) : NULL;
}

void otter_tls_free(void *block)
{
    if (entered)
        otter_heap_give(&entered->heap, block);
}

time_t otter_tls_time(time_t *seconds)
{
    time_t now = entered ? (time_t)otter_clock_now(entered->config->clock) : 0;

    if (seconds)
        *seconds = now;
    return now;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
    return entered ? (mbedtls_ms_time_t)entered->config->millis() : 0;
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *seconds, struct tm *tm)
{
    struct otter_date date;

    otter_date_of((uint32_t)*seconds, &date);
    *tm = (struct tm){
        .tm_year = date.year - 1900,
        .tm_mon = date.month - 1,
        .tm_mday = date.day,
        .tm_hour = date.hour,
        .tm_min = date.minute,
        .tm_sec = date.second,
    };
    return tm;
}
