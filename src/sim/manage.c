/* manage.c - files come and go: CREATE, DELETE, ACTIVATE, DEACTIVATE FILE, PUT DATA of parameters. 7816-9 7 */
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"

/* A data object of a one-byte tag and length among others; NULL: there is none. */
static const uint8_t *find(const uint8_t *data, size_t len, uint8_t tag, size_t *value_len)
{
        size_t at = 0;

        while (at + 2 <= len && data[at + 1] <= len - at - 2) {
                if (data[at] == tag) {
                        *value_len = data[at + 1];
                        return data + at + 2;
                }
                at += 2u + data[at + 1];
        }
        *value_len = 0;
        return NULL;
}

/* Whether the bytes are such objects to the end. */
static bool well_formed(const uint8_t *data, size_t len)
{
        size_t at = 0;

        while (at < len) {
                if (len - at < 2 || data[at + 1] > len - at - 2)
                        return false;
                at += 2u + data[at + 1];
        }
        return true;
}

static bool read_descriptor(struct sim_file *file, const uint8_t *value, size_t len)
{
        if (value == NULL || len == 0)
                return false;
        if (value[0] == 0x38) {
                file->kind = SIM_DF;
                return true;
        }
        file->kind = SIM_EF;
        file->structure = value[0];
        switch (value[0]) {
        case SIM_TRANSPARENT:
                return true;
        case SIM_FIXED:
        case SIM_VARIABLE:
        case SIM_CYCLIC:
                if (len < 5 || (len > 3 && value[2] != 0) || value[3] == 0 || value[len - 1] == 0)
                        return false;
                file->record_size = value[3];
                file->record_max = value[len - 1];
                return true;
        default:
                return false;
        }
}

/* The new file as its template describes it; anybody may read and write it. */
static bool describe(struct sim_file *file, const uint8_t *data, size_t len)
{
        size_t n;
        const uint8_t *value = find(data, len, 0x82, &n);

        memset(file, 0, sizeof *file);
        if (!read_descriptor(file, value, n))
                return false;
        value = find(data, len, 0x83, &n);
        if (value != NULL && n == 2)
                file->fid = (uint16_t)(value[0] << 8 | value[1]);
        value = find(data, len, 0x80, &n);
        if (value != NULL && n == 2)
                file->size = (uint16_t)(value[0] << 8 | value[1]);
        if (sim_file_has_records(file))
                file->size = (uint16_t)sim_records_size(file);
        value = find(data, len, 0x88, &n);
        if (value != NULL && n == 1)
                file->sfi = value[0] >> 3;
        return file->fid != 0 && file->fid != 0x3F00 && (file->kind == SIM_DF || file->size != 0);
}

/* The DF name is kept in the content of the DF, which has none of its own. */
static bool take_name(struct sim_file *file, uint8_t **content, const uint8_t *data, size_t len)
{
        size_t n;
        const uint8_t *value = find(data, len, 0x84, &n);

        if (value == NULL || file->kind != SIM_DF)
                return true;
        if (n == 0 || n > 16)
                return false;
        *content = malloc(n);
        if (*content == NULL)
                return false;
        memcpy(*content, value, n);
        file->aid = *content;
        file->aid_len = (uint8_t)n;
        return true;
}

static bool name_exists(const struct sim_files *files, const struct sim_file *file)
{
        for (unsigned i = 0; file->aid_len != 0 && i < files->count; i++) {
                if (files->table[i].aid_len == file->aid_len &&
                    memcmp(files->table[i].aid, file->aid, file->aid_len) == 0)
                        return true;
        }
        return false;
}

static bool is_gone(const struct sim_file *file)
{
        return file->parent == SIM_NO_FILE;
}

static unsigned free_place(const struct sim_files *files)
{
        unsigned i = 1;

        while (i < files->count && !is_gone(&files->table[i]))
                i++;
        return i;
}

