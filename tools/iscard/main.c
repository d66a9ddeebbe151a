/* The iscard command: a verb, its options, its operands. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/iscard/options.h"
#include "tools/iscard/tool.h"

#ifndef ISCARD_VERSION
#define ISCARD_VERSION "unknown"
#endif

static const struct verb *const verbs[] = {
    &verb_readers,   &verb_status, &verb_atr,     &verb_descriptor, &verb_apdu,
    &verb_verify,    &verb_change, &verb_unblock, &verb_tries,      &verb_reset,
    &verb_reconnect, &verb_watch,  &verb_run,     &verb_error,      &verb_demo,
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

int tool_error(enum tool_exit code, const char *format, ...)
{
        va_list arguments;

        fputs("iscard: ", stderr);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        return (int)code;
}

static void print_help(FILE *out)
{
        fputs("usage: iscard VERB [OPTION...] [OPERAND...]\n\n", out);
        for (size_t i = 0; i < VERBS; i++)
                fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
        fputs("\n"
              "  -r, --reader READER   a name, a unique part of one, or an index; else the only reader with "
              "a card\n"
              "  --ref N               number of the reference data, 0 to 255 (0 to 31 with --global, "
              "--local)\n"
              "  --global, --local     bit 8 of P2 clear, or set; else the card profile decides\n"
              "  --profile NAME        card profile, where the card itself does not tell\n"
              "  --code-fd N           read codes from open file N, a line each, instead of the terminal\n"
              "  --hex HEX             a raw configuration descriptor, instead of a reader's\n"
              "  --sim CONFIG          run: virtual readers in place of real ones, as ISCARD_SIM\n"
              "  --limit SECONDS       run: how long a script may take (60; 0: for ever)\n"
              "  --trust               run: scripts may use files and programs\n"
              "  --json                the result as JSON\n"
              "  -h, --help            this, or more about a verb: iscard VERB --help\n"
              "  -V, --version\n"
              "\n"
              "exit status: 0 success code, 1 failing HRESULT, 2 usage, 3 the tool's own failure\n",
              out);
}

static void print_verb_help(const struct verb *verb)
{
        printf("usage: iscard %s%s%s\n%s\n", verb->name, verb->synopsis[0] != '\0' ? " " : "", verb->synopsis,
               verb->summary);
        if (verb->help != NULL)
                printf("\n%s", verb->help);
}

static const struct verb *find_verb(const char *name)
{
        for (size_t i = 0; i < VERBS; i++)
                if (strcmp(verbs[i]->name, name) == 0)
                        return verbs[i];
        return NULL;
}

static int run(const struct options *options)
{
        const struct verb *verb;
        int code;

        if (options->version) {
                puts("iscard " ISCARD_VERSION);
                return TOOL_OK;
        }
        if (options->verb == NULL) {
                print_help(options->help ? stdout : stderr);
                return options->help ? TOOL_OK : TOOL_USAGE;
        }
        verb = find_verb(options->verb);
        if (verb == NULL)
                return tool_error(TOOL_USAGE, "there is no verb \"%s\"; see iscard --help", options->verb);
        if (options->help) {
                print_verb_help(verb);
                return TOOL_OK;
        }
        code = options_check(options, verb);
        return code == TOOL_OK ? verb->run(options) : code;
}

int main(int argc, char **argv)
{
        struct options options;
        int code = options_parse(&options, argc, argv);

        if (code == TOOL_OK)
                code = run(&options);
        /* A result that nobody got is no success. */
        if (fflush(stdout) != 0 || ferror(stdout))
                return tool_error(TOOL_FAILURE, "writing the result failed");
        return code;
}
