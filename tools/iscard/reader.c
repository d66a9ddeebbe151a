#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry.h"

#include "tools/iscard/options.h"
#include "tools/iscard/reader.h"
#include "tools/iscard/show.h"

/* Takes the names of a multi-string; names that are too long for us are left out, as nobody could use them.
 */
static LONG take_names(struct reader_list *list, const char *names, size_t len)
{
        size_t count = 0, at, name_len;

        for (at = 0; at < len && names[at] != '\0'; at += strnlen(names + at, len - at) + 1)
                count++;
        if (count > READER_LIST_MAX)
                count = READER_LIST_MAX;
        if (count == 0)
                return SCARD_S_SUCCESS;
        list->readers = calloc(count, sizeof(*list->readers));
        if (list->readers == NULL)
                return SCARD_E_NO_MEMORY;
        for (at = 0; list->count < count && at < len && names[at] != '\0'; at += name_len + 1) {
                name_len = strnlen(names + at, len - at);
                if (name_len < READER_NAME_MAX)
                        memcpy(list->readers[list->count++].name, names + at, name_len);
        }
        return SCARD_S_SUCCESS;
}

static LONG list_names(struct reader_list *list)
{
        char *names = NULL;
        DWORD len = SCARD_AUTOALLOCATE;
        LONG status = SCardListReadersA(list->context, NULL, (LPSTR)&names, &len);

        if (status == SCARD_E_NO_READERS_AVAILABLE)
                return SCARD_S_SUCCESS;
        if (status != SCARD_S_SUCCESS)
                return status;
        status = take_names(list, names, len);
        (void)SCardFreeMemory(list->context, names);
        return status;
}

LONG reader_list_open(struct reader_list *list)
{
        LONG status;

        *list = (struct reader_list){.context = 0};
        status = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &list->context);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = list_names(list);
        if (status != SCARD_S_SUCCESS)
                reader_list_close(list);
        return status;
}

void reader_list_close(struct reader_list *list)
{
        free(list->readers);
        if (list->context != 0)
                (void)SCardReleaseContext(list->context);
        *list = (struct reader_list){.context = 0};
}

static enum reader_card card_from_state(DWORD state)
{
        switch (state) {
        case SCARD_ABSENT:
                return READER_CARD_ABSENT;
        case SCARD_PRESENT:
        case SCARD_SWALLOWED:
                return READER_CARD_PRESENT;
        case SCARD_POWERED:
        case SCARD_NEGOTIABLE:
        case SCARD_SPECIFIC:
                return READER_CARD_POWERED;
        default:
                return READER_CARD_UNKNOWN;
        }
}

static void look(SCARDCONTEXT context, struct reader *reader)
{
        SCARDHANDLE handle = 0;
        DWORD state = SCARD_UNKNOWN, protocol = 0;

        reader->card = READER_CARD_UNKNOWN;
        reader->reason = SCardConnectA(context, reader->name, SCARD_SHARE_DIRECT, 0, &handle, &protocol);
        if (reader->reason != SCARD_S_SUCCESS)
                return;
        reader->reason = SCardStatusA(handle, NULL, NULL, &state, &protocol, NULL, NULL);
        if (reader->reason == SCARD_S_SUCCESS)
                reader->card = card_from_state(state);
        (void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
}

void reader_list_look(struct reader_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                look(list->context, &list->readers[i]);
}

const char *reader_card_text(enum reader_card card)
{
        static const char *const texts[] = {[READER_CARD_ABSENT] = "absent",
                                            [READER_CARD_PRESENT] = "present",
                                            [READER_CARD_POWERED] = "powered"};

        return card == READER_CARD_UNKNOWN ? NULL : texts[card];
}

/* Bits per second: the clock over F, times D. ISO/IEC 7816-3 7.1 */
static uint32_t speed(const struct slot *slot)
{
        uint8_t fidi = slot->parameters.fidi;
        uint64_t f = atr_f(fidi), d = atr_d(fidi);

        if (slot->protocol == 0 || f == 0 || d == 0)
                return 0;
        return (uint32_t)((uint64_t)slot->device->info.clock_khz * 1000u * d / f);
}

const char *reader_exchange_text(enum ifd_exchange exchange)
{
        static const char *const exchanges[] = {[IFD_EXCHANGE_CHARACTER] = "character",
                                                [IFD_EXCHANGE_TPDU] = "tpdu",
                                                [IFD_EXCHANGE_SHORT_APDU] = "short-apdu",
                                                [IFD_EXCHANGE_EXTENDED_APDU] = "extended-apdu"};

        return exchanges[exchange];
}

LONG reader_config(const char *name, uint8_t **config, size_t *len)
{
        struct slot *slot;
        LONG status = registry_find(name, &slot);

        *config = NULL;
        *len = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        const struct ifd_info *info = &slot->device->info;

        if (info->config_len == 0)
                status = SCARD_E_UNSUPPORTED_FEATURE;
        else if ((*config = malloc(info->config_len)) == NULL)
                status = SCARD_E_NO_MEMORY;
        if (status == SCARD_S_SUCCESS) {
                memcpy(*config, info->config, info->config_len);
                *len = info->config_len;
        }
        registry_unref(slot->device);
        return status;
}

void reader_facts(const char *name, struct reader_facts *facts)
{
        struct slot *slot;

        *facts = (struct reader_facts){.known = false};
        if (registry_find(name, &slot) != SCARD_S_SUCCESS)
                return;
        facts->known = true;
        facts->slot = slot->number;
        facts->vendor_id = slot->device->info.vendor_id;
        facts->product_id = slot->device->info.product_id;
        facts->exchange = reader_exchange_text(slot->device->info.exchange);
        pthread_mutex_lock(&slot->lock);
        facts->speed_bps = speed(slot);
        pthread_mutex_unlock(&slot->lock);
        registry_unref(slot->device);
}

static void say_readers(const struct reader_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const char *card = reader_card_text(list->readers[i].card);

                fprintf(stderr, "  %zu  %s%s%s\n", i, list->readers[i].name, card != NULL ? ", card " : "",
                        card != NULL ? card : "");
        }
}

