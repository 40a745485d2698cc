#include "app/shell.h"

#include <string.h>

#include "boards/console.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the quotes out of the word at *line, ends it, and moves *line past it; false where a quote is open. */
static bool cut(char **line)
{
    char *in = *line, *out = *line;
    bool quoted = false;
    for (; *in && (quoted || !is_blank(*in)); in++) {
        if (*in == '"')
            quoted = !quoted;
        else
            *out++ = *in;
    }
    *line = *in ? in + 1 : in;
    *out = '\0';
    return !quoted;
}

int shell_split(char *line, char *words[SHELL_WORDS_MAX + 1])
{
    int count = 0;
    for (;;) {
        while (is_blank(*line))
            line++;
        if (!*line)
            break;
        if (count == SHELL_WORDS_MAX)
            return SHELL_E_WORDS;
        words[count++] = line;
        if (!cut(&line))
            return SHELL_E_QUOTE;
    }
    words[count] = NULL;
    return count;
}

static const struct shell_command *find(const char *name)
{
    for (const struct shell_command *const *group = shell_commands; *group; group++)
        for (const struct shell_command *c = *group; c->name; c++)
            if (!strcmp(c->name, name))
                return c;
    return NULL;
}

void shell_run(char *line)
{
    char *words[SHELL_WORDS_MAX + 1];
    int count = shell_split(line, words);
    if (count == SHELL_E_QUOTE) {
        console_print("A double quote is not closed.\n");
    } else if (count == SHELL_E_WORDS) {
        console_print("Too many words: a command takes at most %d.\n", SHELL_WORDS_MAX);
    } else if (count > 0) {
        const struct shell_command *command = find(words[0]);
        if (command)
            command->run(count, words);
        else
            console_print("%s: command not found.\n", words[0]);
    }
}

const char *shell_complete(const char *start, size_t len, unsigned n)
{
    for (const struct shell_command *const *group = shell_commands; *group; group++)
        for (const struct shell_command *c = *group; c->name; c++)
            if (!strncmp(c->name, start, len) && n-- == 0)
                return c->name;
    return NULL;
}

/* 16 for what is no digit, so that it is too large for any base. */
static uint32_t digit(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : 16;
}

static uint32_t base_of(const char **text)
{
    if ((*text)[0] != '0' || (*text)[1] == '\0')
        return 10;
    if (((*text)[1] | 0x20) != 'x') {
        *text += 1;
        return 8;
    }
    *text += 2;
    return 16;
}

bool shell_number(const char *text, uint32_t *value)
{
    uint32_t base = base_of(&text), n = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint32_t d = digit(*text);
        if (d >= base || n > (UINT32_MAX - d) / base)
            return false;
        n = n * base + d;
    }
    *value = n;
    return true;
}
