/* faults.c - see faults.h */
#include <string.h>

#include "sim/faults.h"

static const struct {
        const char *name;
        uint64_t kind;
} kind_names[] = {
    {"lose", SIM_FAULT_LOSE},
    {"stall-in", SIM_FAULT_STALL_IN},
    {"stall-out", SIM_FAULT_STALL_OUT},
    {"truncate", SIM_FAULT_TRUNCATE},
    {"overlong", SIM_FAULT_OVERLONG},
    {"wrong-length", SIM_FAULT_WRONG_LENGTH},
    {"wrong-seq", SIM_FAULT_WRONG_SEQ},
    {"wrong-slot", SIM_FAULT_WRONG_SLOT},
    {"wrong-type", SIM_FAULT_WRONG_TYPE},
    {"zero-packet", SIM_FAULT_ZERO_PACKET},
    {"time-extension", SIM_FAULT_TIME_EXTENSION},
    {"mute", SIM_FAULT_MUTE},
    {"hw-error", SIM_FAULT_HW_ERROR},
    {"parity", SIM_FAULT_PARITY},
    {"remove", SIM_FAULT_REMOVE},
    {"unplug", SIM_FAULT_UNPLUG},
    {"busy", SIM_FAULT_BUSY},
    {"stale", SIM_FAULT_STALE},
    {"garbage", SIM_FAULT_GARBAGE},
    {"hang", SIM_FAULT_HANG},
    {"slow", SIM_FAULT_SLOW},
    {"bad-procedure", SIM_FAULT_BAD_PROCEDURE},
    {"endless-61", SIM_FAULT_ENDLESS_61},
    {"endless-6c", SIM_FAULT_ENDLESS_6C},
    {"null-bytes", SIM_FAULT_NULL_BYTES},
    {"bad-edc", SIM_FAULT_BAD_EDC},
    {"bad-pcb", SIM_FAULT_BAD_PCB},
    {"bad-nad", SIM_FAULT_BAD_NAD},
    {"wtx", SIM_FAULT_WTX},
    {"resynch", SIM_FAULT_RESYNCH},
    {"ifs", SIM_FAULT_IFS},
    {"abort", SIM_FAULT_ABORT},
    {"endless-chain", SIM_FAULT_ENDLESS_CHAIN},
    {"pin-timeout", SIM_FAULT_PIN_TIMEOUT},
    {"pin-cancel", SIM_FAULT_PIN_CANCEL},
    {"pin-mismatch", SIM_FAULT_PIN_MISMATCH},
};

/* Kinds with a value behind their name: error-FB, sw-6985. */
static const struct {
        const char *name;
        size_t digits; /* hexadecimal, all of them */
        uint64_t kind;
        unsigned from;
} valued_kinds[] = {
    {"error-", 2, SIM_FAULT_ERROR, SIM_FAULT_ERROR_FROM},
    {"sw-", 4, SIM_FAULT_SW, SIM_FAULT_SW_FROM},
};

static bool hex_digit(char digit, unsigned *value)
{
        static const char digits[] = "0123456789ABCDEF0123456789abcdef";
        const char *at = digit != '\0' ? strchr(digits, digit) : NULL;

        if (at != NULL)
                *value = (unsigned)(at - digits) & 15u;
        return at != NULL;
}

static bool valued_parse(const char *text, size_t len, uint64_t *kind)
{
        for (size_t i = 0; i < sizeof valued_kinds / sizeof valued_kinds[0]; i++) {
                const size_t name_len = strlen(valued_kinds[i].name);
                uint64_t value = 0;
                unsigned digit;
                size_t at = name_len;

                if (len != name_len + valued_kinds[i].digits ||
                    memcmp(text, valued_kinds[i].name, name_len) != 0)
                        continue;
                while (at < len && hex_digit(text[at], &digit)) {
                        value = value << 4 | digit;
                        at++;
                }
                *kind = valued_kinds[i].kind | value << valued_kinds[i].from;
                return at == len;
        }
        return false;
}

/* "12" or "*", which is 0. */
static bool position_parse(const char *text, size_t len, uint32_t *at)
{
        if (len == 1 && text[0] == '*') {
                *at = 0;
                return true;
        }
        uint32_t value = 0;
        if (len == 0 || len > 9)
                return false;
        for (size_t i = 0; i < len; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                value = value * 10 + (uint32_t)(text[i] - '0');
        }
        *at = value;
        return value != 0;
}

static bool kind_parse(const char *text, size_t len, uint64_t *kind)
{
        for (size_t i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++) {
                if (strlen(kind_names[i].name) == len && memcmp(kind_names[i].name, text, len) == 0) {
                        *kind = kind_names[i].kind;
                        return true;
                }
        }
        return valued_parse(text, len, kind);
}

