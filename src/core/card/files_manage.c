/* files_manage.c - the files themselves: create, delete, activate, deactivate, properties. */
#include <string.h>

#include "core/card/files_state.h"
#include "core/card/tlv.h"

enum {
        TAG_FCP = 0x62,
        TAG_ID = 0x83,
        TAG_NAME = 0x84,
};

/* Begins the transaction and selects the directory that path is in. */
static LONG begin_parent(struct files *files, struct card *card, const struct path *path)
{
        struct path parent = *path;
        struct files_target target = {.path = &parent, .wanted = FILES_WANT_DIR};
        LONG status;

        path_parent(&parent);
        status = files_begin(files, card, &parent);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = files_select(files, card, &target);
        if (status != SCARD_S_SUCCESS)
                files_end(files, card);
        return status;
}

/* Begins the transaction and selects the file anew, of whatever kind and activated or not. */
static LONG begin_any(struct files *files, struct card *card, const struct path *path,
                      struct files_target *target)
{
        LONG status = files_begin(files, card, path);

        if (status != SCARD_S_SUCCESS)
                return status;
        *target =
            (struct files_target){.path = path, .wanted = FILES_WANT_ANY, .deactivated = true, .again = true};
        status = files_select(files, card, target);
        if (status != SCARD_S_SUCCESS)
                files_end(files, card);
        return status;
}

/* ---- CREATE FILE. ISO/IEC 7816-9:2004 7.1 */

/* The objects inside the template, whichever way they came. */
static bool open_template(const uint8_t **properties, size_t *len)
{
        const uint8_t *at = *properties;
        struct tlv tlv, behind;

        if (*len == 0)
                return true;
        if (!tlv_well_formed(*properties, *len))
                return false;
        if (tlv_next(&at, *properties + *len, &tlv) != TLV_OBJECT || tlv.tag != TAG_FCP)
                return true;
        if (tlv_next(&at, *properties + *len, &behind) != TLV_END)
                return false; /* of two templates, or of objects outside of it, none can be left out */
        *len = tlv.len;
        *properties = tlv.value;
        return true;
}

/* What the path says of the new file and the properties do not, or say as well. false: otherwise. */
static bool put_identity(struct tlv_writer *writer, const struct path_element *element,
                         const uint8_t *properties, size_t len)
{
        const uint8_t id[2] = {(uint8_t)(element->id >> 8), (uint8_t)element->id};
        const bool by_name = element->kind == PATH_NAME;
        const uint8_t *value = by_name ? element->name : id;
        size_t value_len = by_name ? element->name_len : sizeof(id);
        struct tlv tlv;

        if (tlv_find(properties, len, by_name ? TAG_NAME : TAG_ID, &tlv))
                return tlv.len == value_len && memcmp(tlv.value, value, value_len) == 0;
        tlv_put(writer, by_name ? TAG_NAME : TAG_ID, value, value_len);
        return true;
}

/* The template of the new file, in files->answer. *len: its bytes. */
static LONG make_template(struct files *files, const struct path_element *element, const uint8_t *properties,
                          size_t properties_len, size_t *len)
{
        struct tlv_writer writer = {.bytes = files->answer, .room = sizeof(files->answer)};
        size_t opened = tlv_open(&writer);

        tlv_put_raw(&writer, properties, properties_len);
        if (!put_identity(&writer, element, properties, properties_len))
                return SCARD_E_INVALID_PARAMETER;
        tlv_close(&writer, opened, TAG_FCP);
        *len = writer.len;
        return writer.full || writer.len > files->nc ? SCARD_E_INVALID_PARAMETER : SCARD_S_SUCCESS;
}

/* Within the transaction, the directory being selected. */
static LONG create_here(struct files *files, struct card *card, const struct path_element *element,
                        const uint8_t *properties, size_t properties_len)
{
        static const uint8_t header[3] = {0xE0, 0x00, 0x00};
        size_t len;
        LONG status = make_template(files, element, properties, properties_len, &len);

        if (status != SCARD_S_SUCCESS) {
                card_last_clear(card); /* it is not about the SELECT before it */
                return status;
        }
        status = files_command(files, card, "CREATE FILE", header, files->answer, len);
        files_forget_selection(files, card); /* the new file, if it is there */
        return status;
}

