/* config.c - see config.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"
#include "sim/config.h"

struct words {
        const char *text;
        size_t len;
};

/* What a key's parser says of its value. */
enum verdict { UNDERSTOOD, NOT_UNDERSTOOD };

struct element {
        struct sim_config *config;
        bool max_message_given, level_given, protocol_given;
};

static bool is(struct words word, const char *text)
{
        return word.len == strlen(text) && memcmp(word.text, text, word.len) == 0;
}

static struct words trimmed(struct words word)
{
        while (word.len > 0 && (word.text[0] == ' ' || word.text[0] == '\t')) {
                word.text++;
                word.len--;
        }
        while (word.len > 0 && (word.text[word.len - 1] == ' ' || word.text[word.len - 1] == '\t'))
                word.len--;
        return word;
}

/* Splits the first piece off rest at separator; false: that was the last one. */
static bool split(struct words *rest, char separator, struct words *piece)
{
        const char *at = rest->len > 0 ? memchr(rest->text, separator, rest->len) : NULL;
        *piece = *rest;
        if (at == NULL)
                return false;
        piece->len = (size_t)(at - rest->text);
        rest->text = at + 1;
        rest->len -= piece->len + 1;
        return true;
}

static bool number(struct words word, uint32_t low, uint32_t high, uint32_t *value)
{
        uint32_t sum = 0;
        if (word.len == 0 || word.len > 6)
                return false;
        for (size_t i = 0; i < word.len; i++) {
                if (word.text[i] < '0' || word.text[i] > '9')
                        return false;
                sum = sum * 10 + (uint32_t)(word.text[i] - '0');
        }
        *value = sum;
        return sum >= low && sum <= high;
}

/* The place of word in a NULL-terminated list; -1: not there. */
static int place(struct words word, const char *const *list)
{
        for (int i = 0; list[i] != NULL; i++) {
                if (is(word, list[i]))
                        return i;
        }
        return -1;
}

static enum verdict key_level(struct element *element, struct words value)
{
        static const char *const levels[] = {"short-apdu", "extended-apdu", "tpdu", "character", NULL};
        const int level = place(value, levels);
        element->level_given = true;
        if (level < 0)
                return NOT_UNDERSTOOD;
        element->config->level = (enum sim_level)level;
        return UNDERSTOOD;
}

static enum verdict key_protocol(struct element *element, struct words value)
{
        static const char *const protocols[] = {"t0", "t1", "both", NULL};
        const int protocol = place(value, protocols);
        element->protocol_given = true;
        if (protocol < 0)
                return NOT_UNDERSTOOD;
        element->config->protocols = (uint8_t)(protocol + 1);
        return UNDERSTOOD;
}

static enum verdict key_edc(struct element *element, struct words value)
{
        element->config->crc = is(value, "crc");
        return is(value, "crc") || is(value, "lrc") ? UNDERSTOOD : NOT_UNDERSTOOD;
}

/* vpcd:PORT */
static bool vpcd_port(struct words value, uint16_t *port)
{
        uint32_t at;

        if (value.len < 5 || memcmp(value.text, "vpcd:", 5) != 0 ||
            !number((struct words){value.text + 5, value.len - 5}, 1, UINT16_MAX, &at))
                return false;
        *port = (uint16_t)at;
        return true;
}

static enum verdict key_card(struct element *element, struct words value)
{
        struct sim_config *config = element->config;
        uint16_t port = 0;
        const bool foreign = vpcd_port(value, &port), none = is(value, "none") || foreign;
        const bool mute = is(value, "mute");
        const struct sim_profile *card =
            none || mute ? sim_profile_find("iso", 3) : sim_profile_find(value.text, value.len);

        if (card == NULL)
                return NOT_UNDERSTOOD;
        config->card = card;
        config->card_in = !none;
        config->card_mute = mute;
        config->vpcd = port;
        return UNDERSTOOD;
}

