/* files_list.c - what a directory holds, and what the card can do with files. */
#include <string.h>

#include "core/atr.h"
#include "core/status.h"

#include "core/card/files_state.h"
#include "core/card/tlv.h"

enum {
        TAG_APPLICATION = 0x61, /* EF.DIR: a template for each application. 7816-4 8.2.1.1 */
        TAG_AID = 0x4F,
        TAG_SERVICE = 0x43, /* card service data, card capabilities. 7816-4 8.1.1.2.3, 8.1.1.2.7 */
        TAG_CAPABILITIES = 0x47,
        TAG_LENGTHS = 0x7F66, /* extended length information. 7816-4 12.7.1 */
        TAG_INTEGER = 0x02,
};

#define EF_DIR      0x2F00u
#define EF_ATR      0x2F01u
#define CONTENT_MAX 2048u /* bytes of EF.DIR and EF.ATR that are looked at */
#define RECORDS_MAX 32u

/* Whether a failure is what the card answered, and not that no answer came or one that cannot be. */
static bool card_said(const struct card *card, LONG status)
{
        uint16_t sw = card->last.sw;

        return sw != 0 && (status == status_from_sw(sw, false) || status == status_from_sw(sw, true));
}

/* The whole of a file in the MF, its records one after the other; what does not fit is left out. */
static LONG read_system_file(struct files *files, struct card *card, uint16_t id, uint8_t *out, size_t *len)
{
        struct open_file file = {.handle = 0};
        struct files_target target = {.path = &file.path, .wanted = FILES_WANT_FILE, .again = true};
        LONG status;
        size_t got;

        *len = 0;
        (void)path_append_id(&file.path, id);
        status = files_select(files, card, &target);
        file.fcp = target.fcp;
        for (unsigned i = 0; status == SCARD_S_SUCCESS && i < RECORDS_MAX && *len < CONTENT_MAX; i++) {
                status = files_read_here(files, card, &file, out + *len, CONTENT_MAX - *len, &got);
                if (status == SCARD_S_SUCCESS || status == SCARD_W_EOF)
                        *len += got;
                if (!fcp_has_records(&file.fcp))
                        break;
        }
        /* The end was found one way or the other. */
        if (status == SCARD_W_EOF || (status == SCARD_E_BAD_SEEK && file.position > 0))
                status = SCARD_S_SUCCESS;
        return status;
}

/* ---- directory */

static void add(struct files_list *list, const struct path_element *element)
{
        if (list->count < FILES_LIST_MAX)
                list->element[list->count++] = *element;
}

static void add_application(struct files_list *list, const struct tlv *template)
{
        struct path_element element = {.kind = PATH_NAME};
        struct tlv aid;

        if (template->tag != TAG_APPLICATION || !tlv_find(template->value, template->len, TAG_AID, &aid) ||
            aid.len == 0 || aid.len > PATH_NAME_MAX)
                return;
        memcpy(element.name, aid.value, aid.len);
        element.name_len = (uint8_t)aid.len;
        add(list, &element);
}

/* No such file, in its own word. TS 51.011 9.4.4 */
static bool gsm_has_none(const struct card *card, LONG status)
{
        return card->profile->cla == FILES_CLA_GSM && card->last.sw == 0x9404 && card_said(card, status);
}

/* The applications of EF.DIR, which are directories in the MF or reached from there. */
static LONG list_applications(struct files *files, struct card *card, struct files_list *list)
{
        uint8_t content[CONTENT_MAX];
        const uint8_t *at = content;
        struct tlv tlv;
        size_t len;
        LONG status = read_system_file(files, card, EF_DIR, content, &len);

        if (status == SCARD_E_FILE_NOT_FOUND || status == SCARD_E_DIR_NOT_FOUND || gsm_has_none(card, status))
                return SCARD_E_UNSUPPORTED_FEATURE;
        if (status != SCARD_S_SUCCESS)
                return status;
        while (tlv_next(&at, content + len, &tlv) == TLV_OBJECT)
                add_application(list, &tlv);
        return SCARD_S_SUCCESS;
}

