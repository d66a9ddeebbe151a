/* files_send.c - one transaction on the files of a card, and its commands one by one. See files_state.h */
#include <string.h>

#include "core/apdu.h"
#include "core/atr.h"
#include "core/status.h"
#include "core/wipe.h"

#include "core/card/find.h"

#include "core/card/files_state.h"

/* ---- what others did */

/* Another winscard need not know these attributes of ours: false. */
static bool attribute(const struct card *card, DWORD id, DWORD *value)
{
        DWORD len = sizeof(*value);

        *value = 0;
        return card->api->GetAttrib(card->handle, id, (LPBYTE)value, &len) == SCARD_S_SUCCESS &&
               len == sizeof(*value);
}

/*
 * Whether nobody can have selected anything else since: the card got no other commands than this struct card's,
 * and none of those did. Verifying a code between two reads does not lose the file.
 */
static bool still_selected(const struct files *files, const struct card *card)
{
        const struct files_selected *selected = &files->selected;

        return selected->known && selected->epoch == card->epoch && selected->selects == card->selects &&
               files->counted && files->commands - selected->commands == card->sent - selected->sent;
}

/*
 * The transaction ends before its time where another thread reconnects the same handle: then the card may be
 * another, or somebody's command may have come in between. What was read before and after is never put together.
 */
static LONG check_undisturbed(const struct files *files, const struct card *card)
{
        DWORD epoch, commands;

        if (attribute(card, ISCARD_ATTR_CARD_EPOCH, &epoch) && epoch != card->epoch)
                return SCARD_W_RESET_CARD;
        if (files->counted && attribute(card, ISCARD_ATTR_CARD_COMMANDS, &commands) &&
            commands - files->commands != card->sent - files->sent)
                return SCARD_E_SHARING_VIOLATION;
        return SCARD_S_SUCCESS;
}

void files_forget_selection(struct files *files, struct card *card)
{
        files->selected.known = false;
        card->selects++; /* other objects of the attachment cannot know either */
}

void files_forget_file(struct files *files, struct card *card)
{
        files->selected.file = false;
        card->selects++;
}

/* ---- what card and reader can do */

static bool card_atr(const struct card *card, struct atr *atr)
{
        uint8_t bytes[SCARD_ATR_LENGTH];
        DWORD len = sizeof(bytes);

        return card->api->GetAttrib(card->handle, SCARD_ATTR_ATR_STRING, bytes, &len) == SCARD_S_SUCCESS &&
               len <= sizeof(bytes) && atr_parse(atr, bytes, len);
}

/* What the reader carries in one command, as it says. */
static size_t reader_command_max(const struct card *card)
{
        DWORD value;

        return attribute(card, SCARD_ATTR_MAXINPUT, &value) && value >= 16 ? value : APDU_SHORT_COMMAND_MAX;
}

/*
 * Pieces: extended length fields where card and reader have them, else short ones; less where the reader's
 * messages are smaller than that. A reader that carries n bytes of command is taken to carry as many of answer.
 */
static void learn_sizes(struct files *files, const struct card *card, bool extended)
{
        size_t max = reader_command_max(card);

        files->nc = FILES_SHORT_NC;
        files->ne = FILES_SHORT_NE;
        if (max < APDU_SHORT_COMMAND_MAX) {
                files->nc = max - 6; /* header, Lc, Le */
                files->ne = max - 2;
        } else if (extended && max >= 512 && card->protocol != SCARD_PROTOCOL_T0) {
                files->nc = max - 9 < FILES_PIECE_MAX ? max - 9 : FILES_PIECE_MAX;
                files->ne = max - 9 < FILES_PIECE_MAX ? max - 9 : FILES_PIECE_MAX;
        }
        if (files->ne > FILES_SHORT_NE && !extended)
                files->ne = FILES_SHORT_NE;
}

static void learn_card(struct files *files, struct card *card)
{
        struct atr_capabilities capabilities;
        struct atr atr;
        const bool gsm = card->profile->cla == FILES_CLA_GSM;
        DWORD epoch;
        bool known, path;

        /* Where the engine does not tell epochs the card may be another each time. */
        if (files->learnt && attribute(card, ISCARD_ATTR_CARD_EPOCH, &epoch) && files->epoch == epoch &&
            files->profile == card->profile)
                return;
        known = card_atr(card, &atr) && atr_capabilities(&atr, &capabilities);
        path = !gsm && (!known || capabilities.select_by_path);
        learn_sizes(files, card, known && capabilities.has_lengths && capabilities.extended_length);
        files->by_path = path;
        files->step = gsm ? FILES_STEP_ANY : path ? FILES_STEP_PATH : FILES_STEP_KIND;
        files->form = 0;
        files->form_known = false;
        files->epoch = card->epoch;
        files->profile = card->profile;
        files->learnt = true;
}

/* ---- one transaction */

/* Then it is reached without the profile's application. */
static bool begins_with_name(const struct path *path)
{
        return path->count > 0 && path->element[0].kind == PATH_NAME;
}

