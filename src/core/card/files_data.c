/* files_data.c - the content of a file, by bytes: READ, UPDATE, WRITE, ERASE BINARY; records: files_records.c */
#include <string.h>

#include "core/wipe.h"

#include "core/card/files_state.h"
#include "core/card/tlv.h"

#define OFFSET_SHORT_MAX 0x7FFFu /* P1 P2 of the even instructions. 7816-4 11.3.2 */
#define OFFSET_OF_SFI    0xFFu   /* P2 where P1 is a short identifier */
#define TAG_OFFSET       0x54u
#define TAG_DATA         0x53u
#define TAG_TEMPLATE     0x73u /* the same, constructed */
#define TLV_OVERHEAD     12u   /* bytes: offset object, tag and length of the data object */
#define SHORT_MAX        1024u /* answers shorter than they should be, of one Read: else it may take for ever */

/* An instruction with P1 P2 as offset, and its odd twin, whose data field holds the offset as a data object. */
struct instruction {
        const char *name;
        uint8_t even, odd;
};

static const struct instruction read_binary = {"READ BINARY", 0xB0, 0xB1};
static const struct instruction update_binary = {"UPDATE BINARY", 0xD6, 0xD7};
static const struct instruction write_binary = {"WRITE BINARY", 0xD0, 0xD1};
static const struct instruction erase_binary = {"ERASE BINARY", 0x0E, 0x0F};

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

/*
 * The value of the data object, or its beginning: in T=0 the card is not told Le in a command with data, and makes an
 * object that may be longer than what the reader carries of it.
 */
static bool open_object(const struct card *card, const uint8_t *bytes, size_t len, struct tlv *tlv)
{
        size_t head = 2;

        if (tlv_find(bytes, len, TAG_DATA, tlv) || tlv_find(bytes, len, TAG_TEMPLATE, tlv))
                return true;
        if (card->protocol != SCARD_PROTOCOL_T0 || len < head || bytes[1] == 0x80 || bytes[1] > 0x83 ||
            (bytes[0] != TAG_DATA && bytes[0] != TAG_TEMPLATE))
                return false;
        if (bytes[1] > 0x80)
                head += bytes[1] & 0x7Fu;
        *tlv = (struct tlv){.value = bytes + head, .len = len > head ? len - head : 0};
        return len > head;
}

static LONG read_odd(struct files *files, struct card *card, const struct open_file *file, uint32_t offset,
                     size_t n, const uint8_t **data, size_t *got, uint16_t *sw)
{
        struct tlv_writer writer = {.bytes = files->answer, .room = sizeof(files->answer)};
        uint8_t header[3];
        struct tlv tlv;
        LONG status;
        /* As much as there may be in T=0: what was not fetched of an object is lost. */
        size_t ne = card->protocol == SCARD_PROTOCOL_T0 ? files->ne : n + data_object_head(n);

        odd_header(header, &read_binary, file);
        put_offset(&writer, offset);
        status = files_send(files, card, read_binary.name, header, files->answer, writer.len, ne, got, sw);
        if (status != SCARD_S_SUCCESS || *got == 0)
                return status;
        if (!open_object(card, files->answer, *got, &tlv))
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
 * bytes that were there is outside, and where a card gives no bytes. Fewer than it was asked for are no end: there
 * are cards that give no more at a time.
 */
static LONG read_bytes(struct files *files, struct card *card, const struct open_file *file, uint32_t offset,
                       uint8_t *out, size_t wanted, size_t *got)
{
        LONG status = make_current(files, card, file, offset);
        unsigned shorts = 0;

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
                if (came < n && ++shorts > SHORT_MAX)
                        return SCARD_F_COMM_ERROR;
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

void files_combine(uint8_t *with, const uint8_t *data, size_t len, enum files_write how)
{
        for (size_t i = 0; i < len; i++)
                with[i] = how == FILES_OR ? with[i] | data[i] : with[i] & data[i];
}

bool files_write_does(const struct fcp *fcp, enum files_write how)
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
                files_combine(piece, data + done, n, how);
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
                if (fcp->has_size && file->position == fcp->size)
                        return SCARD_S_SUCCESS; /* nothing is left to erase */
                status = erase_bytes(files, card, file, len);
                break;
        default:
                if (files_write_does(fcp, how))
                        status = change_bytes(files, card, file, &write_binary, file->position, data, len);
                else
                        status = combine_bytes(files, card, file, how, data, len);
                break;
        }
        if (status == SCARD_S_SUCCESS)
                file->position += (uint32_t)len;
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

/* What was read or written is an EF, so the current DF is the one that it is in. */
static LONG is_a_file(struct files *files, LONG status)
{
        if (status == SCARD_S_SUCCESS && files->selected.known && files->selected.file)
                files->selected.dir_known = true;
        return status;
}

LONG files_read_here(struct files *files, struct card *card, struct open_file *file, uint8_t *data,
                     size_t wanted, size_t *got)
{
        LONG status;

        *got = 0;
        if (!fcp_has_records(&file->fcp)) {
                status = read_transparent(files, card, file, data, wanted, got);
                if (!turns_out_to_have_records(card, file, status))
                        return is_a_file(files, status);
        }
        return is_a_file(files, files_read_record(files, card, file, data, wanted, got));
}

LONG files_write_here(struct files *files, struct card *card, struct open_file *file, enum files_write how,
                      const uint8_t *data, size_t len)
{
        LONG status;

        if (!fcp_has_records(&file->fcp)) {
                status = write_transparent(files, card, file, how, data, len);
                if (!turns_out_to_have_records(card, file, status))
                        return is_a_file(files, status);
        }
        return is_a_file(files, files_write_record(files, card, file, how, data, len));
}
