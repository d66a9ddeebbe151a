/* files_records.c - the content of a file, by records: READ, UPDATE, WRITE, ERASE, APPEND RECORD. 7816-4 7.4.2, 11.4 */
#include <string.h>

#include "core/wipe.h"

#include "core/card/files_state.h"

#define RECORD_MAX 254u /* FF is reserved. 7816-4 7.4.2 */

/* P1 the number, P2: that record alone, of the current file or of a short identifier. 7816-4 table 49 */
static void record_header(uint8_t header[3], uint8_t ins, uint8_t p1, uint8_t p2,
                          const struct open_file *file)
{
        header[0] = ins;
        header[1] = p1;
        header[2] = (uint8_t)(path_short_id(&file->path) << 3u | p2);
}

static bool at_end(const struct open_file *file)
{
        if (file->position == FILES_END)
                return true;
        return file->fcp.has_records && file->position >= file->fcp.records;
}

/* Record number position + 1, whole, into files->answer. */
static LONG read_whole_record(struct files *files, struct card *card, const struct open_file *file,
                              size_t *got)
{
        size_t ne = files->ne;
        uint8_t header[3];
        uint16_t sw;
        LONG status;

        *got = 0;
        if (file->position >= RECORD_MAX)
                return SCARD_E_BAD_SEEK;
        /* All there is, in short length fields where that is enough. Le = 00 is wrong for a GSM card. TS 51.011 8.5 */
        if (file->fcp.record_size == 0 || file->fcp.record_size <= FILES_SHORT_NE)
                ne = smaller(ne, FILES_SHORT_NE);
        if (card->profile->cla == FILES_CLA_GSM && file->fcp.record_size != 0)
                ne = smaller(ne, file->fcp.record_size);
        record_header(header, 0xB2, (uint8_t)(file->position + 1), 0x04, file);
        status = files_send(files, card, "READ RECORD", header, NULL, 0, ne, got, &sw);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = files_meaning(card, sw, false);
        if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF)
                *got = 0;
        return status;
}

LONG files_read_record(struct files *files, struct card *card, struct open_file *file, uint8_t *out,
                       size_t wanted, size_t *got)
{
        size_t len;
        LONG status;

        if (at_end(file))
                return SCARD_W_EOF;
        status = read_whole_record(files, card, file, &len);
        if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF)
                return status;
        *got = smaller(len, wanted);
        memcpy(out, files->answer, *got);
        file->position++;
        return status;
}

/*
 * A record more, of every handle of the file. Whether a cyclic file had room for it, or lost the oldest, the card
 * tells when it is selected again.
 */
static void count_record(struct files *files, struct card *card, struct open_file *file)
{
        if (file->fcp.kind == FCP_CYCLIC) {
                files_forget_file(files, card);
                file->fcp.has_records = false;
        } else if (file->fcp.has_records && file->fcp.records < RECORD_MAX) {
                file->fcp.records++;
        }
        files_note(files, &file->path, &file->fcp);
}

/* A cyclic file of a card without APPEND RECORD: UPDATE RECORD of the previous one is the oldest, which becomes
 * the first. TS 102 221 11.1.6 */
static LONG append_record(struct files *files, struct card *card, struct open_file *file, const uint8_t *data,
                          size_t len)
{
        uint8_t header[3];
        LONG status;

        record_header(header, 0xE2, 0x00, 0x00, file);
        status = files_command(files, card, "APPEND RECORD", header, data, len);
        if (file->fcp.kind == FCP_CYCLIC && status == SCARD_E_UNSUPPORTED_FEATURE) {
                record_header(header, 0xDC, 0x00, 0x03, file);
                status = files_command(files, card, "UPDATE RECORD", header, data, len);
        }
        if (status == SCARD_S_SUCCESS)
                count_record(files, card, file);
        return status;
}

static LONG combine_record(struct files *files, struct card *card, const struct open_file *file,
                           const uint8_t header[3], enum files_write how, const uint8_t *data, size_t len)
{
        uint8_t record[FILES_PIECE_MAX];
        size_t got;
        LONG status = read_whole_record(files, card, file, &got);

        if (status == SCARD_W_EOF)
                status = SCARD_S_SUCCESS;
        if (status == SCARD_S_SUCCESS && (len > got || got > files->nc))
                status = SCARD_E_WRITE_TOO_MANY;
        if (status == SCARD_S_SUCCESS) {
                memcpy(record, files->answer, got);
                files_combine(record, data, len, how);
                status = files_command(files, card, "UPDATE RECORD", header, record, got);
        }
        wipe(record, sizeof(record));
        return status;
}

static LONG change_record(struct files *files, struct card *card, const struct open_file *file,
                          enum files_write how, const uint8_t *data, size_t len)
{
        uint8_t number = (uint8_t)(file->position + 1), header[3];

        record_header(header, 0xDC, number, 0x04, file);
        if (how == FILES_REPLACE)
                return files_command(files, card, "UPDATE RECORD", header, data, len);
        if (how == FILES_ERASE) {
                record_header(header, 0x0C, number, 0x04, file);
                return files_command(files, card, "ERASE RECORD", header, NULL, 0);
        }
        if (!files_write_does(&file->fcp, how))
                return combine_record(files, card, file, header, how, data, len);
        record_header(header, 0xD2, number, 0x04, file);
        return files_command(files, card, "WRITE RECORD", header, data, len);
}

LONG files_write_record(struct files *files, struct card *card, struct open_file *file, enum files_write how,
                        const uint8_t *data, size_t len)
{
        LONG status;

        if (len > files->nc || (file->fcp.record_size != 0 && len > file->fcp.record_size))
                return SCARD_E_WRITE_TOO_MANY;
        if (at_end(file)) {
                bool known = file->position != FILES_END;

                if (how != FILES_REPLACE)
                        return SCARD_E_BAD_SEEK; /* nothing is there to combine with or to erase */
                status = append_record(files, card, file, data, len);
                /* The end stays the end, where a record more is known only later: the next one is added, too. */
                if (status == SCARD_S_SUCCESS && known)
                        file->position = file->fcp.kind == FCP_CYCLIC ? FILES_END : file->fcp.records;
                return status;
        }
        if (file->position >= RECORD_MAX)
                return SCARD_E_BAD_SEEK;
        status = change_record(files, card, file, how, data, len);
        if (status == SCARD_S_SUCCESS)
                file->position++;
        return status;
}
