/*
 * otter inspect: what a package says of itself, and what is wrong with it, without decoding it.
 */
#include "cli/command.h"
#include "cli/json.h"
#include "cli/package_file.h"
#include "cli/term.h"

enum { JSON, KEYS };

static const struct option_row options[] = {
    [JSON] = { "--json", NULL, "one JSON object, for programs" },
    READER_PROOF_ROWS(KEYS),
    { 0 },
};

static const char *const operands[] = { "PKG", NULL };

static const struct command_line line = {
    .name = "inspect",
    .usage = "[--json] [--pubkey FILE | --hmac-key FILE] PKG",
    .summary = "Shows everything that a package says of itself, and what is wrong with it.",
    .options = options,
    .operands = operands,
    .notes = "Ends with 1 if anything is wrong. Without a key, the signature of an Otter package is\n"
             "shown but not checked: anybody may have made it. Images are not decoded: 'otter verify'\n"
             "does that.\n"
             "The timestamp is shown as Unix time; RBL's official packager writes local time minus\n"
             "1970-01-01 08:00, which is the same only at UTC+8.\n",
};

static void print_for_people(const struct package_file *f, const struct problems *problems)
{
    if (f->kind)
        f->kind->print(f);
    if (!problems->count)
        term_line(stdout, "checked      all is whole%s",
                  package_file_is_proven(f)        ? ", and the signature right"
                  : f->kind == &package_kind_otter ? "; signature not checked"
                                                   : "");
    for (int i = 0; i < problems->count; i++)
        term_error("'%s': %s", f->name, problems->line[i]);
}

static void print_json(const struct package_file *f, const struct problems *problems)
{
    struct json j = { 0 };

    json_open(&j, NULL, '{');
    json_text(&j, "file", f->name);
    json_number(&j, "file_size", f->bytes.size);
    json_text(&j, "format", f->kind ? f->kind->name : NULL);
    if (f->kind)
        f->kind->print_json(f, &j);
    json_bool(&j, "ok", !problems->count);
    json_open(&j, "problems", '[');
    for (int i = 0; i < problems->count; i++)
        json_text(&j, NULL, problems->line[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}

static int inspect(const struct arguments *args, const struct reader_keys *keys)
{
    struct package_file f;
    struct problems problems;
    int status = package_file_load(&f, args->operand[0], keys);

    if (status)
        return status;
    package_file_check(&f, &problems);
    if (args->option[JSON])
        print_json(&f, &problems);
    else
        print_for_people(&f, &problems);
    package_file_free(&f);
    return problems.count ? EXIT_FAIL : EXIT_OK;
}

int inspect_command(int argc, char **argv)
{
    struct arguments args;
    struct reader_keys keys;
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    status = reader_keys_take(&keys, &args, KEYS);
    if (!status)
        status = inspect(&args, &keys);
    reader_keys_wipe(&keys);
    return status;
}