static uint16_t create(struct sim_files *files, const struct sim_apdu *apdu)
{
        const unsigned at = free_place(files);
        struct sim_file file;
        uint8_t *content = NULL;
        size_t len = 0;
        const uint8_t *template;

        if (apdu->p1 != 0 || apdu->p2 != 0)
                return SIM_SW_BAD_P1P2;
        template = find(apdu->data, apdu->data_len, 0x62, &len);
        if (template == NULL || !well_formed(template, len) || !describe(&file, template, len))
                return SIM_SW_BAD_DATA;
        if (sim_files_child(files, files->df, file.fid) != SIM_NO_FILE)
                return SIM_SW_EXISTS;
        if (at >= SIM_FILES_MAX)
                return SIM_SW_NO_ROOM;
        if (!take_name(&file, &content, template, len))
                return SIM_SW_BAD_DATA;
        if (name_exists(files, &file)) {
                free(content);
                return SIM_SW_NAME_EXISTS;
        }
        if (file.kind == SIM_EF && (content = calloc(1, file.size)) == NULL)
                return SIM_SW_NO_ROOM;
        file.parent = (uint8_t)files->df;
        files->table[at] = file;
        files->content[at] = content;
        if (at == files->count)
                files->count++;
        if (file.kind == SIM_DF) { /* the new file is the selected one */
                files->df = at;
                files->ef = 0;
        } else {
                files->ef = at;
        }
        return SIM_SW_OK;
}

static void end_file(struct sim_files *files, unsigned at)
{
        for (unsigned i = 1; i < files->count; i++) {
                if (i != at && files->table[i].parent == at)
                        end_file(files, i);
        }
        free(files->content[at]);
        files->content[at] = NULL;
        files->table[at] = (struct sim_file){.kind = SIM_DF, .parent = SIM_NO_FILE};
}

/* By an identifier in the current DF, or the current EF, or the current DF itself. */
static uint16_t find_to_manage(const struct sim_files *files, const struct sim_apdu *apdu, unsigned *at)
{
        if (apdu->p1 != 0 || apdu->p2 != 0)
                return SIM_SW_BAD_P1P2;
        if (apdu->data_len == 0)
                *at = files->ef != 0 ? files->ef : files->df;
        else if (apdu->data_len == 2)
                *at = sim_files_child(files, files->df, (uint16_t)(apdu->data[0] << 8 | apdu->data[1]));
        else
                return SIM_SW_WRONG_LENGTH;
        return *at == SIM_NO_FILE ? SIM_SW_NO_FILE : SIM_SW_OK;
}

/* What the card was delivered with stays. */
static uint16_t end(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_files *files = &card->files;
        unsigned at;
        const uint16_t sw = find_to_manage(files, apdu, &at);

        if (sw != SIM_SW_OK)
                return sw;
        if (at < card->profile->file_count)
                return SIM_SW_SECURITY;
        files->df = files->table[at].parent;
        files->ef = 0;
        end_file(files, at);
        return SIM_SW_OK;
}

static uint16_t activate(struct sim_card *card, const struct sim_apdu *apdu, bool active)
{
        struct sim_files *files = &card->files;
        unsigned at;
        uint16_t sw = find_to_manage(files, apdu, &at);

        if (sw != SIM_SW_OK)
                return sw;
        if (at == 0)
                return SIM_SW_CONDITIONS; /* the MF */
        files->table[at].deactivated = !active;
        return SIM_SW_OK;
}

/* Of the current EF its short identifier (88) can be set. */
static uint16_t set_parameters(struct sim_files *files, const struct sim_apdu *apdu)
{
        size_t len;
        const uint8_t *value = find(apdu->data, apdu->data_len, 0x88, &len);

        if (apdu->p1 != 0x00 || apdu->p2 != 0x62)
                return SIM_SW_NO_REFERENCE;
        if (files->ef == 0)
                return SIM_SW_NO_CURRENT_EF;
        if (value == NULL || len != 1 || apdu->data_len != 3)
                return SIM_SW_BAD_DATA;
        files->table[files->ef].sfi = value[0] >> 3;
        return SIM_SW_OK;
}

uint16_t sim_manage_command(struct sim_card *card, const struct sim_apdu *apdu)
{
        switch (apdu->ins) {
        case 0x04:
        case 0x44:
                return activate(card, apdu, apdu->ins == 0x44);
        case 0xDA:
                return set_parameters(&card->files, apdu);
        case 0xE0:
                return create(&card->files, apdu);
        default:
                return end(card, apdu);
        }
}
