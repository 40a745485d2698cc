/*
 * A folder to serve, made for one test and removed after it.
 *
 *     app.rbl (1000 bytes)   empty.bin   a b&<c>.txt   .secret   fw/new.rbl   web/index.html
 *     fifo                   fw/.old/x.rbl
 *     link.rbl -> fw/new.rbl       fw/up.rbl -> ../app.rbl       dirlink -> fw
 *     out.rbl -> ../outside.txt    absolute.rbl -> /.../app.rbl  outdir -> ..    loop -> loop
 */
#ifndef FOLDER_H
#define FOLDER_H

#include "server/path.h"

struct folder {
    char parent[64]; /* holds outside.txt, which nobody may get, and the folder */
    char path[80];
    struct otter_root root;
};

#define FOLDER_APP_SIZE 1000
#define FOLDER_OUTSIDE  "outside of what is served"

/* For cmocka: *state is a struct folder. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* The byte of app.rbl at an offset. */
char folder_app_byte(size_t off);

/* Writes, or writes over, a file below the folder. */
void folder_put(const struct folder *f, const char *name, const void *data, size_t len);

#endif
