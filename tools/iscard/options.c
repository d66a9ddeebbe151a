#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/wipe.h"

#include "tools/iscard/options.h"

#define LIMIT_DEFAULT 60 /* seconds */
#define LIMIT_MAX     86400

static const struct option_row {
        const char *name;
        char letter; /* 0: none */
        bool has_value;
        unsigned bit;
} option_rows[] = {
    {"help", 'h', false, 0},
    {"version", 'V', false, 0},
    {"json", 0, false, OPTION_JSON},
    {"reader", 'r', true, OPTION_READER},
    {"ref", 0, true, OPTION_REF},
    {"global", 0, false, OPTION_REF},
    {"local", 0, false, OPTION_REF},
    {"profile", 0, true, OPTION_PROFILE},
    {"code-fd", 0, true, OPTION_CODE_FD},
    {"hex", 0, true, OPTION_HEX},
    {"sim", 0, true, OPTION_RUN},
    {"limit", 0, true, OPTION_RUN},
    {"trust", 0, false, OPTION_RUN},
};

/* What people try first; a code would stay in the shell's history and in the list of processes. */
static const char *const code_words[] = {"code", "pin", "puk", "old", "new", "password", "chv"};

static int refuse_code(void)
{
        return tool_error(TOOL_USAGE,
                          "a code on the command line is refused: others can read it there and the shell "
                          "keeps it; it is asked for on the terminal, or read from --code-fd N");
}

bool options_number(const char *text, long min, long max, int *value)
{
        char *end;
        long number;
        bool hex;

        if (text == NULL || !(text[0] >= '0' && text[0] <= '9'))
                return false;
        hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
        errno = 0;
        number = strtol(text, &end, hex ? 16 : 10);
        if (errno != 0 || *end != '\0' || number < min || number > max)
                return false;
        *value = (int)number;
        return true;
}

static int set_option(struct options *options, const struct option_row *row, const char *value)
{
        options->given |= 1u << (row - option_rows);
        if (strcmp(row->name, "help") == 0)
                options->help = true;
        else if (strcmp(row->name, "version") == 0)
                options->version = true;
        else if (strcmp(row->name, "json") == 0)
                options->json = true;
        else if (strcmp(row->name, "reader") == 0)
                options->reader = value;
        else if (strcmp(row->name, "global") == 0)
                options->global = true;
        else if (strcmp(row->name, "local") == 0)
                options->local = true;
        else if (strcmp(row->name, "profile") == 0)
                options->profile = value;
        else if (strcmp(row->name, "hex") == 0)
                options->hex = value;
        else if (strcmp(row->name, "sim") == 0)
                options->sim = value;
        else if (strcmp(row->name, "trust") == 0)
                options->trust = true;
        else if (strcmp(row->name, "ref") == 0) {
                if (!options_number(value, 0, 255, &options->ref))
                        return tool_error(TOOL_USAGE, "--ref takes a number from 0 to 255, not \"%s\"",
                                          value);
                options->has_ref = true;
        } else if (strcmp(row->name, "limit") == 0) {
                if (!options_number(value, 0, LIMIT_MAX, &options->limit))
                        return tool_error(TOOL_USAGE, "--limit takes seconds, 0 to %d, not \"%s\"", LIMIT_MAX,
                                          value);
        } else if (strcmp(row->name, "code-fd") == 0 && !options_number(value, 0, 65535, &options->code_fd)) {
                return tool_error(TOOL_USAGE, "--code-fd takes the number of an open file, not \"%s\"",
                                  value);
        }
        return TOOL_OK;
}

static bool is_word(const char *text, size_t len, const char *word)
{
        return strlen(word) == len && strncmp(text, word, len) == 0;
}

