/*
 * A plugin for QEMU that counts what the emulated CPU does, to the instruction:
 *
 *     qemu-system-arm ... -plugin
 * libcount.so,out=FILE,code=0-10000,stores=21000000-22000000,stack=...,mark=...,stop=...
 *
 * All addresses are hexadecimal. It writes lines to FILE, in the order of events:
 *
 *     store PC ADDR LEN      bytes stored in the watched range, one ascending run by one instruction
 *     mark PC                the instruction at a mark is about to run; then what happened since the last one:
 *       insn PC N            an instruction within `code` ran N times
 *       elsewhere N          so many instructions ran outside of it
 *       stack ADDR           the lowest address stored to in the stack's range
 *
 * `stop` is a mark that ends QEMU. The declarations are those of QEMU's plugin interface, version 1 (QEMU 7.2,
 * docs/devel/tcg-plugins.rst), for which Debian 12 packages no header.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- QEMU's interface ---- */

struct plugin_tb;
struct plugin_insn;

enum { NO_REGISTERS = 0, INLINE_ADD = 0, STORES = 2 };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*cb)(uint64_t id, struct plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct plugin_tb *tb);
struct plugin_insn *qemu_plugin_tb_get_insn(const struct plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct plugin_insn *insn, void (*cb)(unsigned cpu, void *arg), int flags,
                                            void *arg);
void qemu_plugin_register_vcpu_insn_exec_inline(struct plugin_insn *insn, int op, void *counter, uint64_t by);
void qemu_plugin_register_vcpu_mem_cb(struct plugin_insn *insn,
                                      void (*cb)(unsigned cpu, uint32_t info, uint64_t addr, void *arg), int flags,
                                      int accesses, void *arg);
unsigned qemu_plugin_mem_size_shift(uint32_t info);
bool qemu_plugin_mem_is_store(uint32_t info);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

/* ---- the counts ---- */

enum { MARKS_MAX = 16 };

struct range {
    uint64_t start, end;
};

struct run {
    uint64_t pc, addr, len;
};

static FILE *out;
static struct range code, stores, stack;
static uint64_t marks[MARKS_MAX], stop;
static int mark_count;

static uint64_t *counts; /* one for each halfword of `code` */
static uint64_t elsewhere;
static uint64_t lowest; /* in `stack` */
static struct run run;  /* the stores that the next one may go on with */

static bool within(const struct range *r, uint64_t addr)
{
    return addr >= r->start && addr < r->end;
}

static uint64_t *counter_of(uint64_t pc)
{
    return within(&code, pc) ? &counts[(pc - code.start) / 2] : &elsewhere;
}

static void flush_run(void)
{
    if (run.len)
        fprintf(out, "store %" PRIx64 " %" PRIx64 " %" PRIu64 "\n", run.pc, run.addr, run.len);
    run.len = 0;
}

static void on_access(unsigned cpu, uint32_t info, uint64_t addr, void *arg)
{
    uint64_t pc = (uintptr_t)arg;
    uint64_t len = (uint64_t)1 << qemu_plugin_mem_size_shift(info);
    (void)cpu;

    if (!qemu_plugin_mem_is_store(info)) /* QEMU 7.2 calls for loads too */
        return;
    if (within(&stack, addr) && addr < lowest)
        lowest = addr;
    if (!within(&stores, addr))
        return;
    if (run.pc != pc || run.addr + run.len != addr) {
        flush_run();
        run = (struct run){ pc, addr, 0 };
    }
    run.len += len;
}

static void report(uint64_t pc)
{
    size_t n = (code.end - code.start) / 2;

    flush_run();
    fprintf(out, "mark %" PRIx64 "\n", pc);
    for (size_t i = 0; i < n; i++)
        if (counts[i])
            fprintf(out, "insn %" PRIx64 " %" PRIu64 "\n", code.start + 2 * i, counts[i]);
    fprintf(out, "elsewhere %" PRIu64 "\nstack %" PRIx64 "\n", elsewhere, lowest);
    memset(counts, 0, n * sizeof *counts);
    elsewhere = 0;
    lowest = stack.end;
}

static void on_mark(unsigned cpu, void *arg)
{
    uint64_t pc = (uintptr_t)arg;
    (void)cpu;

    report(pc);
    if (pc != stop)
        return;
    fflush(out);
    _exit(0);
}

static void on_translate(uint64_t id, struct plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        void *arg = (void *)(uintptr_t)pc;

        for (int m = 0; m < mark_count; m++)
            if (marks[m] == pc)
                qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, NO_REGISTERS, arg);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, counter_of(pc), 1);
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, NO_REGISTERS, STORES, arg);
    }
}

/* ---- options ---- */

static bool read_range(const char *text, struct range *r)
{
    return sscanf(text, "%" SCNx64 "-%" SCNx64, &r->start, &r->end) == 2 && r->start < r->end;
}

static bool read_mark(const char *text)
{
    return mark_count < MARKS_MAX && sscanf(text, "%" SCNx64, &marks[mark_count]) == 1 && ++mark_count;
}

static bool read_option(const char *name, const char *value)
{
    if (!strcmp(name, "out"))
        return (out = fopen(value, "w")) != NULL;
    if (!strcmp(name, "code"))
        return read_range(value, &code);
    if (!strcmp(name, "stores"))
        return read_range(value, &stores);
    if (!strcmp(name, "stack"))
        return read_range(value, &stack);
    if (!strcmp(name, "mark"))
        return read_mark(value);
    if (!strcmp(name, "stop"))
        return read_mark(value) && (stop = marks[mark_count - 1], true);
    return false;
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value)
            *value++ = 0;
        if (!value || !read_option(argv[i], value)) {
            fprintf(stderr, "count: bad option: %s=%s\n", argv[i], value ? value : "");
            return 1;
        }
    }
    if (!out || !code.end) {
        fprintf(stderr, "count: out=FILE and code=START-END are needed\n");
        return 1;
    }
    lowest = stack.end;
    counts = calloc((code.end - code.start) / 2 + 1, sizeof *counts);
    if (!counts)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
