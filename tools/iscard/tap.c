#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/iscard/tap.h"

void tap_begin(void)
{
        puts("TAP version 13");
        fflush(stdout);
}

/*
 * A line end would end the point, and what follows a # is read as a directive, unless a backslash stands before it that no
 * backslash escapes in its turn.
 */
static void print_label(const char *label)
{
        for (; *label != '\0'; label++) {
                if (*label == '#' || (*label == '\\' && label[strspn(label, "\\")] == '#'))
                        putchar('\\');
                putchar((unsigned char)*label < 0x20 ? ' ' : *label);
        }
}

/* A YAML scalar in double quotes. */
static void print_quoted(const char *text)
{
        putchar('"');
        for (; *text != '\0'; text++) {
                if (*text == '"' || *text == '\\')
                        printf("\\%c", *text);
                else if (*text == '\n')
                        fputs("\\n", stdout);
                else if ((unsigned char)*text < 0x20 || *text == 0x7F)
                        printf("\\x%02X", (unsigned)(unsigned char)*text);
                else
                        putchar(*text);
        }
        putchar('"');
}

/* In a line of a comment: what would end it, or command a terminal, is a blank. */
static void tell(const char *text)
{
        for (; *text != '\0'; text++)
                fputc((unsigned char)*text < 0x20 || *text == 0x7F ? ' ' : *text, stderr);
}

/* prove hides the standard output; what failed should be seen all the same, as with perl's own tests. */
static void tell_harness(const char *label, const struct tap_detail *details, size_t count)
{
        const char *active = getenv("HARNESS_ACTIVE");

        if (active == NULL || active[0] == '\0')
                return;
        fputs("#   Failed test '", stderr);
        tell(label);
        fputs("'\n", stderr);
        for (size_t i = 0; i < count; i++) {
                if (details[i].text == NULL)
                        continue;
                fprintf(stderr, "#   %10s: ", details[i].key);
                tell(details[i].text);
                fputc('\n', stderr);
        }
}

void tap_point(struct tap *tap, bool ok, const char *label, const struct tap_detail *details, size_t count)
{
        tap->points++;
        printf("%s %u - ", ok ? "ok" : "not ok", tap->points);
        print_label(label);
        putchar('\n');
        if (!ok) {
                tap->failed++;
                fputs("  ---\n", stdout);
                for (size_t i = 0; i < count; i++) {
                        if (details[i].text == NULL)
                                continue;
                        printf("  %s: ", details[i].key);
                        print_quoted(details[i].text);
                        putchar('\n');
                }
                fputs("  ...\n", stdout);
        }
        fflush(stdout);
        if (!ok)
                tell_harness(label, details, count);
}

void tap_comment(const char *format, ...)
{
        va_list arguments;
        char *text = NULL;
        const char *at;
        int len;

        va_start(arguments, format);
        len = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (len < 0)
                return; /* a comment is no result */
        at = text;
        do {
                size_t line = strcspn(at, "\n");

                fputs("# ", stdout);
                for (size_t i = 0; i < line; i++)
                        putchar((unsigned char)at[i] < 0x20 && at[i] != '\t' ? ' ' : at[i]);
                putchar('\n');
                at += line;
        } while (*at++ != '\0');
        fflush(stdout);
        free(text);
}

void tap_plan(const struct tap *tap)
{
        printf("1..%u\n", tap->points);
        fflush(stdout);
}