/* GET DATA of the object that holds the identifiers, two bytes each. */
static LONG list_identifiers(struct files *files, struct card *card, struct files_list *list)
{
        const uint8_t header[3] = {0xCA, (uint8_t)(card->profile->list_object >> 8),
                                   (uint8_t)card->profile->list_object};
        size_t got;
        uint16_t sw;
        LONG status = files_send(files, card, "GET DATA", header, NULL, 0,
                                 files->ne < FILES_SHORT_NE ? files->ne : FILES_SHORT_NE, &got, &sw);

        if (status == SCARD_S_SUCCESS)
                status = files_meaning(card, sw, false);
        if (status != SCARD_S_SUCCESS)
                return status;
        for (size_t i = 0; i + 2 <= got; i += 2) {
                struct path_element element = {.kind = PATH_ID};

                element.id = (uint16_t)((unsigned)files->answer[i] << 8 | files->answer[i + 1]);
                if (path_id_ok(element.id))
                        add(list, &element);
        }
        return SCARD_S_SUCCESS;
}

LONG files_is_empty(struct files *files, struct card *card, bool *empty)
{
        struct files_list list = {.count = 0};
        LONG status = SCARD_E_UNSUPPORTED_FEATURE;

        if (card->profile->list_object != 0)
                status = list_identifiers(files, card, &list);
        *empty = list.count == 0;
        return status;
}

static bool kind_wanted(enum fcp_kind kind, enum files_kinds kinds)
{
        switch (kinds) {
        case FILES_DIRECTORIES:
        case FILES_DIRECTORY_FILES:
                return kind == FCP_DIRECTORY;
        case FILES_FILES:
                return kind != FCP_DIRECTORY;
        case FILES_TRANSPARENT:
                return kind == FCP_TRANSPARENT;
        case FILES_FIXED:
                return kind == FCP_FIXED;
        case FILES_CYCLIC:
                return kind == FCP_CYCLIC;
        case FILES_VARIABLE:
                return kind == FCP_VARIABLE;
        case FILES_ALL:
        default:
                return true;
        }
}

/* Selects each to see which kind it is; one that may not be selected is left out. */
static LONG keep_kinds(struct files *files, struct card *card, const struct path *dir, enum files_kinds kinds,
                       struct files_list *list)
{
        size_t kept = 0;
        LONG status = SCARD_S_SUCCESS;

        for (size_t i = 0; i < list->count && status == SCARD_S_SUCCESS; i++) {
                struct path path = *dir;
                struct files_target target = {
                    .path = &path, .wanted = FILES_WANT_ANY, .deactivated = true, .again = true};

                if (!path_append_id(&path, list->element[i].id))
                        return SCARD_E_INVALID_PARAMETER;
                status = files_select(files, card, &target);
                if (status == SCARD_S_SUCCESS && kind_wanted(target.fcp.kind, kinds))
                        list->element[kept++] = list->element[i];
                if (card_said(card, status))
                        status = SCARD_S_SUCCESS;
        }
        list->count = kept;
        return status;
}

static LONG list_here(struct files *files, struct card *card, const struct path *dir, enum files_kinds kinds,
                      struct files_list *list)
{
        struct files_target target = {.path = dir, .wanted = FILES_WANT_DIR};
        LONG status = files_select(files, card, &target);

        /* Tokens and applets have no MF, and do not know how to select one. */
        if (dir->count == 0 && card->last.sw == 0x6A86 && card_said(card, status))
                return SCARD_E_UNSUPPORTED_FEATURE;
        if (status != SCARD_S_SUCCESS)
                return status;
        if (card->profile->list_object != 0) {
                status = list_identifiers(files, card, list);
                if (status != SCARD_S_SUCCESS || kinds == FILES_ALL)
                        return status;
                status = keep_kinds(files, card, dir, kinds, list);
                if (status != SCARD_S_SUCCESS)
                        return status;
                return files_select(files, card, &target); /* back to the directory */
        }
        if (dir->count != 0 || !(kinds == FILES_ALL || kind_wanted(FCP_DIRECTORY, kinds)))
                return SCARD_E_UNSUPPORTED_FEATURE;
        return list_applications(files, card, list);
}

