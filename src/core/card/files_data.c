/* files_data.c - the content of a file: READ, UPDATE, WRITE, ERASE, APPEND, by bytes and by records. */
#include <string.h>

#include "core/wipe.h"

#include "core/card/files_state.h"
#include "core/card/tlv.h"

#define OFFSET_SHORT_MAX 0x7FFFu /* P1 P2 of the even instructions. 7816-4 11.3.2 */
#define OFFSET_OF_SFI    0xFFu   /* P2 where P1 is a short identifier */
#define RECORD_MAX       254u    /* FF is reserved. 7816-4 7.4.2 */
#define TAG_OFFSET       0x54u
#define TAG_DATA         0x53u
#define TLV_OVERHEAD     12u /* bytes: offset object, tag and length of the data object */

/* An instruction with P1 P2 as offset, and its odd twin, whose data field holds the offset as a data object. */
struct instruction {
        const char *name;
        uint8_t even, odd;
};

static const struct instruction read_binary = {"READ BINARY", 0xB0, 0xB1};
static const struct instruction update_binary = {"UPDATE BINARY", 0xD6, 0xD7};
static const struct instruction write_binary = {"WRITE BINARY", 0xD0, 0xD1};
static const struct instruction erase_binary = {"ERASE BINARY", 0x0E, 0x0F};

static size_t smaller(size_t a, size_t b)
{
        return a < b ? a : b;
}

/* ---- bytes of a transparent file */

/*
 * P1 P2 of an even instruction. A file by short identifier is named so in each command as long as the offset
 * fits; the card then makes it current. *fits: whether the offset can be said so.
 */
static void even_header(uint8_t header[3], const struct instruction *ins, const struct open_file *file,
                        uint32_t offset, bool *fits)
{
        uint8_t short_id = path_short_id(&file->path);

        header[0] = ins->even;
        header[1] = (uint8_t)(offset >> 8);
        header[2] = (uint8_t)offset;
        *fits = offset <= OFFSET_SHORT_MAX;
        if (short_id != 0 && offset <= OFFSET_OF_SFI)
                header[1] = (uint8_t)(0x80u | short_id);
}

/* Makes a file current that has only a short identifier, for an offset that no command with one can say. */
static LONG make_current(struct files *files, struct card *card, const struct open_file *file,
                         uint32_t offset)
{
        const uint8_t header[3] = {read_binary.even, (uint8_t)(0x80u | path_short_id(&file->path)), 0x00};
        size_t got;
        uint16_t sw;
        LONG status;

        if (path_short_id(&file->path) == 0 || offset <= OFFSET_OF_SFI)
                return SCARD_S_SUCCESS;
        status = files_send(files, card, read_binary.name, header, NULL, 0, 1, &got, &sw);
        return status == SCARD_S_SUCCESS ? files_meaning(card, sw, false) : status;
}

/* An odd instruction speaks of the current file where P1 P2 are 0, or of a short identifier in P2. */
static void odd_header(uint8_t header[3], const struct instruction *ins, const struct open_file *file)
{
        header[0] = ins->odd;
        header[1] = 0x00;
        header[2] = path_short_id(&file->path);
}

static void put_offset(struct tlv_writer *writer, uint32_t offset)
{
        const uint8_t bytes[4] = {(uint8_t)(offset >> 24), (uint8_t)(offset >> 16), (uint8_t)(offset >> 8),
                                  (uint8_t)offset};
        size_t skip = offset > 0xFFFFFF ? 0 : offset > 0xFFFF ? 1 : 2;

        tlv_put(writer, TAG_OFFSET, bytes + skip, sizeof(bytes) - skip);
}

/* Bytes of tag and length field before n bytes of data. */
static size_t data_object_head(size_t n)
{
        return n < 0x80 ? 2 : n <= 0xFF ? 3 : 4;
}

/* How much one command brings of what is wanted at the offset. */
static size_t read_piece(const struct files *files, uint32_t offset, size_t wanted)
{
        size_t room = files->ne;

        if (offset > OFFSET_SHORT_MAX)
                room -= data_object_head(room);
        return smaller(wanted, room);
}

