/*
 * What the tests of the package reader share: a board with room for all vectors, and a package in its `download`.
 */
#ifndef DOWNLOADED_H
#define DOWNLOADED_H

#include "core/package.h"
#include "tests/sim/device.h"

#define IMAGE_SIZE 10000

extern const struct sim_board board;
extern const struct sim_recipe plain, quicklz, encrypted; /* for app, version 2.0.0 */

extern struct sim_device device;
extern struct sim_package package; /* to be changed, sealed and downloaded */
extern struct otter_package pkg;   /* as it was opened last */
extern uint8_t image[IMAGE_SIZE];  /* a program for app */

/* cmocka's; the device is new and erased for each test, and must have broken no rule of flash at its end. */
int setup(void **state);
int teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Opens and verifies what is in `download`. */
int verify(void);

/* Puts `package` there before. */
int verify_downloaded(void);

/* The package is refused for that reason, by the installer too, and no flash was touched for it. */
void assert_refused(int reason);

#endif
