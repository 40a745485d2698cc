/*
 * The board's settings, and the commands for them: setenv, getvalue, printenv, saveenv, resetenv.
 */
#include "app/settings.h"

#include <inttypes.h>
#include <string.h>

#include "app/commands.h"
#include "boards/board.h"
#include "boards/console.h"
#include "core/err.h"
#include "core/kv.h"

static struct otter_kv kv;
static bool is_open;

void settings_open(void)
{
    const struct otter_part *part = otter_part_find(board_config.parts, "easyflash");
    is_open = !otter_kv_open(&kv, part);
}

static bool is_text(const uint8_t *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (value[i] < ' ' || value[i] == 0x7F)
            return false;
    return true;
}

bool settings_text(const char *key, char *text, size_t size)
{
    int len = is_open ? otter_kv_get(&kv, key, text, size - 1) : OTTER_E_NOT_FOUND;
    if (len < 0 || !is_text((const uint8_t *)text, (size_t)len))
        return false;
    text[len] = '\0';
    return true;
}

/* ---- addresses ---- */

static bool parse_addr(const char *text, uint8_t addr[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++)
            value = value * 10 + (unsigned)(*text - '0');
        if (!digits || value > 255 || *text++ != (i < 3 ? '.' : '\0'))
            return false;
        addr[i] = (uint8_t)value;
    }
    return true;
}

/* Leaves `addr` as it is where nothing is set; false where something is that is no address. */
static bool read_addr(const char *key, uint8_t addr[4])
{
    char text[32];
    if (!settings_text(key, text, sizeof text))
        return true;
    bool ok = parse_addr(text, addr);
    if (!ok)
        console_print("Setting %s=%s is no address like 192.168.1.10: DHCP is used.\n", key, text);
    return ok;
}

bool settings_addrs(struct otter_net_addrs *addrs)
{
    char ip[32];
    *addrs = (struct otter_net_addrs){ .mask = { 255, 255, 255, 0 } };
    if (!settings_text("ip", ip, sizeof ip) || !strcmp(ip, "dhcp"))
        return false;
    return read_addr("ip", addrs->addr) && read_addr("mask", addrs->mask) && read_addr("gateway", addrs->gateway) &&
           read_addr("dns", addrs->dns);
}

/* ---- commands ---- */

static bool is_usable(bool right, const char *usage)
{
    if (!right)
        console_print("Usage: %s\n", usage);
    else if (!is_open)
        console_print("There is no partition easyflash of two erase blocks: nothing can be set.\n");
    return right && is_open;
}

/* Words as one value, with a blank between them: they fit, since a line does. */
static size_t join(char *value, size_t size, int argc, char **argv)
{
    size_t len = 0;
    for (int i = 0; i < argc; i++) {
        size_t n = strlen(argv[i]);
        if (len + n + 1 > size)
            break;
        if (i)
            value[len++] = ' ';
        memcpy(value + len, argv[i], n);
        len += n;
    }
    return len;
}

static void setenv(int argc, char **argv)
{
    char value[256];
    if (!is_usable(argc > 1, "setenv key [value...]; without a value the key is deleted"))
        return;
    size_t len = join(value, sizeof value, argc - 2, argv + 2);
    int err = argc > 2 ? otter_kv_set(&kv, argv[1], value, len) : otter_kv_delete(&kv, argv[1]);
    if (err == OTTER_E_ARGUMENT)
        console_print("%s is no key: use 1 to %d letters, digits and signs, without =.\n", argv[1], OTTER_KV_KEY_MAX);
    else if (err)
        console_print("%s is not set: %s (%d).\n", argv[1], otter_strerror(err), err);
}

static void print_value(const uint8_t *value, int len)
{
    if (is_text(value, (size_t)len))
        for (int i = 0; i < len; i++)
            console_print("%c", value[i]);
    else
        console_print("<%d bytes>", len);
    console_print("\n");
}

static uint8_t shown[OTTER_KV_VALUE_MAX];

static void getvalue(int argc, char **argv)
{
    if (!is_usable(argc == 2, "getvalue key"))
        return;
    int len = otter_kv_get(&kv, argv[1], shown, sizeof shown);
    if (len < 0)
        console_print("%s: %s.\n", argv[1], otter_strerror(len));
    else
        print_value(shown, len);
}

static void printenv(int argc, char **argv)
{
    struct otter_kv_item item = { 0 };
    unsigned count = 0;
    (void)argv;
    if (!is_usable(argc == 1, "printenv"))
        return;
    for (; otter_kv_next(&kv, &item); count++) {
        int len = otter_kv_get(&kv, item.key, shown, sizeof shown);
        console_print("%s=", item.key);
        print_value(shown, len < 0 ? 0 : len);
    }
    console_print("%u settings.\n", count);
}

static void saveenv(int argc, char **argv)
{
    (void)argv;
    if (is_usable(argc == 1, "saveenv"))
        console_print("All settings are saved: setenv does it at once.\n");
}

static void resetenv(int argc, char **argv)
{
    (void)argv;
    if (!is_usable(argc == 1, "resetenv"))
        return;
    settings_open();
    int err = otter_kv_reset(&kv);
    if (err)
        console_print("Settings are not reset: %s (%d).\n", otter_strerror(err), err);
    else
        console_print("Settings are reset: all keys are deleted.\n");
}

const struct shell_command settings_commands[] = {
    { "setenv", "Set and save a setting, or delete it: setenv key [value...]", setenv },
    { "getvalue", "Show a setting: getvalue key", getvalue },
    { "printenv", "List the settings", printenv },
    { "saveenv", "Nothing is left to save: setenv saves", saveenv },
    { "resetenv", "Delete all settings", resetenv },
    { NULL, NULL, NULL },
};
