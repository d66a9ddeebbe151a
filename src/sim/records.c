/*
 * records.c - files of records: READ, WRITE, UPDATE, APPEND, ERASE RECORD. ISO/IEC 7816-4 7.4.2, 11.4.
 *
 * Each record has a place of its own in the content: a byte with its length, then room for the longest. In a
 * cyclic file the first place is the newest record's.
 */
#include <string.h>

#include "sim/card.h"

size_t sim_records_size(const struct sim_file *file)
{
        return (size_t)file->record_max * (1u + file->record_size);
}

static uint8_t *place(struct sim_files *files, unsigned number)
{
        const struct sim_file *file = &files->table[files->ef];

        return files->content[files->ef] + (size_t)(number - 1) * (1u + file->record_size);
}

/* Whether a record of the file can be so long. */
static uint16_t check_len(const struct sim_file *file, size_t len)
{
        if (file->structure == SIM_VARIABLE)
                return len <= file->record_size ? SIM_SW_OK : SIM_SW_NO_ROOM;
        return len == file->record_size ? SIM_SW_OK : SIM_SW_WRONG_LENGTH;
}

static void put(uint8_t *at, const struct sim_apdu *apdu)
{
        at[0] = (uint8_t)apdu->data_len;
        memcpy(at + 1, apdu->data, apdu->data_len);
}

static uint16_t append(struct sim_files *files, struct sim_file *file, const struct sim_apdu *apdu)
{
        const bool full = file->records == file->record_max;
        const uint16_t sw = check_len(file, apdu->data_len);

        if (sw != SIM_SW_OK)
                return sw;
        if (file->structure != SIM_CYCLIC) {
                if (full)
                        return SIM_SW_NO_ROOM;
                put(place(files, ++file->records), apdu);
                return SIM_SW_OK;
        }
        if (!full)
                file->records++;
        memmove(place(files, 2), place(files, 1), (size_t)(file->records - 1) * (1u + file->record_size));
        put(place(files, 1), apdu);
        return SIM_SW_OK;
}

/* Of the record whose number is P1. */
static uint16_t change(uint8_t *at, const struct sim_file *file, const struct sim_apdu *apdu)
{
        uint16_t sw;

        switch (apdu->ins) {
        case 0x0C: /* ERASE RECORD */
                if (apdu->data_len != 0)
                        return SIM_SW_WRONG_LENGTH;
                memset(at + 1, 0xFF, file->record_size);
                return SIM_SW_OK;
        case 0xD2: /* WRITE RECORD */
                if (file->coding == 0)
                        return SIM_SW_NO_FUNCTION;
                if (apdu->data_len > at[0])
                        return SIM_SW_WRONG_LENGTH;
                for (size_t i = 0; i < apdu->data_len; i++)
                        at[1 + i] = file->coding == SIM_WRITE_OR ? at[1 + i] | apdu->data[i]
                                                                 : at[1 + i] & apdu->data[i];
                return SIM_SW_OK;
        default: /* UPDATE RECORD */
                sw = check_len(file, apdu->data_len);
                if (sw == SIM_SW_OK)
                        put(at, apdu);
                return sw;
        }
}

/* Le 00 asks for what there is; another number is a promise, as with READ BINARY. */
static uint16_t give(const uint8_t *at, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        const size_t len = at[0] < apdu->ne ? at[0] : apdu->ne;

        if (apdu->data_len != 0 || !apdu->has_le)
                return SIM_SW_WRONG_LENGTH;
        if (!sim_answer_put(answer, at + 1, len))
                return SIM_SW_FAILED;
        return len < apdu->ne && apdu->ne != 256 && apdu->ne != 65536 ? SIM_SW_END_OF_FILE : SIM_SW_OK;
}

uint16_t sim_records_command(struct sim_card *card, const struct sim_apdu *apdu, struct sim_answer *answer)
{
        struct sim_files *files = &card->files;
        const bool appending = apdu->ins == 0xE2, reading = apdu->ins == 0xB2;
        uint16_t sw = sim_files_short(files, apdu->p2 >> 3);

        if (sw != SIM_SW_OK)
                return sw;
        struct sim_file *file = &files->table[files->ef];
        if (!sim_file_has_records(file))
                return SIM_SW_WRONG_KIND;
        sw = sim_files_usable(card, reading ? file->read : file->write);
        if (sw != SIM_SW_OK)
                return sw;
        if (appending)
                return apdu->p1 != 0 || (apdu->p2 & 0x07) != 0 ? SIM_SW_BAD_P1P2 : append(files, file, apdu);
        if ((apdu->p2 & 0x07) != 0x04) /* the record of that number, alone */
                return SIM_SW_NO_FUNCTION;
        if (apdu->p1 == 0 || apdu->p1 > file->records)
                return SIM_SW_NO_RECORD;
        return reading ? give(place(files, apdu->p1), apdu, answer)
                       : change(place(files, apdu->p1), file, apdu);
}
