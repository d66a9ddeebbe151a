/*
 * tool.h - what the verbs of the iscard command share: options, exit codes, the table of verbs.
 */
#ifndef ISCARD_TOOL_H
#define ISCARD_TOOL_H

#include <stdbool.h>
#include <stddef.h>

enum tool_exit {
        TOOL_OK = 0,
        TOOL_HRESULT = 1, /* a failing HRESULT */
        TOOL_USAGE = 2,
        TOOL_FAILURE = 3, /* the tool's own */
};

/* Options, as bits for the table of verbs. --help and --version go everywhere. */
enum tool_option {
        OPTION_JSON = 1 << 0,
        OPTION_READER = 1 << 1,
        OPTION_REF = 1 << 2, /* --ref, --global, --local */
        OPTION_PROFILE = 1 << 3,
        OPTION_CODE_FD = 1 << 4,
        OPTION_HEX = 1 << 5,
        OPTION_RUN = 1 << 6, /* --sim, --limit, --trust */
};

struct options {
        const char *verb; /* NULL: none was given */
        bool help, version;
        bool json;
        const char *reader;
        bool has_ref, global, local;
        int ref;
        const char *profile;
        const char *hex;
        const char *sim; /* the value of ISCARD_SIM; NULL: as it is */
        int limit;       /* seconds of a script; 0: none */
        bool trust;
        int code_fd;     /* -1: the terminal */
        unsigned given;  /* options, by their place in the table of options.c */
        char **operands; /* borrowed from argv */
        size_t operand_count;
};

struct verb {
        const char *name;
        const char *synopsis; /* behind the name */
        const char *summary;  /* one line */
        const char *help;     /* more lines, each ended; NULL: nothing more to say */
        unsigned options;     /* that it takes */
        bool takes_code;      /* a code is asked for; an operand is refused as one */
        size_t operands_min, operands_max;
        int (*run)(const struct options *options); /* an enum tool_exit */
};

extern const struct verb verb_readers, verb_status, verb_atr, verb_descriptor, verb_apdu, verb_verify,
    verb_change, verb_unblock, verb_tries, verb_reset, verb_reconnect, verb_watch, verb_run, verb_error,
    verb_demo;

#define TOOL_OPERANDS_ANY ((size_t)-1)

/* "iscard: text" to stderr, printf rules, no line end in format. Returns code. */
int tool_error(enum tool_exit code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
