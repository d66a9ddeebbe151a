/* files.c - see files.h */
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"

#include "sim/files.h"

#define NOT_FOUND SIM_NO_FILE

bool sim_files_deliver(struct sim_files *files, const struct sim_file *table, unsigned count)
{
        files->table = calloc(SIM_FILES_MAX, sizeof *files->table);
        if (files->table == NULL)
                return false;
        memcpy(files->table, table, count * sizeof *table);
        files->count = count;
        for (unsigned i = 0; i < count; i++) {
                if (table[i].kind != SIM_EF)
                        continue;
                uint8_t *content = malloc(table[i].size);
                if (content == NULL)
                        return false; /* the caller frees */
                if (table[i].content != NULL)
                        memcpy(content, table[i].content, table[i].size);
                for (unsigned at = 0; table[i].content == NULL && at < table[i].size; at++)
                        content[at] = (uint8_t)(at ^ at >> 8);
                files->content[i] = content;
        }
        return true;
}

void sim_files_free(struct sim_files *files)
{
        for (unsigned i = 0; i < files->count; i++)
                free(files->content[i]);
        free(files->table);
        memset(files, 0, sizeof *files);
}

void sim_files_reset(struct sim_files *files)
{
        files->df = files->ef = 0;
}

enum wanted { ANY, ONLY_DF, ONLY_EF };

/* A file directly below parent. */
static unsigned find_child(const struct sim_files *files, unsigned parent, uint16_t fid, enum wanted wanted)
{
        for (unsigned i = 1; i < files->count; i++) {
                const struct sim_file *file = &files->table[i];
                if (file->parent == parent && file->fid == fid &&
                    (wanted == ANY || (file->kind == SIM_DF) == (wanted == ONLY_DF)))
                        return i;
        }
        return NOT_FOUND;
}

unsigned sim_files_child(const struct sim_files *files, unsigned parent, uint16_t fid)
{
        return find_child(files, parent, fid, ANY);
}

/* By file identifier alone: the MF, the current DF, its parent, or something below or beside it. 7816-4
 * 7.4.1 */
static unsigned find_near(const struct sim_files *files, uint16_t fid)
{
        const unsigned df = files->df, parent = files->table[df].parent;
        if (fid == files->table[0].fid)
                return 0;
        unsigned found = find_child(files, df, fid, ANY);
        if (found == NOT_FOUND && files->table[df].fid == fid)
                found = df;
        if (found == NOT_FOUND && files->table[parent].fid == fid)
                found = parent;
        if (found == NOT_FOUND)
                found = find_child(files, parent, fid, ONLY_DF);
        return found;
}

/* By DF name; a shorter one finds the first that begins so. */
static unsigned find_name(const struct sim_files *files, const uint8_t *name, size_t len)
{
        for (unsigned i = 0; len > 0 && i < files->count; i++) {
                const struct sim_file *file = &files->table[i];
                if (file->aid_len >= len && memcmp(file->aid, name, len) == 0)
                        return i;
        }
        return NOT_FOUND;
}

static unsigned find_path(const struct sim_files *files, unsigned from, const uint8_t *path, size_t len)
{
        if (len == 0 || len % 2 != 0)
                return NOT_FOUND;
        for (size_t i = 0; i < len && from != NOT_FOUND; i += 2)
                from = find_child(files, from, (uint16_t)(path[i] << 8 | path[i + 1]), ANY);
        return from;
}

/* What P1 says the data field is. 7816-4 table 62. */
static uint16_t find(const struct sim_files *files, const struct sim_apdu *apdu, unsigned *found)
{
        const uint8_t *data = apdu->data;
        const size_t len = apdu->data_len;
        const bool fid = len == 2;
        const uint16_t id = (uint16_t)(fid ? data[0] << 8 | data[1] : 0);

        *found = NOT_FOUND;
        switch (apdu->p1) {
        case 0x00:
                if (len != 0 && !fid)
                        return SIM_SW_WRONG_LENGTH;
                *found = fid ? find_near(files, id) : 0;
                break;
        case 0x01:
        case 0x02:
                if (!fid)
                        return SIM_SW_WRONG_LENGTH;
                *found = find_child(files, files->df, id, apdu->p1 == 0x01 ? ONLY_DF : ONLY_EF);
                break;
        case 0x03:
                if (len != 0)
                        return SIM_SW_WRONG_LENGTH;
                *found = files->df != 0 ? files->table[files->df].parent : NOT_FOUND;
                break;
        case 0x04:
                *found = len <= 16 ? find_name(files, data, len) : NOT_FOUND;
                break;
        case 0x08:
        case 0x09:
                if (len == 0 || len % 2 != 0)
                        return SIM_SW_WRONG_LENGTH;
                *found = find_path(files, apdu->p1 == 0x08 ? 0 : files->df, data, len);
                break;
        default:
                return SIM_SW_BAD_P1P2;
        }
        return *found == NOT_FOUND ? SIM_SW_NO_FILE : SIM_SW_OK;
}

