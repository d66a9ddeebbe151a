/* parameters.c - the slot's protocol parameters and speeds. CCID 1.1 6.1.5 to 6.1.7, 6.1.14; 6.2.3, 6.2.5. */
#include <string.h>

#include "sim/line.h"
#include "sim/reader.h"

#include "sim/slot.h"

#define DEFAULT_FIDI 0x11

const uint32_t sim_reader_clocks[] = {4000};
const unsigned sim_reader_clock_count = sizeof sim_reader_clocks / sizeof sim_reader_clocks[0];
/* 4 MHz x D / F for F = 372 and 512, D = 1 to 32 */
const uint32_t sim_reader_rates[] = {7812,  10753, 15625,  21505,  31250,  43011,
                                     62500, 86022, 125000, 172043, 250000, 344086};
const unsigned sim_reader_rate_count = sizeof sim_reader_rates / sizeof sim_reader_rates[0];

/* The card follows by itself what the reader does: it negotiates, or hides the protocol from the host. */
static bool negotiates(const struct sim_reader *reader)
{
        return reader->level != SIM_LEVEL_TPDU ||
               (reader->automatic & (SIM_AUTO_NEGOTIATE | SIM_AUTO_PPS)) != 0;
}

static size_t parameters_len(uint8_t protocol)
{
        return protocol == 0 ? 5 : 7;
}

static void defaults(struct sim_slot *slot, uint8_t protocol)
{
        static const uint8_t t0[] = {DEFAULT_FIDI, 0x00, 0x00, 0x0A, 0x00};
        static const uint8_t t1[] = {DEFAULT_FIDI, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00};
        memset(slot->parameters, 0, sizeof slot->parameters);
        memcpy(slot->parameters, protocol == 0 ? t0 : t1, parameters_len(protocol));
        slot->protocol = protocol;
}

static void card_follows(const struct sim_reader *reader, struct sim_slot *slot)
{
        if (!negotiates(reader) || slot->card->specific)
                return;
        slot->card_protocol = slot->protocol;
        slot->card_fidi = slot->parameters[0];
}

void sim_parameters_start(const struct sim_reader *reader, struct sim_slot *slot)
{
        const uint8_t first = (slot->card->protocols & SIM_T0) != 0 ? 0 : 1;

        defaults(slot, first);
        slot->card_protocol = first;
        /* the default until a PPS, or the card's own speed in specific mode: ISO/IEC 7816-3 6.3.1 */
        slot->card_fidi = slot->card->specific ? slot->card->profile->fidi : DEFAULT_FIDI;
        if (first == 1) { /* as the ATR says: these need no agreement */
                slot->parameters[1] = slot->card->crc ? 0x11 : 0x10;
                slot->parameters[3] = 0x45;
                slot->parameters[5] = 0xFE;
        }
        if (negotiates(reader))
                slot->parameters[0] = slot->card->profile->fidi;
        card_follows(reader, slot);
}

static void give(const struct sim_slot *slot, struct sim_reply *reply)
{
        reply->len = parameters_len(slot->protocol);
        memcpy(reply->data, slot->parameters, reply->len);
        reply->specific = slot->protocol;
}

static bool active(const struct sim_command *command, struct sim_reply *reply)
{
        if (!command->slot->powered)
                sim_reply_fail(reply, SIM_ERROR_MUTE);
        return command->slot->powered;
}

void sim_parameters_get(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        (void)reader;
        if (command->len != 0)
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        else if (active(command, reply))
                give(command->slot, reply);
}

void sim_parameters_reset(struct sim_reader *reader, const struct sim_command *command,
                          struct sim_reply *reply)
{
        if (command->len != 0) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
        } else if (active(command, reply)) {
                defaults(command->slot, command->slot->protocol);
                card_follows(reader, command->slot);
                give(command->slot, reply);
        }
}

/* false: a reserved value */
static bool rate_of(uint8_t fidi, uint32_t *bps)
{
        unsigned f, d;

        if (!sim_line_factors(fidi, &f, &d))
                return false;
        *bps = (sim_reader_clocks[0] * 1000 * d + f / 2) / f;
        return true;
}

/* 0, or the offset of the first field that does not hold. CCID 1.1 6.1.7 */
static uint8_t check(uint8_t protocol, const uint8_t *p)
{
        uint32_t bps;

        if (!rate_of(p[0], &bps) || bps > sim_reader_rates[sim_reader_rate_count - 1])
                return 10;
        if (protocol == 0 ? (p[1] & ~0x02) != 0 : (p[1] & ~0x03) != 0x10)
                return 11;
        if (protocol == 0 ? p[3] == 0 : p[3] >> 4 > 9)
                return 13;
        if (p[4] > 3)
                return 14;
        if (protocol == 1 && (p[5] == 0 || p[5] == 0xFF))
                return 15;
        if (protocol == 1 && p[6] != 0) /* dwFeatures does not offer other node addresses */
                return 16;
        return 0;
}

void sim_parameters_set(struct sim_reader *reader, const struct sim_command *command, struct sim_reply *reply)
{
        struct sim_slot *slot = command->slot;
        const uint8_t protocol = command->header[7];

        if (!active(command, reply))
                return;
        if (protocol > 1 || (reader->protocols & slot->card->protocols & (1u << protocol)) == 0) {
                sim_reply_fail(reply, SIM_ERROR_BYTE_7);
                return;
        }
        if (command->len != parameters_len(protocol)) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
                return;
        }
        const uint8_t bad = check(protocol, command->data);
        if (bad != 0) {
                sim_reply_fail(reply, bad);
                return;
        }
        memset(slot->parameters, 0, sizeof slot->parameters);
        memcpy(slot->parameters, command->data, command->len);
        slot->protocol = protocol;
        card_follows(reader, slot);
        give(slot, reply);
}

static uint32_t number(const uint8_t *bytes)
{
        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
}

/* The greatest that is not above wanted, else the least. */
static uint32_t nearest(const uint32_t *list, unsigned count, uint32_t wanted)
{
        uint32_t best = list[0];
        for (unsigned i = 0; i < count; i++) {
                if (list[i] <= wanted)
                        best = list[i];
        }
        return best;
}

/* Answers with the values in force, which need not be the ones asked for. */
void sim_parameters_rate(struct sim_reader *reader, const struct sim_command *command,
                         struct sim_reply *reply)
{
        if (command->len != 8) {
                sim_reply_fail(reply, SIM_ERROR_LENGTH);
                return;
        }
        reader->clock_khz = nearest(sim_reader_clocks, sim_reader_clock_count, number(command->data));
        reader->rate_bps = nearest(sim_reader_rates, sim_reader_rate_count, number(command->data + 4));
        for (unsigned i = 0; i < 4; i++) {
                reply->data[i] = (uint8_t)(reader->clock_khz >> (8 * i));
                reply->data[4 + i] = (uint8_t)(reader->rate_bps >> (8 * i));
        }
        reply->len = 8;
}
