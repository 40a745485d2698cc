/*
 * A line editor as a state machine: characters typed go in, what the terminal should show comes out.
 *
 *     Left Right Home End Ctrl-A Ctrl-E     move            Up Down     history
 *     Backspace Delete Ctrl-U Ctrl-K        delete          TAB         complete the command
 *     Ctrl-C                                give the line up
 *
 * Text is UTF-8: a character is moved over and deleted whole. The terminal understands VT100 sequences.
 */
#ifndef APP_LINE_H
#define APP_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LINE_SIZE = 256,  /* bytes, with the NUL */
    LINE_HISTORY = 8, /* lines that are remembered */
};

struct line {
    const char *prompt;
    void (*put)(char c);

    /* Command number n (from 0) of those that start with these len bytes, or NULL. */
    const char *(*complete)(const char *start, size_t len, unsigned n);

    char text[LINE_SIZE];
    size_t len, cursor; /* bytes; the cursor is never inside a character */

    char history[1 + LINE_HISTORY][LINE_SIZE]; /* newest first, after the line that Up left unfinished */
    unsigned remembered;                       /* lines in it */
    unsigned recalled;                         /* which one is shown; 0 is the unfinished line itself */

    unsigned char last;   /* the character before: LF after CR ends nothing */
    unsigned char escape; /* how far in an escape sequence: 0, ESC, '[' or 'O' */
    unsigned parameter;   /* the number in it */
};

/* Zeroes everything but what the caller gives: prompt, put and complete. Shows the prompt. */
void line_init(struct line *line, const char *prompt, void (*put)(char c),
               const char *(*complete)(const char *start, size_t len, unsigned n));

/*
 * Takes a character. After CR, LF or CR LF it gives the line, which the caller may change and has until it calls
 * line_prompt; otherwise NULL.
 */
char *line_feed(struct line *line, char typed);

/* An empty line with the prompt before it. */
void line_prompt(struct line *line);

#endif
