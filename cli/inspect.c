/*
 * otter inspect: what a package says of itself, and what is wrong with it, without decoding it.
 */
#include <time.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/package_file.h"
#include "cli/term.h"
#include "cli/text.h"

enum { JSON };

static const struct option_row options[] = {
    [JSON] = { "--json", NULL, "one JSON object, for programs" },
    { 0 },
};

static const char *const operands[] = { "PKG", NULL };

static const struct command_line line = {
    .name = "inspect",
    .usage = "[--json] PKG",
    .summary = "Shows every field of a package's header, and what is wrong with the package.",
    .options = options,
    .operands = operands,
    .notes = "Ends with 1 if anything is wrong. The image is not decoded: 'otter verify' does that.\n"
             "The timestamp is shown as Unix time; the official packager writes local time minus\n"
             "1970-01-01 08:00, which is the same only at UTC+8.\n",
};

static void format_time(uint32_t seconds, char *text, size_t size)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
}

static const char *or_unknown(const char *name)
{
    return name ? name : "unknown";
}

static void print_header(const struct package_file *f)
{
    const struct otter_rbl *h = &f->header;
    char when[32];

    format_time(h->timestamp, when, sizeof when);
    term_line(stdout, "partition    %s", h->part);
    term_line(stdout, "version      %s", h->version);
    term_line(stdout, "serial       %s", h->sn);
    term_line(stdout, "timestamp    %u  %s", h->timestamp, when);
    term_line(stdout, "cipher       %s (%u)", or_unknown(package_cipher_name(h)), h->cipher);
    term_line(stdout, "compression  %s (%u)", or_unknown(package_compression_name(h)), h->compression);
    term_line(stdout, "image size   %u", h->raw_size);
    term_line(stdout, "image hash   0x%08x  %s (%u)", h->raw_hash, or_unknown(package_hash_name(h)), h->hash_kind);
    term_line(stdout, "body size    %u", h->body_size);
    term_line(stdout, "body CRC     0x%08x", h->body_crc);
    term_line(stdout, "header CRC   0x%08x", f->header_crc);
    term_line(stdout, "file size    %zu", f->bytes.size);
}

static void print_for_people(const struct package_file *f, const struct problems *problems)
{
    if (package_file_is_rbl(f))
        print_header(f);
    if (!problems->count)
        term_line(stdout, "checked      header and body are whole");
    for (int i = 0; i < problems->count; i++)
        term_error("'%s': %s", f->name, problems->line[i]);
}

static void json_text(const char *name, const char *value)
{
    printf("  \"%s\": ", name);
    if (value)
        text_print_json(stdout, value);
    else
        printf("null");
    printf(",\n");
}

static void json_number(const char *name, uint64_t value)
{
    printf("  \"%s\": %llu,\n", name, (unsigned long long)value);
}

static void json_problems(const struct problems *problems)
{
    printf("  \"problems\": [");
    for (int i = 0; i < problems->count; i++) {
        printf(i ? ", " : "");
        text_print_json(stdout, problems->line[i]);
    }
    printf("]\n");
}

/* Texts that are not UTF-8 lose bytes here, so the header is there as it is, too. */
static void json_header(const struct package_file *f)
{
    printf("  \"header\": \"");
    for (int i = 0; i < OTTER_RBL_HEADER_SIZE; i++)
        printf("%02x", f->bytes.data[i]);
    printf("\",\n");
}

static void print_json(const struct package_file *f, const struct problems *problems)
{
    const struct otter_rbl *h = &f->header;
    char when[32];

    format_time(h->timestamp, when, sizeof when);
    printf("{\n");
    json_text("file", f->name);
    json_number("file_size", f->bytes.size);
    json_text("format", "rbl");
    json_text("part", h->part);
    json_text("version", h->version);
    json_text("sn", h->sn);
    json_number("timestamp", h->timestamp);
    json_text("time", when);
    json_number("cipher_id", h->cipher);
    json_text("cipher", package_cipher_name(h));
    json_number("compression_id", h->compression);
    json_text("compression", package_compression_name(h));
    json_number("hash_id", h->hash_kind);
    json_text("hash", package_hash_name(h));
    json_number("raw_size", h->raw_size);
    json_number("raw_hash", h->raw_hash);
    json_number("body_size", h->body_size);
    json_number("body_crc", h->body_crc);
    json_number("header_crc", f->header_crc);
    json_header(f);
    printf("  \"ok\": %s,\n", problems->count ? "false" : "true");
    json_problems(problems);
    printf("}\n");
}

int inspect_command(int argc, char **argv)
{
    struct arguments args;
    struct package_file f;
    struct problems problems;
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    status = package_file_load(&f, args.operand[0]);
    if (status)
        return status;
    package_file_check(&f, &problems);
    if (args.option[JSON])
        print_json(&f, &problems);
    else
        print_for_people(&f, &problems);
    package_file_free(&f);
    return problems.count ? EXIT_FAIL : EXIT_OK;
}
