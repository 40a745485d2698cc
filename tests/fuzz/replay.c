/*
 * Runs a fuzz target on every file of the folders given: its corpus as a test. Says which file it is about to run
 * before it does, so that a crash names it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/target.h"

static uint8_t *load(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END))
        return NULL;
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*size ? *size : 1); /* exactly, so that the sanitizer sees a byte too far */
    if (data && fread(data, 1, *size, f) != *size) {
        free(data);
        data = NULL;
    }
    fclose(f);
    return data;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* How many inputs were run, or -1. */
static int replay(const char *folder)
{
    struct dirent **names;
    int count = scandir(folder, &names, is_input, alphasort);

    for (int i = 0; i < count; i++) {
        char path[4096];
        size_t size;

        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        free(names[i]);
        uint8_t *data = load(path, &size);
        if (!data) {
            fprintf(stderr, "%s cannot be read\n", path);
            return -1;
        }
        printf("%s\n", path);
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    if (count >= 0)
        free(names);
    return count;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);
        if (count < 1) {
            fprintf(stderr, "%s: no corpus\n", argv[i]);
            return 1;
        }
        printf("%s: %d inputs, 1 passed\n", argv[i], count);
    }
    return argc > 1 ? 0 : 2;
}
