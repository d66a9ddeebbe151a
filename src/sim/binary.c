/* binary.c - the less usual commands on the bytes of a file: odd instructions, WRITE, ERASE. 7816-4 11.3 */
#include <string.h>

#include "sim/card.h"

#define TAG_OFFSET 0x54
#define TAG_DATA   0x53

/* One BER-TLV object of a one-byte tag; *used: how many bytes. */
static const uint8_t *object(const uint8_t *data, size_t len, uint8_t tag, size_t *value_len, size_t *used)
{
        size_t at = 1, n;

        if (len < 2 || data[0] != tag)
                return NULL;
        n = data[at++];
        if (n > 0x82 || n == 0x80)
                return NULL;
        if (n > 0x80) {
                size_t bytes = n & 0x7F;
                for (n = 0; bytes > 0 && at < len; bytes--)
                        n = n << 8 | data[at++];
                if (bytes != 0)
                        return NULL;
        }
        if (n > len - at)
                return NULL;
        *value_len = n;
        *used = at + n;
        return data + at;
}

/* The file that P1 P2 mean, and the offset at the start of the data field. */
static uint16_t locate_odd(struct sim_files *files, const struct sim_apdu *apdu, size_t *offset, size_t *used)
{
        const uint8_t *value;
        size_t len;
        uint16_t sw;

        if (apdu->p1 != 0 || (apdu->p2 & 0xE0) != 0)
                return SIM_SW_BAD_P1P2;
        sw = sim_files_short(files, apdu->p2);
        if (sw != SIM_SW_OK)
                return sw;
        if (sim_file_has_records(&files->table[files->ef]))
                return SIM_SW_WRONG_KIND;
        value = object(apdu->data, apdu->data_len, TAG_OFFSET, &len, used);
        if (value == NULL || len == 0 || len > 4)
                return SIM_SW_BAD_DATA;
        *offset = 0;
        for (size_t i = 0; i < len; i++)
                *offset = *offset << 8 | value[i];
        return SIM_SW_OK;
}

/* Bytes of tag and length field before n bytes of data. */
static size_t head_len(size_t n)
{
        return n < 0x80 ? 2 : n <= 0xFF ? 3 : 4;
}

uint16_t sim_binary_read_odd(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        struct sim_files *files = &card->files;
        size_t offset = 0, used = 0;
        uint16_t sw = locate_odd(files, apdu, &offset, &used);

        if (sw != SIM_SW_OK)
                return sw;
        const struct sim_file *file = &files->table[files->ef];
        sw = sim_files_usable(card, file->read);
        if (sw != SIM_SW_OK)
                return sw;
        if (offset >= file->size)
                return SIM_SW_BAD_OFFSET;
        if (!apdu->has_le || apdu->ne < 3)
                return SIM_SW_WRONG_LENGTH;
        size_t give = apdu->ne - head_len(apdu->ne);
        if (give > file->size - offset)
                give = file->size - offset;
        const uint8_t head[4] = {TAG_DATA,
                                 (uint8_t)(give < 0x80    ? give
                                           : give <= 0xFF ? 0x81
                                                          : 0x82),
                                 (uint8_t)(give <= 0xFF ? give : give >> 8), (uint8_t)give};
        if (!sim_answer_put(answer, head, head_len(give)) ||
            !sim_answer_put(answer, files->content[files->ef] + offset, give))
                return SIM_SW_FAILED;
        return SIM_SW_OK;
}

/* Room for len bytes at the offset of the current file, who may write. */
static uint16_t check_change(const struct sim_card *card, size_t offset, size_t len)
{
        const struct sim_file *file = &card->files.table[card->files.ef];
        const uint16_t sw = sim_files_usable(card, file->write);

        if (sw != SIM_SW_OK)
                return sw;
        if (offset >= file->size)
                return SIM_SW_BAD_OFFSET;
        return len > file->size - offset ? SIM_SW_NO_ROOM : SIM_SW_OK;
}

uint16_t sim_binary_update_odd(struct sim_card *card, const struct sim_apdu *apdu)
{
        size_t offset = 0, used = 0, len = 0, rest = 0;
        uint16_t sw = locate_odd(&card->files, apdu, &offset, &used);

        if (sw != SIM_SW_OK)
                return sw;
        const uint8_t *data = object(apdu->data + used, apdu->data_len - used, TAG_DATA, &len, &rest);
        if (data == NULL || used + rest != apdu->data_len)
                return SIM_SW_BAD_DATA;
        sw = check_change(card, offset, len);
        if (sw == SIM_SW_OK)
                memcpy(card->files.content[card->files.ef] + offset, data, len);
        return sw;
}

uint16_t sim_binary_write(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_files *files = &card->files;
        size_t offset;
        uint16_t sw = sim_binary_locate(files, apdu, &offset);

        if (apdu->data_len == 0)
                return SIM_SW_WRONG_LENGTH;
        if (sw == SIM_SW_OK && files->table[files->ef].coding == 0)
                sw = SIM_SW_NO_FUNCTION;
        if (sw == SIM_SW_OK)
                sw = check_change(card, offset, apdu->data_len);
        for (size_t i = 0; sw == SIM_SW_OK && i < apdu->data_len; i++) {
                uint8_t *byte = files->content[files->ef] + offset + i;
                *byte = files->table[files->ef].coding == SIM_WRITE_OR ? *byte | apdu->data[i]
                                                                       : *byte & apdu->data[i];
        }
        return sw;
}

/* The erased state is FF. */
static uint16_t erase(struct sim_card *card, size_t offset, size_t end)
{
        if (end <= offset)
                return SIM_SW_BAD_DATA;
        const uint16_t sw = check_change(card, offset, end - offset);
        if (sw == SIM_SW_OK)
                memset(card->files.content[card->files.ef] + offset, 0xFF, end - offset);
        return sw;
}

/* From the first offset in the data field to the second, or to the end. 7816-4 11.3.7 */
uint16_t sim_binary_erase_odd(struct sim_card *card, const struct sim_apdu *apdu)
{
        size_t offset = 0, used = 0, len = 0, rest = 0, end = 0;
        const uint16_t sw = locate_odd(&card->files, apdu, &offset, &used);

        if (sw != SIM_SW_OK)
                return sw;
        if (used == apdu->data_len)
                return erase(card, offset, card->files.table[card->files.ef].size);
        const uint8_t *value = object(apdu->data + used, apdu->data_len - used, TAG_OFFSET, &len, &rest);
        if (value == NULL || len == 0 || len > 4 || used + rest != apdu->data_len)
                return SIM_SW_BAD_DATA;
        for (size_t i = 0; i < len; i++)
                end = end << 8 | value[i];
        return erase(card, offset, end);
}

/* To the offset in the data field, or to the end. */
uint16_t sim_binary_erase(struct sim_card *card, const struct sim_apdu *apdu)
{
        struct sim_files *files = &card->files;
        size_t offset, end;
        uint16_t sw = sim_binary_locate(files, apdu, &offset);

        if (sw != SIM_SW_OK)
                return sw;
        end = files->table[files->ef].size;
        if (apdu->data_len == 2)
                end = (size_t)apdu->data[0] << 8 | apdu->data[1];
        else if (apdu->data_len != 0)
                return SIM_SW_WRONG_LENGTH;
        return erase(card, offset, end);
}
