/*
 * tap.h - test points on the standard output, Test Anything Protocol version 13.
 * Source: testanything.org, TAP 13 specification
 */
#ifndef ISCARD_TOOL_TAP_H
#define ISCARD_TOOL_TAP_H

#include <stdbool.h>
#include <stddef.h>

#define TAP_PLACE_MAX 256

/* The state of a stream, zeroed at its beginning. Several processes may write one after the other. */
struct tap {
        unsigned points, failed;
        char at
            [TAP_PLACE_MAX]; /* "file:line" that was reached, for when its process is stopped; "": not known */
};

/* Of a failed point: a line of its YAML block. */
struct tap_detail {
        const char *key;
        const char *text; /* NULL: left out */
};

void tap_begin(void);
/* One point; label may be any text. details follow where it failed. */
void tap_point(struct tap *tap, bool ok, const char *label, const struct tap_detail *details, size_t count);
/* A "# " line for each line of text, printf rules. */
void tap_comment(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The plan, at the end of the stream. */
void tap_plan(const struct tap *tap);

#endif