static enum verdict key_slots(struct element *element, struct words value)
{
        uint32_t slots;
        if (!number(value, 1, SIM_SLOTS_MAX, &slots))
                return NOT_UNDERSTOOD;
        element->config->slots = slots;
        return UNDERSTOOD;
}

static enum verdict key_busy(struct element *element, struct words value)
{
        uint32_t busy;
        if (!number(value, 1, SIM_SLOTS_MAX, &busy))
                return NOT_UNDERSTOOD;
        element->config->busy = busy;
        return UNDERSTOOD;
}

static enum verdict key_auto(struct element *element, struct words value)
{
        static const char *const names[] = {"params",    "activation", "voltage", "clock", "baud",
                                            "negotiate", "pps",        "ifsd",    NULL};
        static const uint32_t bits[] = {SIM_AUTO_PARAMS, SIM_AUTO_ACTIVATION, SIM_AUTO_VOLTAGE,
                                        SIM_AUTO_CLOCK,  SIM_AUTO_BAUD,       SIM_AUTO_NEGOTIATE,
                                        SIM_AUTO_PPS,    SIM_AUTO_IFSD};
        uint32_t automatic = 0;
        bool more = true;

        if (is(value, "all") || is(value, "none")) {
                element->config->automatic = is(value, "all") ? SIM_AUTO_ALL : 0;
                return UNDERSTOOD;
        }
        while (more) {
                struct words name;
                more = split(&value, '+', &name);
                const int at = place(name, names);
                if (at < 0)
                        return NOT_UNDERSTOOD;
                automatic |= bits[at];
        }
        element->config->automatic = automatic;
        return UNDERSTOOD;
}

static enum verdict key_interrupt(struct element *element, struct words value)
{
        element->config->interrupt = is(value, "1");
        return is(value, "1") || is(value, "0") ? UNDERSTOOD : NOT_UNDERSTOOD;
}

static enum verdict key_maxmsg(struct element *element, struct words value)
{
        element->max_message_given = true;
        return number(value, 64, 65554, &element->config->max_message) ? UNDERSTOOD : NOT_UNDERSTOOD;
}

static enum verdict text_copy(char *out, struct words value)
{
        if (value.len == 0 || value.len > SIM_TEXT_MAX)
                return NOT_UNDERSTOOD;
        memcpy(out, value.text, value.len);
        out[value.len] = '\0';
        return UNDERSTOOD;
}

static enum verdict key_name(struct element *element, struct words value)
{
        return text_copy(element->config->name, value);
}

static enum verdict key_serial(struct element *element, struct words value)
{
        return text_copy(element->config->serial, value);
}

static enum verdict key_fault(struct element *element, struct words value)
{
        struct words bad = {NULL, 0};
        return sim_faults_add(&element->config->faults, value.text, value.len, &bad.text, &bad.len)
                   ? UNDERSTOOD
                   : NOT_UNDERSTOOD;
}

static enum verdict key_mode(struct element *element, struct words value)
{
        element->config->specific = is(value, "specific");
        return is(value, "specific") || is(value, "negotiable") ? UNDERSTOOD : NOT_UNDERSTOOD;
}

static enum verdict key_pinpad(struct element *element, struct words value)
{
        element->config->pinpad = is(value, "1");
        return is(value, "1") || is(value, "0") ? UNDERSTOOD : NOT_UNDERSTOOD;
}

static enum verdict digits_copy(char *out, struct words value)
{
        if (value.len > SIM_DIGITS_MAX)
                return NOT_UNDERSTOOD;
        for (size_t i = 0; i < value.len; i++) {
                if (value.text[i] < '0' || value.text[i] > '9')
                        return NOT_UNDERSTOOD;
        }
        memset(out, 0, SIM_DIGITS_MAX + 1);
        if (value.len != 0)
                memcpy(out, value.text, value.len);
        return UNDERSTOOD;
}

