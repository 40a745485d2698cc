/*
 * Files of the repository's tests/ folder, which is where tests run.
 */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The file's bytes, to be freed; ends the program with a message if it can't be read. */
uint8_t *sim_file_read(const char *path, size_t *len);

#endif
