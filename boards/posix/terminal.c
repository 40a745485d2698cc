/*
 * The console on standard input and output. A terminal is made raw, so that the shell's line editor gets every key;
 * what a pipe ends with ends the program.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "boards/board.h"
#include "boards/posix/posix.h"

enum {
    IDLE_MS = 5,
    QUIET_MS = 2000, /* longer than any command pauses between two lines */
};

static struct {
    struct termios saved;
    bool raw;
    bool ended;         /* standard input is at its end */
    uint32_t last_sent; /* when, in milliseconds */
} terminal;

void posix_terminal_close(void)
{
    if (terminal.raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.saved);
    terminal.raw = false;
}

static void on_signal(int number)
{
    posix_terminal_close();
    signal(number, SIG_DFL);
    raise(number);
}

/* Ctrl-\: the way out, since the board itself gets Ctrl-C. */
static void on_quit(int number)
{
    (void)number;
    posix_terminal_close();
    _exit(EXIT_SUCCESS);
}

/* Every character but Ctrl-\ goes through as it is, both ways. */
static void make_raw(void)
{
    struct termios raw = terminal.saved;
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    raw.c_cc[VINTR] = _POSIX_VDISABLE;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    terminal.raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void posix_terminal_open(void)
{
    if (tcgetattr(STDIN_FILENO, &terminal.saved))
        return;
    atexit(posix_terminal_close);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    signal(SIGQUIT, on_quit);
    make_raw();
}

void posix_die(const char *fmt, ...)
{
    va_list args;
    posix_terminal_close();
    va_start(args, fmt);
    fputs("board posix: ", stderr);
    vfprintf(stderr, fmt, args);
    fputs("\n", stderr);
    va_end(args);
    exit(EXIT_FAILURE);
}

void board_console_put(char c)
{
    ssize_t n;
    terminal.last_sent = board_millis();
    do
        n = write(STDOUT_FILENO, &c, 1);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        exit(EXIT_FAILURE);
}

static bool is_waiting(int ms)
{
    struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
    return poll(&fd, 1, ms) > 0;
}

int board_console_get(void)
{
    unsigned char c;
    if (terminal.ended || !is_waiting(0))
        return -1;
    ssize_t n = read(STDIN_FILENO, &c, 1);
    if (n == 1)
        return c;
    terminal.ended = n == 0 || errno != EINTR;
    return -1;
}

/* A program that has nothing to do, and will be told nothing more, has come to its end. */
void board_idle(void)
{
    board_watchdog_feed();
    if (!terminal.ended) {
        is_waiting(IDLE_MS);
        return;
    }
    if (board_millis() - terminal.last_sent > QUIET_MS)
        exit(EXIT_SUCCESS);
    poll(NULL, 0, IDLE_MS);
}