LONG files_directory(struct files *files, struct card *card, enum files_kinds kinds, struct files_list *list)
{
        struct path dir = files->dir;
        LONG status;

        list->count = 0;
        card_last_clear(card);
        status = files_begin(files, card, &dir);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = list_here(files, card, &dir, kinds, list);
        if (status != SCARD_S_SUCCESS)
                list->count = 0;
        card->last.status = status;
        files_end(files, card);
        return status;
}

/* ---- capabilities */

static void put_historical(struct tlv_writer *writer, const struct atr *atr, uint8_t number, uint32_t tag)
{
        const uint8_t *value;
        size_t len;

        if (atr_historical_find(atr, number, &value, &len))
                tlv_put(writer, tag, value, len);
}

static void put_lengths(struct tlv_writer *writer, size_t command, size_t answer)
{
        const uint8_t bytes[4] = {(uint8_t)(command >> 8), (uint8_t)command, (uint8_t)(answer >> 8),
                                  (uint8_t)answer};
        size_t opened = tlv_open(writer);

        tlv_put(writer, TAG_INTEGER, bytes, 2);
        tlv_put(writer, TAG_INTEGER, bytes + 2, 2);
        tlv_close(writer, opened, TAG_LENGTHS);
}

static void put_from_atr(const struct card *card, struct tlv_writer *writer)
{
        uint8_t bytes[SCARD_ATR_LENGTH];
        DWORD len = sizeof(bytes);
        struct atr atr;

        if (card->api->GetAttrib(card->handle, SCARD_ATTR_ATR_STRING, bytes, &len) != SCARD_S_SUCCESS ||
            len > sizeof(bytes) || !atr_parse(&atr, bytes, len))
                return;
        put_historical(writer, &atr, 3, TAG_SERVICE);
        put_historical(writer, &atr, 7, TAG_CAPABILITIES);
}

/* The objects of EF.ATR/INFO that can be read, but for those that stand there already. 7816-4 8.2.1.2 */
static LONG put_from_file(struct files *files, struct card *card, struct tlv_writer *writer)
{
        uint8_t content[CONTENT_MAX];
        const uint8_t *at = content;
        size_t len;
        struct tlv tlv, there;
        LONG status = read_system_file(files, card, EF_ATR, content, &len);

        if (status != SCARD_S_SUCCESS)
                return card_said(card, status) || status == SCARD_E_NO_FILE ? SCARD_S_SUCCESS : status;
        while (tlv_next(&at, content + len, &tlv) == TLV_OBJECT)
                if (tlv.tag != TAG_LENGTHS && !tlv_find(writer->bytes, writer->len, tlv.tag, &there))
                        tlv_put_raw(writer, tlv.start, tlv.total);
        return SCARD_S_SUCCESS;
}

LONG files_capabilities(struct files *files, struct card *card, bool with_file, struct files_objects *objects)
{
        static const struct path mf = {.count = 0};
        struct tlv_writer writer = {.bytes = objects->bytes, .room = sizeof(objects->bytes)};
        LONG status;

        objects->len = 0;
        status = files_begin(files, card, &mf);
        if (status != SCARD_S_SUCCESS)
                return status;
        put_from_atr(card, &writer);
        /* Header, Lc of either length, data, Le; data and SW1 SW2. */
        put_lengths(&writer, files->nc + (files->nc > FILES_SHORT_NC ? 9 : 6), files->ne + 2);
        if (with_file)
                status = put_from_file(files, card, &writer);
        if (status == SCARD_S_SUCCESS)
                objects->len = writer.len;
        card->last.status = status;
        files_end(files, card);
        return status;
}