/* A new file is empty or has its first records to come. */
static LONG write_new(struct files *files, struct card *card, const struct path *path, const uint8_t *data,
                      size_t len)
{
        struct open_file file = {.path = *path};
        struct files_target target = {.path = path, .wanted = FILES_WANT_FILE, .again = true};
        LONG status = files_select(files, card, &target);
        size_t piece = len;

        if (status != SCARD_S_SUCCESS)
                return status;
        file.fcp = target.fcp;
        if (fcp_has_records(&file.fcp)) {
                file.position = FILES_END;
                if (file.fcp.kind != FCP_VARIABLE && file.fcp.record_size != 0)
                        piece = file.fcp.record_size;
        }
        for (size_t done = 0; status == SCARD_S_SUCCESS && done < len; done += piece) {
                size_t n = len - done < piece ? len - done : piece;

                status = files_write_here(files, card, &file, FILES_REPLACE, data + done, n);
        }
        return status;
}

static LONG delete_here(struct files *files, struct card *card, const struct path *path,
                        const struct files_target *target, enum files_delete how);

/* What stands where the new file is to be goes; not for one that cannot be made. */
static LONG make_room(struct files *files, struct card *card, const struct path *path,
                      const uint8_t *properties, size_t properties_len)
{
        struct files_target target;
        LONG status = begin_any(files, card, path, &target);
        size_t len;

        if (status != SCARD_S_SUCCESS)
                return status == SCARD_E_FILE_NOT_FOUND ? SCARD_S_SUCCESS : status;
        status = make_template(files, &path->element[path->count - 1], properties, properties_len, &len);
        if (status == SCARD_S_SUCCESS)
                status = delete_here(files, card, path, &target, FILES_DELETE_ANY);
        else
                card_last_clear(card);
        card->last.status = status;
        files_end(files, card);
        return status;
}