static enum verdict key_pin(struct element *element, struct words value)
{
        return digits_copy(element->config->pin, value);
}

static enum verdict key_newpin(struct element *element, struct words value)
{
        return digits_copy(element->config->new_pin, value);
}

static enum verdict key_iccd(struct element *element, struct words value)
{
        static const char *const versions[] = {"no", "a", "b", NULL};
        const int version = place(value, versions);
        if (version < 0)
                return NOT_UNDERSTOOD;
        element->config->iccd = (enum sim_iccd)version;
        return UNDERSTOOD;
}

bool sim_config_access(const char *text, size_t len, enum sim_access *access)
{
        static const char *const states[] = {"free", "denied", "claimed", NULL};
        const int state = place((struct words){text, len}, states);

        if (state >= 0)
                *access = (enum sim_access)state;
        return state >= 0;
}

static enum verdict key_access(struct element *element, struct words value)
{
        return sim_config_access(value.text, value.len, &element->config->access) ? UNDERSTOOD
                                                                                  : NOT_UNDERSTOOD;
}

static enum verdict key_timing(struct element *element, struct words value)
{
        element->config->real_timing = is(value, "real");
        return is(value, "real") || is(value, "fast") ? UNDERSTOOD : NOT_UNDERSTOOD;
}

static const struct {
        const char *name;
        enum verdict (*parse)(struct element *element, struct words value);
} keys[] = {
    {"level", key_level},   {"protocol", key_protocol}, {"edc", key_edc},       {"card", key_card},
    {"slots", key_slots},   {"busy", key_busy},         {"auto", key_auto},     {"interrupt", key_interrupt},
    {"pinpad", key_pinpad}, {"iccd", key_iccd},         {"maxmsg", key_maxmsg}, {"timing", key_timing},
    {"name", key_name},     {"serial", key_serial},     {"fault", key_fault},   {"mode", key_mode},
    {"pin", key_pin},       {"newpin", key_newpin},     {"access", key_access},
};

static enum verdict word_parse(struct element *element, struct words word)
{
        struct words value = word, key;
        if (!split(&value, '=', &key))
                return NOT_UNDERSTOOD;
        key = trimmed(key);
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
                if (is(key, keys[i].name))
                        return keys[i].parse(element, trimmed(value));
        }
        return NOT_UNDERSTOOD;
}

/* What only shows when all keys are known; NULL: nothing. */
static const char *contradiction(const struct sim_config *config)
{
        const uint64_t kinds = sim_faults_kinds(&config->faults);

        if (config->busy > config->slots)
                return "busy= is more than slots=";
        if ((kinds & SIM_FAULT_T0_ONLY) != 0 && (config->protocols & SIM_T0) == 0)
                return "fault= has a fault of T=0 without protocol=t0 or both";
        if ((kinds & SIM_FAULT_T1_ONLY) != 0 && (config->protocols & SIM_T1) == 0)
                return "fault= has a fault of T=1 without protocol=t1 or both";
        if ((kinds & SIM_FAULT_PIN_ONLY) != 0 && !config->pinpad)
                return "fault= has a fault of the PIN pad without pinpad=1";
        if (config->vpcd != 0 &&
            (config->slots != 1 || config->iccd != SIM_ICCD_NO ||
             (config->level != SIM_LEVEL_SHORT_APDU && config->level != SIM_LEVEL_EXTENDED_APDU)))
                return "card=vpcd: takes whole APDUs: level=short-apdu or extended-apdu, slots=1, no iccd=";
        if (config->iccd == SIM_ICCD_NO)
                return NULL;
        if (config->slots != 1 || config->pinpad)
                return "iccd= is a card: it has no other slots= and no pinpad=";
        if (config->iccd == SIM_ICCD_A &&
            (config->level != SIM_LEVEL_CHARACTER || config->protocols != SIM_T0))
                return "iccd=a is level=character, protocol=t0 and nothing else";
        if (config->iccd == SIM_ICCD_B && config->level != SIM_LEVEL_SHORT_APDU &&
            config->level != SIM_LEVEL_EXTENDED_APDU)
                return "iccd=b goes with level=short-apdu and extended-apdu";
        return NULL;
}