static LONG read_odd(struct files *files, struct card *card, const struct open_file *file, uint32_t offset,
                     size_t n, const uint8_t **data, size_t *got, uint16_t *sw)
{
        struct tlv_writer writer = {.bytes = files->answer, .room = sizeof(files->answer)};
        uint8_t header[3];
        struct tlv tlv;
        LONG status;
        /* In T=0 the card is not told Le in a command with data: half an object would come. */
        size_t ne = card->protocol == SCARD_PROTOCOL_T0 ? files->ne : n + data_object_head(n);

        odd_header(header, &read_binary, file);
        put_offset(&writer, offset);
        status = files_send(files, card, read_binary.name, header, files->answer, writer.len, ne, got, sw);
        if (status != SCARD_S_SUCCESS || *got == 0)
                return status;
        if (!tlv_find(files->answer, *got, TAG_DATA, &tlv) &&
            !tlv_find(files->answer, *got, 0x73, &tlv)) /* the same, constructed */
                return SCARD_F_COMM_ERROR;
        *data = tlv.value;
        *got = smaller(tlv.len, n);
        return SCARD_S_SUCCESS;
}

/* One READ BINARY: n bytes wanted, *got of them at *data, in files->answer. */
static LONG read_once(struct files *files, struct card *card, const struct open_file *file, uint32_t offset,
                      size_t n, const uint8_t **data, size_t *got, uint16_t *sw)
{
        uint8_t header[3];
        bool even;

        *data = files->answer;
        even_header(header, &read_binary, file, offset, &even);
        if (!even)
                return read_odd(files, card, file, offset, n, data, got, sw);
        return files_send(files, card, read_binary.name, header, NULL, 0, n, got, sw);
}

/* A card that says it takes extended length fields and does not: short ones from here. */
static bool shorten(struct files *files, uint16_t sw, size_t nc, size_t ne)
{
        if (sw != 0x6700 || (nc <= FILES_SHORT_NC && ne <= FILES_SHORT_NE))
                return false;
        files->nc = smaller(files->nc, FILES_SHORT_NC);
        files->ne = smaller(files->ne, FILES_SHORT_NE);
        return true;
}

/*
 * Up to wanted bytes at the offset. The file ends (SCARD_W_EOF) where the card says so, where an offset behind
 * bytes that were there is outside, and where a card gives fewer bytes than it was asked for, twice.
 */
static LONG read_bytes(struct files *files, struct card *card, const struct open_file *file, uint32_t offset,
                       uint8_t *out, size_t wanted, size_t *got)
{
        LONG status = make_current(files, card, file, offset);

        *got = 0;
        while (status == SCARD_S_SUCCESS && *got < wanted) {
                uint32_t here = offset + (uint32_t)*got;
                size_t n = read_piece(files, here, wanted - *got), came;
                const uint8_t *data;
                uint16_t sw;

                status = read_once(files, card, file, here, n, &data, &came, &sw);
                if (status != SCARD_S_SUCCESS)
                        break;
                if (shorten(files, sw, 0, n))
                        continue;
                if (sw == 0x6B00 && *got > 0)
                        return SCARD_W_EOF;
                status = files_meaning(card, sw, false);
                if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF)
                        break;
                memcpy(out + *got, data, came);
                *got += came;
                if (came == 0 || *got == wanted)
                        return *got == wanted ? SCARD_S_SUCCESS : SCARD_W_EOF;
        }
        return status;
}

static LONG read_transparent(struct files *files, struct card *card, struct open_file *file, uint8_t *out,
                             size_t wanted, size_t *got)
{
        const struct fcp *fcp = &file->fcp;
        size_t asked = wanted;
        LONG status;

        if (fcp->has_size) {
                size_t left = fcp->size > file->position ? fcp->size - file->position : 0;

                if (left == 0)
                        return SCARD_W_EOF;
                wanted = smaller(wanted, left);
        }
        status = read_bytes(files, card, file, file->position, out, wanted, got);
        if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF)
                return status;
        file->position += (uint32_t)*got;
        return *got < asked ? SCARD_W_EOF : SCARD_S_SUCCESS;
}

