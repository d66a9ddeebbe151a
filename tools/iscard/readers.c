/* iscard readers: every reader slot, its card, its exchange level */
#include <stdio.h>

#include "tools/iscard/reader.h"
#include "tools/iscard/show.h"

static void print_json(const struct reader_list *list)
{
        struct json json = {.out = stdout};

        json_array(&json, NULL);
        for (size_t i = 0; i < list->count; i++) {
                struct reader_facts facts;
                char usb[16];

                reader_facts(list->readers[i].name, &facts);
                snprintf(usb, sizeof(usb), "%04x:%04x", facts.vendor_id, facts.product_id);
                json_object(&json, NULL);
                json_string(&json, "name", list->readers[i].name);
                json_number(&json, "index", (long long)i);
                if (facts.known)
                        json_number(&json, "slot", facts.slot);
                else
                        json_null(&json, "slot");
                json_string(&json, "card", reader_card_text(list->readers[i].card));
                json_string(&json, "exchange", facts.exchange);
                json_string(&json, "usb", facts.known ? usb : NULL);
                json_end_object(&json);
        }
        json_end_array(&json);
}

static void print_lines(const struct reader_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct reader *reader = &list->readers[i];
                const char *card = reader_card_text(reader->card);
                struct reader_facts facts;

                reader_facts(reader->name, &facts);
                printf("%zu  %s  ", i, reader->name);
                show_colour(stdout, card == NULL ? SHOW_BAD : SHOW_GOOD);
                if (card != NULL)
                        printf("card %s", card);
                else
                        printf("card not known (%s)", show_name(reader->reason));
                show_plain(stdout);
                if (facts.known)
                        printf("  %s  %04x:%04x", facts.exchange, facts.vendor_id, facts.product_id);
                putchar('\n');
        }
}

static int readers(const struct options *options)
{
        struct reader_list list;
        LONG status = reader_list_open(&list);

        if (status != SCARD_S_SUCCESS)
                return tool_error(TOOL_HRESULT, "the list of readers: 0x%08X %s", (unsigned)status,
                                  show_name(status));
        reader_list_look(&list);
        if (options->json)
                print_json(&list);
        else
                print_lines(&list);
        if (list.count == 0)
                (void)tool_error(TOOL_OK, "there is no reader");
        reader_list_close(&list);
        return TOOL_OK;
}

const struct verb verb_readers = {
    .name = "readers",
    .synopsis = "[--json]",
    .summary = "every reader slot: name, card in it, exchange level",
    .options = OPTION_JSON,
    .run = readers,
};