bool sim_file_has_records(const struct sim_file *file)
{
        return file->kind == SIM_EF && file->structure > SIM_TRANSPARENT;
}

/* Data object 82: descriptor byte; data coding byte; most bytes of a record; how many. */
static size_t descriptor(const struct sim_file *file, uint8_t *out)
{
        size_t len = 2;

        out[0] = 0x82;
        if (file->kind == SIM_DF)
                out[len++] = 0x38;
        else
                out[len++] = file->structure != 0 ? file->structure : SIM_TRANSPARENT;
        if (file->coding != 0 || sim_file_has_records(file))
                out[len++] = file->coding != 0 ? file->coding : 0x21; /* 21: WRITE is the card's own matter */
        if (sim_file_has_records(file)) {
                out[len++] = 0;
                out[len++] = file->record_size;
                out[len++] = file->records;
        }
        out[1] = (uint8_t)(len - 2);
        return len;
}

/* File control information: a template of tag with the parameters of 7816-4 table 11. */
static bool put_control(const struct sim_file *file, uint8_t tag, struct sim_answer *answer)
{
        uint8_t out[64];
        size_t len = 2;

        if (file->kind == SIM_EF) {
                const unsigned bytes =
                    sim_file_has_records(file) ? (unsigned)file->records * file->record_size : file->size;
                const uint8_t size[] = {0x80, 2, (uint8_t)(bytes >> 8), (uint8_t)bytes};
                memcpy(out + len, size, sizeof size);
                len += sizeof size;
        }
        len += descriptor(file, out + len);
        const uint8_t id[] = {0x83, 2, (uint8_t)(file->fid >> 8), (uint8_t)file->fid};
        memcpy(out + len, id, sizeof id);
        len += sizeof id;
        if (file->aid_len != 0) {
                out[len++] = 0x84;
                out[len++] = file->aid_len;
                memcpy(out + len, file->aid, file->aid_len);
                len += file->aid_len;
        }
        if (file->kind == SIM_EF && file->sfi != 0) {
                const uint8_t sfi[] = {0x88, 1, (uint8_t)(file->sfi << 3)};
                memcpy(out + len, sfi, sizeof sfi);
                len += sizeof sfi;
        }
        const uint8_t life[] = {0x8A, 1, file->deactivated ? 0x04 : 0x05}; /* operational */
        memcpy(out + len, life, sizeof life);
        len += sizeof life;
        out[0] = tag;
        out[1] = (uint8_t)(len - 2);
        return sim_answer_put(answer, out, len);
}

/* Local references are closed when the DF that knows them is left. */
static void leave(struct sim_card *card, unsigned df)
{
        for (unsigned i = 0; i < card->chv_count; i++) {
                if (card->chvs[i].directory != 0 && card->chvs[i].directory != df)
                        card->chvs[i].verified = false;
        }
}

uint16_t sim_files_select(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        static const uint8_t tags[] = {0x6F, 0x62, 0x64}; /* FCI, FCP, FMD: P2 bits 4 and 3 */
        struct sim_files *files = &card->files;
        const uint8_t form = apdu->p2 >> 2;
        unsigned found;

        if (apdu->p2 > 0x0F)
                return SIM_SW_BAD_P1P2;
        const uint16_t sw = find(files, apdu, &found);
        if (sw != SIM_SW_OK)
                return sw;
        if ((apdu->p2 & 0x03) != 0) /* last, next, previous occurrence: there is one of each */
                return SIM_SW_NO_FUNCTION;
        const struct sim_file *file = &files->table[found];
        if (file->kind == SIM_DF) {
                files->df = found;
                files->ef = 0;
        } else {
                files->df = file->parent;
                files->ef = found;
        }
        leave(card, files->df);
        if (form == 2) {
                const uint8_t empty[] = {tags[2], 0};
                return sim_answer_put(answer, empty, sizeof empty) ? SIM_SW_OK : SIM_SW_FAILED;
        }
        if (form < 2 && !put_control(file, tags[form], answer))
                return SIM_SW_FAILED;
        return file->deactivated ? SIM_SW_DEACTIVATED : SIM_SW_OK;
}