/* One command that changes n bytes at the offset. */
static LONG change_once(struct files *files, struct card *card, const struct open_file *file,
                        const struct instruction *ins, uint32_t offset, const uint8_t *data, size_t n,
                        uint16_t *sw)
{
        struct tlv_writer writer = {.bytes = files->answer, .room = sizeof(files->answer)};
        uint8_t header[3];
        size_t got;
        bool even;

        even_header(header, ins, file, offset, &even);
        if (even)
                return files_send(files, card, ins->name, header, data, n, 0, &got, sw);
        odd_header(header, ins, file);
        put_offset(&writer, offset);
        tlv_put(&writer, TAG_DATA, data, n);
        if (writer.full)
                return SCARD_F_INTERNAL_ERROR;
        return files_send(files, card, ins->name, header, files->answer, writer.len, 0, &got, sw);
}

static size_t change_piece(const struct files *files, uint32_t offset, size_t len)
{
        size_t room = files->nc;

        if (offset > OFFSET_SHORT_MAX)
                room = room > TLV_OVERHEAD ? room - TLV_OVERHEAD : 1;
        return smaller(len, room);
}

static LONG change_bytes(struct files *files, struct card *card, const struct open_file *file,
                         const struct instruction *ins, uint32_t offset, const uint8_t *data, size_t len)
{
        LONG status = make_current(files, card, file, offset);
        size_t done = 0;

        while (status == SCARD_S_SUCCESS && done < len) {
                uint32_t here = offset + (uint32_t)done;
                size_t n = change_piece(files, here, len - done);
                uint16_t sw;

                status = change_once(files, card, file, ins, here, data + done, n, &sw);
                if (status != SCARD_S_SUCCESS)
                        break;
                if (shorten(files, sw, n, 0))
                        continue;
                status = files_meaning(card, sw, false);
                done += n;
        }
        return status;
}

static void combine(uint8_t *with, const uint8_t *data, size_t len, enum files_write how)
{
        for (size_t i = 0; i < len; i++)
                with[i] = how == FILES_OR ? with[i] | data[i] : with[i] & data[i];
}

/* Whether WRITE of this card does just that. 7816-4 table 12 */
static bool write_does(const struct fcp *fcp, enum files_write how)
{
        return fcp->write == (how == FILES_OR ? FCP_WRITE_OR : FCP_WRITE_AND);
}

/* OR and AND without help from the card: piece by piece read, combined, updated. */
static LONG combine_bytes(struct files *files, struct card *card, const struct open_file *file,
                          enum files_write how, const uint8_t *data, size_t len)
{
        LONG status = SCARD_S_SUCCESS;
        uint8_t piece[FILES_SHORT_NC];
        size_t done = 0, got;

        while (status == SCARD_S_SUCCESS && done < len) {
                uint32_t here = file->position + (uint32_t)done;
                size_t n = smaller(len - done, sizeof(piece));

                status = read_bytes(files, card, file, here, piece, n, &got);
                if (status == SCARD_W_EOF)
                        status = SCARD_E_WRITE_TOO_MANY;
                if (status != SCARD_S_SUCCESS)
                        break;
                combine(piece, data + done, n, how);
                status = change_bytes(files, card, file, &update_binary, here, piece, n);
                done += n;
        }
        wipe(piece, sizeof(piece));
        return status;
}

/* ERASE BINARY: from the offset to the end of the file, or to the offset in the data field. 7816-4 11.3.7 */
static LONG erase_bytes(struct files *files, struct card *card, const struct open_file *file, size_t len)
{
        struct tlv_writer writer = {.bytes = files->answer, .room = sizeof(files->answer)};
        uint32_t end = file->position + (uint32_t)len;
        const uint8_t last[] = {(uint8_t)(end >> 8), (uint8_t)end};
        uint8_t header[3];
        bool even;
        LONG status = make_current(files, card, file, file->position);

        if (status != SCARD_S_SUCCESS)
                return status;
        even_header(header, &erase_binary, file, file->position, &even);
        if (even && (len == 0 || end <= OFFSET_SHORT_MAX))
                return files_command(files, card, erase_binary.name, header, last,
                                     len == 0 ? 0 : sizeof(last));
        odd_header(header, &erase_binary, file);
        put_offset(&writer, file->position);
        if (len != 0)
                put_offset(&writer, end);
        return files_command(files, card, erase_binary.name, header, files->answer, writer.len);
}