/* "--name", "--name=value"; *used: how many arguments it took. */
static int long_option(struct options *options, char **args, int left, int *used)
{
        char *name = args[0] + 2;
        size_t len = strcspn(name, "=");
        char *value = name[len] == '=' ? name + len + 1 : NULL;

        *used = 1;
        for (size_t i = 0; i < sizeof(code_words) / sizeof(code_words[0]); i++) {
                if (!is_word(name, len, code_words[i]))
                        continue;
                if (value == NULL && left > 1)
                        value = args[1]; /* the code itself, most likely */
                if (value != NULL)
                        wipe(value, strlen(value));
                return refuse_code();
        }
        for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
                const struct option_row *row = &option_rows[i];

                if (!is_word(name, len, row->name))
                        continue;
                if (!row->has_value && value != NULL)
                        return tool_error(TOOL_USAGE, "--%s takes no value", row->name);
                if (row->has_value && value == NULL) {
                        if (left < 2)
                                return tool_error(TOOL_USAGE, "--%s needs a value", row->name);
                        value = args[1];
                        *used = 2;
                }
                return set_option(options, row, value);
        }
        return tool_error(TOOL_USAGE, "unknown option --%.*s; see iscard --help", (int)len, name);
}

/* "-r NAME", "-rNAME", "-h" */
static int short_option(struct options *options, char **args, int left, int *used)
{
        char *text = args[0];

        *used = 1;
        for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
                const struct option_row *row = &option_rows[i];

                if (row->letter == 0 || row->letter != text[1])
                        continue;
                if (!row->has_value)
                        return text[2] == '\0' ? set_option(options, row, NULL)
                                               : tool_error(TOOL_USAGE, "-%c stands alone", row->letter);
                if (text[2] != '\0')
                        return set_option(options, row, text + 2);
                if (left < 2)
                        return tool_error(TOOL_USAGE, "-%c needs a value", row->letter);
                *used = 2;
                return set_option(options, row, args[1]);
        }
        return tool_error(TOOL_USAGE, "unknown option -%c; see iscard --help", text[1]);
}

/* A lone "-" and a negative number are operands: HRESULTs are written like that too. */
static bool is_option(const char *text)
{
        return text[0] == '-' && text[1] != '\0' && !(text[1] >= '0' && text[1] <= '9');
}

int options_parse(struct options *options, int argc, char **argv)
{
        int kept = 1, used, code;

        *options = (struct options){.code_fd = -1, .limit = LIMIT_DEFAULT};
        for (int i = 1; i < argc; i += used) {
                used = 1;
                if (strcmp(argv[i], "--") == 0) {
                        while (++i < argc)
                                argv[kept++] = argv[i];
                        break;
                }
                if (!is_option(argv[i])) {
                        argv[kept++] = argv[i];
                        continue;
                }
                code = argv[i][1] == '-' ? long_option(options, argv + i, argc - i, &used)
                                         : short_option(options, argv + i, argc - i, &used);
                if (code != TOOL_OK)
                        return code;
        }
        if (kept > 1) {
                options->verb = argv[1];
                options->operands = argv + 2;
                options->operand_count = (size_t)kept - 2;
        }
        return TOOL_OK;
}

int options_check(const struct options *options, const struct verb *verb)
{
        for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++)
                if ((options->given >> i & 1u) != 0 && (option_rows[i].bit & ~verb->options) != 0)
                        return tool_error(TOOL_USAGE, "%s does not take --%s; see iscard %s --help",
                                          verb->name, option_rows[i].name, verb->name);
        if (verb->takes_code && options->operand_count > 0) {
                for (size_t i = 0; i < options->operand_count; i++)
                        wipe(options->operands[i], strlen(options->operands[i]));
                return refuse_code();
        }
        if (options->operand_count < verb->operands_min || options->operand_count > verb->operands_max)
                return tool_error(TOOL_USAGE, "usage: iscard %s%s%s", verb->name,
                                  verb->synopsis[0] != '\0' ? " " : "", verb->synopsis);
        if (options->global && options->local)
                return tool_error(TOOL_USAGE, "--global and --local exclude each other");
        if ((options->global || options->local) && options->ref > 31)
                return tool_error(TOOL_USAGE, "--ref is 0 to 31 with --global or --local");
        return TOOL_OK;
}