static bool allowed(const struct sim_card *card, uint8_t who)
{
        if (who == SIM_ALWAYS || sim_auth_open(&card->auth, who))
                return true;
        for (unsigned i = 0; who != SIM_NEVER && i < card->chv_count; i++) {
                if (card->chvs[i].reference == who && sim_chv_open(&card->chvs[i]))
                        return true;
        }
        return false;
}

uint16_t sim_files_usable(const struct sim_card *card, uint8_t who)
{
        if (card->files.table[card->files.ef].deactivated)
                return SIM_SW_CONDITIONS;
        return allowed(card, who) ? SIM_SW_OK : SIM_SW_SECURITY;
}

uint16_t sim_files_short(struct sim_files *files, uint8_t sfi)
{
        if (sfi == 0)
                return files->ef != 0 ? SIM_SW_OK : SIM_SW_NO_CURRENT_EF;
        for (unsigned i = 1; i < files->count; i++) {
                const struct sim_file *file = &files->table[i];
                if (file->kind == SIM_EF && file->parent == files->df && file->sfi == sfi) {
                        files->ef = i;
                        return SIM_SW_OK;
                }
        }
        return SIM_SW_NO_FILE;
}

/* The EF and the offset that P1 P2 mean; one named by its short identifier becomes current. 7816-4 11.3.2 */
uint16_t sim_binary_locate(struct sim_files *files, const struct sim_apdu *apdu, size_t *offset)
{
        uint16_t sw;

        if ((apdu->p1 & 0x80) == 0) {
                *offset = (size_t)apdu->p1 << 8 | apdu->p2;
                sw = sim_files_short(files, 0);
        } else {
                *offset = apdu->p2;
                sw = (apdu->p1 & 0x60) != 0 ? SIM_SW_BAD_P1P2 : sim_files_short(files, apdu->p1 & 0x1F);
        }
        if (sw == SIM_SW_OK && sim_file_has_records(&files->table[files->ef]))
                return SIM_SW_WRONG_KIND;
        return sw;
}

uint16_t sim_files_read(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        struct sim_files *files = &card->files;
        size_t offset;

        if (apdu->data_len != 0 || !apdu->has_le)
                return SIM_SW_WRONG_LENGTH;
        uint16_t sw = sim_binary_locate(files, apdu, &offset);
        if (sw != SIM_SW_OK)
                return sw;
        const struct sim_file *file = &files->table[files->ef];
        sw = sim_files_usable(card, file->read);
        if (sw != SIM_SW_OK)
                return sw;
        if (offset >= file->size)
                return SIM_SW_BAD_OFFSET;
        const size_t left = file->size - offset;
        const size_t give = left < apdu->ne ? left : apdu->ne;
        if (!sim_answer_put(answer, files->content[files->ef] + offset, give))
                return SIM_SW_FAILED;
        /* Le 00 (or 0000) asks for what there is; any other number is a promise that cannot be kept. */
        const bool all = apdu->ne == 256 || apdu->ne == 65536;
        return give < apdu->ne && !all ? SIM_SW_END_OF_FILE : SIM_SW_OK;
}

uint16_t sim_files_update(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_files *files = &card->files;
        size_t offset;

        if (apdu->data_len == 0)
                return SIM_SW_WRONG_LENGTH;
        uint16_t sw = sim_binary_locate(files, apdu, &offset);
        if (sw != SIM_SW_OK)
                return sw;
        const struct sim_file *file = &files->table[files->ef];
        sw = sim_files_usable(card, file->write);
        if (sw != SIM_SW_OK)
                return sw;
        if (offset >= file->size)
                return SIM_SW_BAD_OFFSET;
        if (apdu->data_len > file->size - offset)
                return SIM_SW_NO_ROOM;
        memcpy(files->content[files->ef] + offset, apdu->data, apdu->data_len);
        return SIM_SW_OK;
}
