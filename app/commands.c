#include "app/commands.h"

const struct shell_command *const shell_commands[] = {
    system_commands,   update_commands, ymodem_commands,  trial_commands,
    settings_commands, fal_commands,    network_commands, NULL,
};
