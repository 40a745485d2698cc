#include "cli/json.h"

#include <stdio.h>

#include "cli/text.h"

static void new_line(const struct json *j)
{
    printf("\n%*s", 2 * j->depth, "");
}

/* What comes before a value. */
static void begin(struct json *j, const char *name)
{
    if (j->has_members)
        putchar(',');
    if (j->depth)
        new_line(j);
    j->has_members = true;
    if (!name)
        return;
    text_print_json(stdout, name);
    printf(": ");
}

void json_open(struct json *j, const char *name, char bracket)
{
    begin(j, name);
    putchar(bracket);
    j->depth++;
    j->has_members = false;
}

void json_close(struct json *j, char bracket)
{
    j->depth--;
    if (j->has_members)
        new_line(j);
    putchar(bracket);
    j->has_members = true;
    if (!j->depth)
        putchar('\n');
}

void json_text(struct json *j, const char *name, const char *value)
{
    begin(j, name);
    if (value)
        text_print_json(stdout, value);
    else
        printf("null");
}

void json_number(struct json *j, const char *name, uint64_t value)
{
    begin(j, name);
    printf("%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *name, bool value)
{
    begin(j, name);
    printf(value ? "true" : "false");
}

void json_hex(struct json *j, const char *name, const uint8_t *bytes, size_t size)
{
    begin(j, name);
    putchar('"');
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    putchar('"');
}
