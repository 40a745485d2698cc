/*
 * In place of app/https.c: an application without TLS, to see what that costs.
 */
#include "app/https.h"

struct otter_transport *https_transport(void)
{
    return NULL;
}

const char *https_why(void)
{
    return NULL;
}

void https_memory(struct https_memory *memory)
{
    *memory = (struct https_memory){ 0, 0 };
}

void https_on_field(void *http, const char *name, const char *value)
{
    (void)http;
    (void)name;
    (void)value;
}