/* A part of a name, in any case of ASCII letters: names may hold any UTF-8. */
static bool is_part(const char *name, const char *part)
{
        return strcasestr(name, part) != NULL;
}

static int choose_by_text(struct reader_list *list, const char *wanted, const struct reader **chosen)
{
        size_t found = 0;
        int index;

        for (size_t i = 0; i < list->count; i++) {
                if (strcmp(list->readers[i].name, wanted) != 0)
                        continue;
                *chosen = &list->readers[i];
                return TOOL_OK;
        }
        if (options_number(wanted, 0, READER_LIST_MAX, &index) && (size_t)index < list->count) {
                *chosen = &list->readers[index];
                return TOOL_OK;
        }
        for (size_t i = 0; wanted[0] != '\0' && i < list->count; i++) {
                if (!is_part(list->readers[i].name, wanted))
                        continue;
                *chosen = &list->readers[i];
                found++;
        }
        if (found == 1)
                return TOOL_OK;
        *chosen = NULL;
        (void)tool_error(TOOL_USAGE,
                         found == 0 ? "no reader is called \"%s\"; there are:"
                                    : "several readers are called something with \"%s\":",
                         wanted);
        say_readers(list);
        return TOOL_USAGE;
}

static int choose_by_card(struct reader_list *list, const struct reader **chosen)
{
        size_t found = 0;

        reader_list_look(list);
        for (size_t i = 0; i < list->count; i++) {
                if (list->readers[i].card != READER_CARD_PRESENT &&
                    list->readers[i].card != READER_CARD_POWERED)
                        continue;
                *chosen = &list->readers[i];
                found++;
        }
        if (found == 1)
                return TOOL_OK;
        *chosen = NULL;
        if (found == 0) {
                (void)tool_error(TOOL_HRESULT,
                                 "no card is in a reader (%s); -r names one of these all the same:",
                                 show_name(reader_none(list)));
                say_readers(list);
                return TOOL_HRESULT;
        }
        (void)tool_error(TOOL_USAGE,
                         "several readers hold a card; -r takes a name, a unique part of one, or an index:");
        say_readers(list);
        return TOOL_USAGE;
}

int reader_choose(struct reader_list *list, const char *wanted, const struct reader **chosen)
{
        *chosen = NULL;
        if (list->count == 0)
                return tool_error(TOOL_HRESULT, "there is no reader (%s)", show_name(reader_none(list)));
        return wanted != NULL ? choose_by_text(list, wanted, chosen) : choose_by_card(list, chosen);
}

LONG reader_none(const struct reader_list *list)
{
        return list->count == 0 ? SCARD_E_NO_READERS_AVAILABLE : SCARD_E_NO_SMARTCARD;
}