static bool fault_parse(const char *text, size_t len, struct sim_fault *fault)
{
        const char *sign = memchr(text, '@', len);
        if (sign == NULL)
                return false;
        const size_t name_len = (size_t)(sign - text);
        return kind_parse(text, name_len, &fault->kind) &&
               position_parse(sign + 1, len - name_len - 1, &fault->at);
}

bool sim_faults_add(struct sim_faults *faults, const char *text, size_t len, const char **bad,
                    size_t *bad_len)
{
        struct sim_faults more = *faults;
        const char *end = text + len;

        *bad = NULL;
        *bad_len = 0;
        for (;;) {
                const char *plus = memchr(text, '+', (size_t)(end - text));
                const size_t word_len = (size_t)((plus != NULL ? plus : end) - text);
                if (more.count == SIM_FAULTS_MAX || !fault_parse(text, word_len, &more.list[more.count])) {
                        *bad = text;
                        *bad_len = word_len;
                        return false;
                }
                more.count++;
                if (plus == NULL)
                        break;
                text = plus + 1;
        }
        *faults = more;
        return true;
}

uint64_t sim_faults_kinds(const struct sim_faults *faults)
{
        uint64_t kinds = 0;
        for (unsigned i = 0; i < faults->count; i++)
                kinds |= faults->list[i].kind;
        return kinds & ~(SIM_FAULT_ERROR_MASK | SIM_FAULT_SW_MASK);
}

/* Its bit, and its value in place of one that is there. */
static uint64_t with(uint64_t kinds, uint64_t kind)
{
        if ((kind & SIM_FAULT_ERROR) != 0)
                kinds &= ~SIM_FAULT_ERROR_MASK;
        if ((kind & SIM_FAULT_SW) != 0)
                kinds &= ~SIM_FAULT_SW_MASK;
        return kinds | kind;
}

uint64_t sim_faults_take(struct sim_faults *faults, uint32_t number)
{
        const uint64_t lasting = SIM_FAULT_ENDLESS_61 | SIM_FAULT_ENDLESS_6C | SIM_FAULT_ENDLESS_CHAIN;
        uint64_t kinds = 0;
        unsigned kept = 0;

        for (unsigned i = 0; i < faults->count; i++) {
                const struct sim_fault fault = faults->list[i];
                const bool lasts = (fault.kind & lasting) != 0;
                const bool due = fault.at == 0 || fault.at == number || (lasts && fault.at < number);
                if (due)
                        kinds = with(kinds, fault.kind);
                if (!due || fault.at == 0 || lasts)
                        faults->list[kept++] = fault;
        }
        faults->count = kept;
        return kinds;
}

/* A different lie for each message number, so that a run over all positions meets all of them. */
static uint32_t false_length(uint32_t number, uint32_t length)
{
        switch (number % 4) {
        case 0:
                return 0xFFFFFFFFu; /* negative, for who reads it signed */
        case 1:
                return length + 1;
        case 2:
                return 0x7FFFFFFFu;
        default:
                return length != 0 ? length - 1 : 0x100u;
        }
}

void sim_faults_bend(uint64_t kinds, uint32_t number, uint8_t *buf, size_t *len)
{
        if ((kinds & SIM_FAULT_WRONG_SEQ) != 0)
                buf[6]++;
        if ((kinds & SIM_FAULT_WRONG_SLOT) != 0)
                buf[5]++;
        if ((kinds & SIM_FAULT_WRONG_TYPE) != 0)
                buf[0] = buf[0] == 0x81 ? 0x80 : 0x81;
        if ((kinds & SIM_FAULT_WRONG_LENGTH) != 0) {
                const uint32_t lie = false_length(number, (uint32_t)(*len - 10));
                for (unsigned i = 0; i < 4; i++)
                        buf[1 + i] = (uint8_t)(lie >> (8 * i));
        }
        if ((kinds & SIM_FAULT_OVERLONG) != 0) {
                memset(buf + *len, 0xA5, SIM_FAULT_ROOM / 2);
                *len += SIM_FAULT_ROOM / 2;
        }
        if ((kinds & SIM_FAULT_GARBAGE) != 0) {
                *len = 37;
                for (size_t i = 0; i < *len; i++)
                        buf[i] = (uint8_t)(0x5D + 0x35 * i);
        }
        if ((kinds & SIM_FAULT_TRUNCATE) != 0)
                *len /= 2;
}

size_t sim_faults_answer(uint64_t kinds, uint8_t *response)
{
        if ((kinds & SIM_FAULT_SW) == 0)
                return 0;
        response[0] = (uint8_t)(kinds >> (SIM_FAULT_SW_FROM + 8));
        response[1] = (uint8_t)(kinds >> SIM_FAULT_SW_FROM);
        return 2;
}
