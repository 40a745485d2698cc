#include "tests/unit/fetch/script.h"

#include <assert.h>
#include <string.h>

#include "core/err.h"

uint32_t script_now;

uint32_t script_millis(void)
{
    return script_now;
}

static int play_connect(struct otter_transport *t, const char *host, uint16_t port)
{
    struct script *s = (struct script *)t;

    assert(strlen(host) < sizeof s->host);
    strcpy(s->host, host);
    s->port = port;
    s->connects++;
    s->open = !s->connect_err;
    s->answering = false;
    return s->connect_err;
}

static int play_send(struct otter_transport *t, const void *data, size_t len)
{
    struct script *s = (struct script *)t;

    assert(s->open && len && s->sent_len + len < sizeof s->sent);
    if (s->send_err)
        return s->send_err;
    s->sends++;
    memcpy(s->sent + s->sent_len, data, len);
    s->sent_len += len;
    s->sent[s->sent_len] = 0;
    s->answering = false;
    return 0;
}

static size_t answer_len(const struct script_answer *a)
{
    return a->len ? a->len : a->bytes ? strlen(a->bytes) : 0;
}

/* The first recv after a send is the begin of the next answer. */
static void begin_answer(struct script *s)
{
    s->answering = true;
    s->requests++;
    s->next++;
    s->pos = 0;
}

static int play_recv(struct otter_transport *t, void *buf, size_t len)
{
    struct script *s = (struct script *)t;

    assert(s->open && len);
    script_now += s->ms;
    if (s->went) {
        s->went = false;
        return 0;
    }
    if (!s->answering)
        begin_answer(s);
    if (s->next > s->count)
        return 0;

    const struct script_answer *a = &s->answers[s->next - 1];
    size_t left = answer_len(a) - s->pos;
    if (!left)
        return a->err ? a->err : a->stays ? OTTER_E_TIMEOUT : 0;
    if (len > left)
        len = left;
    if (s->most && len > s->most)
        len = s->most;
    memcpy(buf, sim_guard_copy(&s->guard, (const char *)a->bytes + s->pos, len), len);
    s->pos += len;
    return (int)len;
}

static void play_close(struct otter_transport *t)
{
    struct script *s = (struct script *)t;

    s->closes += s->open;
    s->open = false;
}

void script_init(struct script *s, const struct script_answer *answers, size_t count)
{
    memset(s, 0, sizeof *s);
    s->transport = (struct otter_transport){ play_connect, play_send, play_recv, play_close };
    s->answers = answers;
    s->count = count;
    s->guard = sim_guard_new(1 << 20);
    script_now = UINT32_MAX - 5;
}

void script_free(struct script *s)
{
    sim_guard_free(&s->guard);
}