static LONG write_transparent(struct files *files, struct card *card, struct open_file *file,
                              enum files_write how, const uint8_t *data, size_t len)
{
        const struct fcp *fcp = &file->fcp;
        LONG status;

        if (fcp->has_size && (file->position > fcp->size || len > fcp->size - file->position))
                return SCARD_E_WRITE_TOO_MANY;
        switch (how) {
        case FILES_REPLACE:
                status = change_bytes(files, card, file, &update_binary, file->position, data, len);
                break;
        case FILES_ERASE:
                status = erase_bytes(files, card, file, len);
                break;
        default:
                if (write_does(fcp, how))
                        status = change_bytes(files, card, file, &write_binary, file->position, data, len);
                else
                        status = combine_bytes(files, card, file, how, data, len);
                break;
        }
        if (status == SCARD_S_SUCCESS)
                file->position += (uint32_t)len;
        return status;
}

/* ---- records */

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
        /* All there is, in short length fields where that is enough. */
        if (file->fcp.record_size == 0 || file->fcp.record_size <= FILES_SHORT_NE)
                ne = smaller(ne, FILES_SHORT_NE);
        record_header(header, 0xB2, (uint8_t)(file->position + 1), 0x04, file);
        status = files_send(files, card, "READ RECORD", header, NULL, 0, ne, got, &sw);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = files_meaning(card, sw, false);
        if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF)
                *got = 0;
        return status;
}

static LONG read_record(struct files *files, struct card *card, struct open_file *file, uint8_t *out,
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
                return files_command(files, card, "UPDATE RECORD", header, data, len);
        }
        if (status == SCARD_S_SUCCESS && file->fcp.kind != FCP_CYCLIC && file->fcp.has_records &&
            file->fcp.records < RECORD_MAX)
                file->fcp.records++;
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
        if (status == SCARD_S_SUCCESS && len > got)
                status = SCARD_E_WRITE_TOO_MANY;
        if (status == SCARD_S_SUCCESS) {
                memcpy(record, files->answer, got);
                combine(record, data, len, how);
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
        if (!write_does(&file->fcp, how))
                return combine_record(files, card, file, header, how, data, len);
        record_header(header, 0xD2, number, 0x04, file);
        return files_command(files, card, "WRITE RECORD", header, data, len);
}

static LONG write_record(struct files *files, struct card *card, struct open_file *file, enum files_write how,
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
                if (status == SCARD_S_SUCCESS && known)
                        file->position = file->fcp.records;
                return status;
        }
        if (file->position >= RECORD_MAX)
                return SCARD_E_BAD_SEEK;
        status = change_record(files, card, file, how, data, len);
        if (status == SCARD_S_SUCCESS)
                file->position++;
        return status;
}

/* ---- of either kind */

/* The card did not say which kind; it says so now by 6981: a command for the other structure. */
static bool turns_out_to_have_records(struct card *card, struct open_file *file, LONG status)
{
        if (file->fcp.kind != FCP_UNKNOWN || status != SCARD_E_NO_FILE || card->last.sw != 0x6981)
                return false;
        file->fcp.kind = FCP_FIXED;
        return true;
}

LONG files_read_here(struct files *files, struct card *card, struct open_file *file, uint8_t *data,
                     size_t wanted, size_t *got)
{
        LONG status;

        *got = 0;
        if (!fcp_has_records(&file->fcp)) {
                status = read_transparent(files, card, file, data, wanted, got);
                if (!turns_out_to_have_records(card, file, status))
                        return status;
        }
        return read_record(files, card, file, data, wanted, got);
}

LONG files_write_here(struct files *files, struct card *card, struct open_file *file, enum files_write how,
                      const uint8_t *data, size_t len)
{
        LONG status;

        if (!fcp_has_records(&file->fcp)) {
                status = write_transparent(files, card, file, how, data, len);
                if (!turns_out_to_have_records(card, file, status))
                        return status;
        }
        return write_record(files, card, file, how, data, len);
}