LONG files_create_file(struct files *files, struct card *card, const struct files_name *name,
                       const uint8_t *properties, size_t properties_len, const uint8_t *data, size_t len,
                       bool replace)
{
        struct path path;
        LONG status;

        card_last_clear(card);
        if (!files_path(files, name, &path) || path.count == 0 || path_short_id(&path) != 0 ||
            !open_template(&properties, &properties_len))
                return SCARD_E_INVALID_PARAMETER;
        if (replace) {
                status = make_room(files, card, &path, properties, properties_len);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
        /* A DF with a name is made in the current directory; others where their path says. */
        if (path.element[path.count - 1].kind == PATH_NAME) {
                struct path inside = files->dir;

                status = path_append_id(&inside, 0) ? begin_parent(files, card, &inside)
                                                    : SCARD_E_INVALID_PARAMETER;
        } else {
                status = begin_parent(files, card, &path);
        }
        if (status != SCARD_S_SUCCESS)
                return status;
        status = create_here(files, card, &path.element[path.count - 1], properties, properties_len);
        if (status == SCARD_S_SUCCESS && len != 0)
                status = write_new(files, card, &path, data, len);
        card->last.status = status;
        files_end(files, card);
        return status;
}

/* ---- DELETE FILE. 7816-9 7.2 */

/* What pointed into it: open files end, the current directory is the one above. */
static void forget_deleted(struct files *files, struct card *card, const struct path *path)
{
        for (unsigned i = 0; i < FILES_OPEN_MAX; i++)
                if (files->open[i].handle != 0 && path_within(&files->open[i].path, path))
                        memset(&files->open[i], 0, sizeof(files->open[i]));
        if (path_within(&files->dir, path)) {
                files->dir = *path;
                path_parent(&files->dir);
        }
        files_forget_selection(files, card);
}

static LONG check_empty(struct files *files, struct card *card)
{
        bool empty;
        LONG status = files_is_empty(files, card, &empty);

        if (status == SCARD_S_SUCCESS && !empty)
                status = SCARD_E_NO_ACCESS;
        return status;
}

/*
 * By identifier from the directory that it is in, as most cards want it; what is selected by name is the
 * current DF, and deletes itself.
 */
static LONG delete_selected(struct files *files, struct card *card, const struct path *path)
{
        static const uint8_t header[3] = {0xE4, 0x00, 0x00};
        const struct path_element *element = &path->element[path->count - 1];
        const uint8_t id[2] = {(uint8_t)(element->id >> 8), (uint8_t)element->id};
        struct path parent = *path;
        struct files_target target = {.path = &parent, .wanted = FILES_WANT_DIR};
        LONG status;

        if (element->kind == PATH_NAME)
                return files_command(files, card, "DELETE FILE", header, NULL, 0);
        path_parent(&parent);
        status = files_select(files, card, &target);
        if (status != SCARD_S_SUCCESS)
                return status;
        return files_command(files, card, "DELETE FILE", header, id, sizeof(id));
}

/* Within the transaction, the file being what was selected last. */
static LONG delete_here(struct files *files, struct card *card, const struct path *path,
                        const struct files_target *target, enum files_delete how)
{
        const enum fcp_kind kind = target->fcp.kind;
        LONG status = SCARD_S_SUCCESS;

        if (how == FILES_DELETE_EMPTY && (kind == FCP_DIRECTORY || kind == FCP_UNKNOWN))
                status = check_empty(files, card);
        if (status == SCARD_S_SUCCESS)
                status = delete_selected(files, card, path);
        if (status == SCARD_S_SUCCESS)
                forget_deleted(files, card, path);
        return status;
}

/* A file that is called by what it is: not by a short identifier, which no such command takes. */
static LONG managed_path(const struct files *files, struct card *card, const struct files_name *name,
                         struct path *path)
{
        card_last_clear(card);
        if (!files_path(files, name, path))
                return SCARD_E_INVALID_PARAMETER;
        return path_short_id(path) == 0 ? SCARD_S_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
}

LONG files_delete(struct files *files, struct card *card, const struct files_name *name,
                  enum files_delete how)
{
        struct files_target target;
        struct path path;
        LONG status = managed_path(files, card, name, &path);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (path.count == 0)
                return SCARD_E_INVALID_PARAMETER;
        status = begin_any(files, card, &path, &target);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = delete_here(files, card, &path, &target, how);
        card->last.status = status;
        files_end(files, card);
        return status;
}

/* ---- ACTIVATE FILE, DEACTIVATE FILE. 7816-9 7.3, 7.4 */

LONG files_activate(struct files *files, struct card *card, const struct files_name *name, bool active)
{
        const uint8_t header[3] = {active ? 0x44 : 0x04, 0x00, 0x00};
        struct files_target target;
        struct path path;
        LONG status = managed_path(files, card, name, &path);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = begin_any(files, card, &path, &target);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = files_command(files, card, active ? "ACTIVATE FILE" : "DEACTIVATE FILE", header, NULL, 0);
        files_end(files, card);
        return status;
}

/* ---- properties */

LONG files_properties(struct files *files, struct card *card, const struct files_name *name,
                      struct files_objects *objects)
{
        struct files_target target;
        struct path path;
        LONG status = managed_path(files, card, name, &path);

        objects->len = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        status = begin_any(files, card, &path, &target);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (!target.readable)
                status = SCARD_E_UNEXPECTED;
        else if (target.objects_len == 0)
                status = SCARD_E_UNSUPPORTED_FEATURE;
        else if (target.objects_len > sizeof(objects->bytes))
                status = SCARD_E_UNEXPECTED;
        if (status == SCARD_S_SUCCESS) {
                memcpy(objects->bytes, target.objects, target.objects_len);
                objects->len = target.objects_len;
        }
        card->last.status = status;
        files_end(files, card);
        return status;
}

/* PUT DATA with the tag in P2: the value of the template, for the file that is selected. 7816-4 11.4.6 */
LONG files_set_properties(struct files *files, struct card *card, const struct files_name *name,
                          const uint8_t *properties, size_t len)
{
        static const uint8_t header[3] = {0xDA, 0x00, TAG_FCP};
        struct files_target target;
        struct path path;
        LONG status = managed_path(files, card, name, &path);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (!open_template(&properties, &len) || len == 0)
                return SCARD_E_INVALID_PARAMETER;
        status = begin_any(files, card, &path, &target);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (len > files->nc) {
                card_last_clear(card); /* it is not about the SELECT before it */
                status = SCARD_E_INVALID_PARAMETER;
        } else {
                status = files_command(files, card, "PUT DATA", header, properties, len);
        }
        card->last.status = status;
        files_end(files, card);
        return status;
}
