/*
 * The groups of commands: each a table that ends with a NULL name.
 */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/shell.h"

extern const struct shell_command system_commands[];
extern const struct shell_command fal_commands[];
extern const struct shell_command network_commands[];
extern const struct shell_command update_commands[];
extern const struct shell_command ymodem_commands[];
extern const struct shell_command trial_commands[];
extern const struct shell_command settings_commands[];

#endif