static LONG begin_application(struct files *files, struct card *card, const struct path *path)
{
        if (begins_with_name(path))
                return SCARD_S_SUCCESS;
        LONG status = card_begin(card, &files->transaction);

        files->application = status == SCARD_S_SUCCESS;
        return status;
}

/* Which card it is is asked inside the transaction, where no other comes before the first command. */
static LONG begin_card(struct files *files, struct card *card, const struct path *path)
{
        LONG status = card_learn(card);

        if (status == SCARD_S_SUCCESS && !begins_with_name(path))
                status = card_find(card);
        if (status != SCARD_S_SUCCESS)
                return status;
        learn_card(files, card);
        return begin_application(files, card, path);
}

LONG files_begin(struct files *files, struct card *card, const struct path *path)
{
        LONG status;

        card_last_clear(card);
        files->application = files->transaction = false;
        status = card->api->BeginTransaction(card->handle);
        if (status == SCARD_S_SUCCESS) {
                status = begin_card(files, card, path);
                if (status != SCARD_S_SUCCESS)
                        (void)card->api->EndTransaction(card->handle, SCARD_LEAVE_CARD);
        }
        card->last.status = status;
        if (status != SCARD_S_SUCCESS)
                return status;
        files->counted = attribute(card, ISCARD_ATTR_CARD_COMMANDS, &files->commands);
        files->sent = card->sent;
        if (!still_selected(files, card))
                files->selected.known = false;
        return SCARD_S_SUCCESS;
}

void files_end(struct files *files, struct card *card)
{
        struct files_selected *selected = &files->selected;

        selected->epoch = card->epoch;
        selected->sent = card->sent;
        selected->selects = card->selects;
        /* As many as there should be: what came in between shows at the next call. */
        selected->commands = files->commands + (card->sent - files->sent);
        if (!files->counted)
                selected->known = false;
        if (files->application)
                card_end(card, files->transaction);
        /* The result of the commands counts; a card that was pulled since shows at the next call. */
        (void)card->api->EndTransaction(card->handle, SCARD_LEAVE_CARD);
        wipe(files->command, sizeof(files->command));
        wipe(files->answer, sizeof(files->answer));
}

/* ---- one command */

/* A GSM card keeps its answer until it is asked for it: 9Fxx. TS 51.011 9.4.1 */
static LONG gsm_answer(struct files *files, struct card *card, const char *name, size_t *got, uint16_t *sw)
{
        const uint8_t command[] = {FILES_CLA_GSM, 0xC0, 0x00, 0x00, (uint8_t)*sw};
        size_t wanted = command[4] != 0 ? command[4] : FILES_SHORT_NE;
        LONG status;

        *got = sizeof(files->answer);
        status = card_transmit(card, name, command, sizeof(command), files->answer, got, sw);
        if (status == SCARD_S_SUCCESS && *got > wanted)
                status = SCARD_F_COMM_ERROR;
        return status;
}

LONG files_send(struct files *files, struct card *card, const char *name, const uint8_t header[3],
                const uint8_t *data, size_t nc, size_t ne, size_t *got, uint16_t *sw)
{
        const uint8_t cla = card->profile->cla;
        const uint8_t whole[4] = {cla, header[0], header[1], header[2]};
        const bool gsm = cla == FILES_CLA_GSM && nc > 0;
        /* In T=0 no command has data both ways. */
        const size_t le = gsm && card->protocol != SCARD_PROTOCOL_T1 ? 0 : ne;
        size_t len = 0;
        LONG status;

        *got = 0;
        *sw = 0;
        status = apdu_command(files->command, sizeof(files->command), &len, whole, data, nc, le);
        if (status != SCARD_S_SUCCESS)
                return status;
        *got = sizeof(files->answer);
        status = card_transmit(card, name, files->command, len, files->answer, got, sw);
        if (status == SCARD_S_SUCCESS && gsm && *sw >> 8 == 0x9F) {
                if (ne > 0)
                        status = gsm_answer(files, card, name, got, sw);
                else
                        *sw = 0x9000;
        }
        if (status == SCARD_S_SUCCESS && *got > ne)
                status = SCARD_F_COMM_ERROR; /* more than was asked for */
        if (status == SCARD_S_SUCCESS)
                status = check_undisturbed(files, card);
        if (status != SCARD_S_SUCCESS) {
                *got = 0;
                *sw = 0;
                files_forget_selection(files, card);
        }
        card->last.status = status;
        return status;
}

LONG files_meaning(struct card *card, uint16_t sw, bool directory)
{
        LONG status = status_from_sw(sw, directory);

        card->last.status = status;
        return status;
}

LONG files_command(struct files *files, struct card *card, const char *name, const uint8_t header[3],
                   const uint8_t *data, size_t nc)
{
        size_t got;
        uint16_t sw;
        LONG status = files_send(files, card, name, header, data, nc, 0, &got, &sw);

        return status == SCARD_S_SUCCESS ? files_meaning(card, sw, false) : status;
}
