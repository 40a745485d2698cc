/*
 * otter keygen: makes keys, and says what a board's table needs of them.
 */
#include <ctype.h>
#include <string.h>

#include "cli/command.h"
#include "cli/keys.h"
#include "cli/options.h"
#include "cli/term.h"

enum { TYPE, OUTPUT, SHOW, C_CODE };

static const struct option_row options[] = {
    [TYPE] = { "--type", "KIND",
               "p256 (the default) signs packages: the private key in FILE,\n"
               "the public one in FILE.pub; hmac signs for boards too small\n"
               "for P-256, which then hold the same secret; product encrypts\n"
               "packages for all boards of a product" },
    [OUTPUT] = { "-o", "FILE", "where to write a new key; a file that is there is kept" },
    [SHOW] = { "--show", "FILE", "no new key: tell what this file holds" },
    [C_CODE] = { "--c", NULL, "print what a board's board.c needs, in C" },
    { 0 },
};

static const char *const operands[] = { NULL };

static const struct command_line line = {
    .name = "keygen",
    .usage = "[--type KIND] -o FILE [--c]\n       otter keygen --show FILE [--c]",
    .summary = "Makes a key. Whoever has it can make packages that your boards trust, and without it\n"
               "nobody can: keep it secret, and keep a copy.",
    .options = options,
    .operands = operands,
    .notes = "P-256 keys are PEM files, which openssl reads and writes, too: a private key (PKCS #8,\n"
             "or SEC 1 as of 'openssl ecparam -name prime256v1 -genkey') or a public one. The others\n"
             "are text files with one line, 'hmac-key = hex:...' or 'product-key = hex:...' and 64\n"
             "digits. Private P-256 keys are never printed; --c prints what boards hold, and that is\n"
             "the secret itself of the other kinds.\n"
             "A key's id is the first 8 bytes of the SHA-256 of the bytes that boards hold.\n",
};

/* The file's name as a name in C: what is before the first dot. */
static void name_of(const char *path, char name[48])
{
    const char *slash = strrchr(path, '/');
    const char *from = slash ? slash + 1 : path;
    size_t n = 0;

    if (!isalpha((unsigned char)*from))
        name[n++] = 'k';
    for (; *from && (*from != '.' || !n) && n < 40; from++)
        name[n++] = isalnum((unsigned char)*from) ? *from : '_';
    name[n] = 0;
}

static void print_bytes(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        printf("%s0x%02X,%s", i % 16 ? " " : "    ", bytes[i], i % 16 == 15 ? "\n" : "");
}

static void print_id(const struct key *key)
{
    printf("{ ");
    for (int i = 0; i < OTTER_KEY_ID_SIZE; i++)
        printf("%s0x%02X", i ? ", " : "", key->id[i]);
    printf(" }");
}

static void print_c(const struct key *key, const char *path)
{
    char name[48];
    size_t size;
    const uint8_t *bytes = key_bytes(key, &size);

    name_of(path, name);
    printf("/* Key %s%s */\n", key_id_text(key->id).digits,
           key->kind == KEY_P256 ? ": the public half." : ". Keep this file secret.");
    printf("static const uint8_t %s_bytes[%zu] = {\n", name, size);
    print_bytes(bytes, size);
    printf("};\n\n");
    if (key->kind == KEY_PRODUCT) {
        printf("static const struct otter_product_key %s_key = { ", name);
        print_id(key);
        printf(", %s_bytes };\n", name);
        return;
    }
    printf(
        "/* Its row in the board's table of keys; OTTER_KEY_DEVELOPMENT instead of 0 allows downgrades:\n    { &%s, ",
        key->kind == KEY_P256 ? "otter_auth_p256" : "otter_auth_hmac");
    print_id(key);
    printf(", %s_bytes, 0 },\n*/\n", name);
}

static void tell(const struct key *key, const char *path, bool is_new)
{
    term_line(stdout, "%s: %s%s, id %s", path, key_kind_words(key->kind), key->has_secret ? "" : "'s public half",
              key_id_text(key->id).digits);
    if (is_new && key->kind == KEY_P256)
        term_line(stdout, "%s.pub: its public half, for boards and for 'otter verify'", path);
}

/* With --c, standard output has C code and nothing else. */
static int keygen(const struct arguments *args)
{
    const char *show = args->option[SHOW], *path = show ? show : args->option[OUTPUT];
    const char *type = args->option[TYPE] ? args->option[TYPE] : "p256";
    int kind = options_choose("--type", type, key_type_names);
    struct key key = { 0 };
    int status = EXIT_OK;

    if (kind < 0)
        return EXIT_USAGE;
    if (show)
        status = key_load(&key, path);
    else if (!key_generate(&key, (enum key_kind)kind) || !key_save(&key, path))
        status = EXIT_FAIL;
    if (!status && args->option[C_CODE])
        print_c(&key, path);
    else if (!status)
        tell(&key, path, !show);
    key_wipe(&key);
    return status;
}

int keygen_command(int argc, char **argv)
{
    struct arguments args;
    int status;

    if (!options_parse(&line, argc, argv, &args, &status))
        return status;
    if (args.option[SHOW] && (args.option[OUTPUT] || args.option[TYPE]))
        return term_usage("keygen: --show makes no key: it goes with neither -o nor --type");
    if (!args.option[SHOW] && !args.option[OUTPUT])
        return term_usage("keygen: '-o FILE' is missing: where to write the new key");
    return keygen(&args);
}
