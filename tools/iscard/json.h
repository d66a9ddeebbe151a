/*
 * json.h - JSON as it is written: commas, quotes and escapes in one place. RFC 8259
 */
#ifndef ISCARD_TOOL_JSON_H
#define ISCARD_TOOL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Invariant: depth counts the arrays and objects that are open. */
struct json {
        FILE *out;
        unsigned depth;
        bool filled; /* the innermost one has a member already */
};

/* key: NULL for the outermost value and inside an array. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_end_array(struct json *json);
/* UTF-8; broken sequences become U+FFFD. NULL: null. */
void json_string(struct json *json, const char *key, const char *text);
void json_hex(struct json *json, const char *key, const uint8_t *bytes, size_t len);
void json_number(struct json *json, const char *key, long long number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
