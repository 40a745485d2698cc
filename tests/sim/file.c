#include "tests/sim/file.h"

#include <stdio.h>
#include <stdlib.h>

uint8_t *sim_file_read(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END)) {
        fprintf(stderr, "%s cannot be read; tests run in the folder tests/\n", path);
        exit(2);
    }
    *len = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*len + 1);
    if (!data || fread(data, 1, *len, f) != *len) {
        fprintf(stderr, "%s cannot be read whole\n", path);
        exit(2);
    }
    fclose(f);
    return data;
}