/* Version A is T=0 over control transfers, so its level and protocol need not be said. ISO/IEC 7816-12 */
static void follow_iccd(const struct element *element)
{
        struct sim_config *config = element->config;

        if (config->iccd != SIM_ICCD_A)
                return;
        if (!element->level_given)
                config->level = SIM_LEVEL_CHARACTER;
        if (!element->protocol_given)
                config->protocols = SIM_T0;
}

static bool element_parse(struct words text, struct sim_config *config, char *error, size_t error_cap)
{
        struct element element = {.config = config};
        bool more = text.len > 0 && !is(text, "1");

        sim_config_default(config);
        while (more) {
                struct words word;
                more = split(&text, ',', &word);
                word = trimmed(word);
                const enum verdict verdict = word_parse(&element, word);
                if (verdict != UNDERSTOOD) {
                        (void)snprintf(error, error_cap, "\"%.*s\" is not understood",
                                       (int)(word.len < 200 ? word.len : 200), word.text);
                        return false;
                }
        }
        follow_iccd(&element);
        if (config->vpcd != 0 && !element.protocol_given)
                config->protocols = SIM_T0 | SIM_T1; /* whatever its ATR says */
        if (!element.max_message_given && config->level == SIM_LEVEL_EXTENDED_APDU)
                config->max_message = 65554;
        const char *problem = contradiction(config);
        if (problem != NULL)
                (void)snprintf(error, error_cap, "%s", problem);
        return problem == NULL;
}

void sim_config_default(struct sim_config *config)
{
        memset(config, 0, sizeof *config);
        config->level = SIM_LEVEL_SHORT_APDU;
        config->protocols = SIM_T1;
        config->card = sim_profile_find("iso", 3);
        config->card_in = true;
        config->slots = 1;
        config->busy = 1;
        config->automatic = SIM_AUTO_ALL;
        config->interrupt = true;
        config->max_message = 271;
        memcpy(config->pin, "1234", sizeof "1234");
        memcpy(config->new_pin, "5678", sizeof "5678");
        memcpy(config->name, "Virtual CCID Reader", sizeof "Virtual CCID Reader");
}

static size_t elements(const char *text)
{
        size_t count = 1;
        for (; *text != '\0'; text++)
                count += *text == ';';
        return count;
}

bool sim_config_parse(const char *text, struct sim_config_list *list, char *error, size_t error_cap)
{
        struct words rest = {text, strlen(text)}, piece;
        const size_t count = elements(text);
        bool more = true;

        memset(list, 0, sizeof *list);
        if (error_cap > 0)
                error[0] = '\0';
        if (count > SIM_READERS_MAX + 1) { /* one of them may be the word usb */
                (void)snprintf(error, error_cap, "more than %d readers", SIM_READERS_MAX);
                return false;
        }
        list->readers = calloc(count, sizeof *list->readers);
        if (list->readers == NULL)
                return false;
        while (more) {
                more = split(&rest, ';', &piece);
                piece = trimmed(piece);
                if (is(piece, "usb"))
                        list->usb = true;
                else if (element_parse(piece, &list->readers[list->count], error, error_cap))
                        list->count++;
                else
                        goto out;
        }
        if (list->count <= SIM_READERS_MAX)
                return true;
        (void)snprintf(error, error_cap, "more than %d readers", SIM_READERS_MAX);
out:
        sim_config_free(list);
        return false;
}

void sim_config_free(struct sim_config_list *list)
{
        free(list->readers);
        memset(list, 0, sizeof *list);
}

const struct sim_config *sim_config_at(const struct sim_config_list *list, size_t index)
{
        return index < list->count ? &list->readers[index] : NULL;
}
