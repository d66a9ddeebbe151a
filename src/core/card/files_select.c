/* files_select.c - the way to a file: one transaction, its commands, and SELECT. See files_state.h */
#include <string.h>

#include "core/apdu.h"
#include "core/atr.h"
#include "core/status.h"
#include "core/wipe.h"

#include "core/card/files_state.h"

#define CLA_GSM 0xA0u

/* ---- one transaction */

static bool commands_sent(const struct card *card, DWORD *commands)
{
        DWORD len = sizeof(*commands);

        *commands = 0;
        return card->api->GetAttrib(card->handle, ISCARD_ATTR_CARD_COMMANDS, (LPBYTE)commands, &len) ==
                   SCARD_S_SUCCESS &&
               len == sizeof(*commands);
}

/*
 * Whether nobody can have selected anything else since: the card got no other commands than this struct card's,
 * and none of those did. Verifying a code between two reads does not lose the file.
 */
static bool still_selected(const struct files *files, const struct card *card)
{
        const struct files_selected *selected = &files->selected;
        DWORD commands;

        return selected->known && selected->epoch == card->epoch && selected->selects == card->selects &&
               commands_sent(card, &commands) && commands - selected->commands == card->sent - selected->sent;
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

static bool card_atr(const struct card *card, struct atr *atr)
{
        uint8_t bytes[SCARD_ATR_LENGTH];
        DWORD len = sizeof(bytes);

        return card->api->GetAttrib(card->handle, SCARD_ATTR_ATR_STRING, bytes, &len) == SCARD_S_SUCCESS &&
               len <= sizeof(bytes) && atr_parse(atr, bytes, len);
}

/* What the reader carries in one command, as it says; another winscard need not know the attribute. */
static size_t reader_command_max(const struct card *card)
{
        DWORD value = 0, len = sizeof(value);

        if (card->api->GetAttrib(card->handle, SCARD_ATTR_MAXINPUT, (LPBYTE)&value, &len) !=
                SCARD_S_SUCCESS ||
            len != sizeof(value) || value < 16)
                return APDU_SHORT_COMMAND_MAX;
        return value;
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
        bool known = card_atr(card, &atr) && atr_capabilities(&atr, &capabilities);

        if (files->learnt && files->epoch == card->epoch && files->profile == card->profile)
                return;
        learn_sizes(files, card, known && capabilities.has_lengths && capabilities.extended_length);
        files->by_path = card->profile->cla != CLA_GSM && (!known || capabilities.select_by_path);
        files->form = 0;
        files->epoch = card->epoch;
        files->profile = card->profile;
        files->learnt = true;
}

static LONG begin_application(struct files *files, struct card *card, const struct path *path)
{
        /* What begins with a DF name is reached without the profile's application. */
        if (path->count > 0 && path->element[0].kind == PATH_NAME)
                return SCARD_S_SUCCESS;
        LONG status = card_begin(card, &files->transaction);

        files->application = status == SCARD_S_SUCCESS;
        return status;
}

LONG files_begin(struct files *files, struct card *card, const struct path *path)
{
        LONG status;

        card_last_clear(card);
        files->application = files->transaction = false;
        status = card_learn(card);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = card->api->BeginTransaction(card->handle);
        if (status != SCARD_S_SUCCESS)
                goto out;
        learn_card(files, card);
        status = begin_application(files, card, path);
        if (status != SCARD_S_SUCCESS) {
                (void)card->api->EndTransaction(card->handle, SCARD_LEAVE_CARD);
                goto out;
        }
        if (!still_selected(files, card))
                files->selected.known = false;
out:
        card->last.status = status;
        return status;
}

void files_end(struct files *files, struct card *card)
{
        struct files_selected *selected = &files->selected;

        selected->epoch = card->epoch;
        selected->sent = card->sent;
        selected->selects = card->selects;
        if (!commands_sent(card, &selected->commands))
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
        const uint8_t command[] = {CLA_GSM, 0xC0, 0x00, 0x00, (uint8_t)*sw};
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
        const bool later = cla == CLA_GSM && nc > 0; /* no command has data both ways */
        size_t len = 0;
        LONG status;

        *got = 0;
        *sw = 0;
        status = apdu_command(files->command, sizeof(files->command), &len, whole, data, nc, later ? 0 : ne);
        if (status != SCARD_S_SUCCESS)
                return status;
        *got = sizeof(files->answer);
        status = card_transmit(card, name, files->command, len, files->answer, got, sw);
        if (status == SCARD_S_SUCCESS && later && *sw >> 8 == 0x9F) {
                if (ne > 0)
                        status = gsm_answer(files, card, name, got, sw);
                else
                        *sw = 0x9000;
        }
        if (status == SCARD_S_SUCCESS && *got > ne)
                status = SCARD_F_COMM_ERROR; /* more than was asked for */
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

/* ---- SELECT */

/* P2: the answer is to be an FCP template, an FCI template, nothing. 7816-4 table 63 */
static const uint8_t forms[] = {0x04, 0x00, 0x0C};
#define FORM_COUNT sizeof(forms)

static bool wrong_form(uint16_t sw)
{
        return sw == 0x6A86 || sw == 0x6A81 || sw == 0x6B00;
}

/* One SELECT, in the first of the forms that the card takes. *sw as it came. */
static LONG select_once(struct files *files, struct card *card, uint8_t p1, const uint8_t *data, size_t len,
                        size_t *got, uint16_t *sw)
{
        LONG status = SCARD_S_SUCCESS;
        unsigned form = files->form;

        card->selects++;
        if (card->profile->cla == CLA_GSM) {
                const uint8_t header[3] = {0xA4, 0x00, 0x00};

                return files_send(files, card, "SELECT", header, data, len, FILES_SHORT_NE, got, sw);
        }
        for (; form < FORM_COUNT; form++) {
                const uint8_t header[3] = {0xA4, p1, forms[form]};
                size_t ne = forms[form] == 0x0C ? 0 : FILES_SHORT_NE < files->ne ? FILES_SHORT_NE : files->ne;

                status = files_send(files, card, "SELECT", header, data, len, ne, got, sw);
                if (status != SCARD_S_SUCCESS || !wrong_form(*sw))
                        break;
        }
        if (form < FORM_COUNT)
                files->form = form;
        return status;
}

static void put_ids(uint8_t *out, const struct path_element *elements, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                out[2 * i] = (uint8_t)(elements[i].id >> 8);
                out[2 * i + 1] = (uint8_t)elements[i].id;
        }
}

/* A selection in progress: the target, how much of its path is reached, the answer to the last SELECT. */
struct way {
        const struct path *path;
        size_t count;   /* elements that SELECT can reach */
        size_t reached; /* elements that are selected, and are the current DF */
        bool current;   /* ...from the current DF; else nothing is */
        size_t got;
        uint16_t sw;
};

static bool selected_ok(uint16_t sw)
{
        return sw == 0x9000 || sw >> 8 == 0x61 || sw == 0x6283;
}

/* The first reached elements of the path are the current DF. */
static void arrived_in(struct files *files, const struct way *way, size_t reached)
{
        files->selected.known = true;
        files->selected.file = false;
        files->selected.dir = *way->path;
        files->selected.dir.count = reached;
}

static LONG select_mf(struct files *files, struct card *card, struct way *way)
{
        static const uint8_t mf[] = {PATH_MF >> 8, PATH_MF & 0xFF};
        LONG status = select_once(files, card, 0x00, mf, sizeof(mf), &way->got, &way->sw);

        if (status == SCARD_S_SUCCESS && selected_ok(way->sw)) {
                arrived_in(files, way, 0);
                way->reached = 0;
                way->current = true;
        }
        return status;
}

static LONG select_name(struct files *files, struct card *card, struct way *way)
{
        const struct path_element *element = &way->path->element[0];
        LONG status = select_once(files, card, 0x04, element->name, element->name_len, &way->got, &way->sw);

        if (status != SCARD_S_SUCCESS || !selected_ok(way->sw))
                return status;
        /* Another application than the profile's: the next code has to select that one again. */
        if (element->name_len != card->profile->aid_len ||
            memcmp(element->name, card->profile->aid, element->name_len) != 0)
                card->selected = false;
        arrived_in(files, way, 1);
        way->reached = 1;
        way->current = true;
        return SCARD_S_SUCCESS;
}

/* The rest of the path at once. *refused: the card has no selection by path; nothing has changed. */
static LONG select_rest(struct files *files, struct card *card, struct way *way, bool *refused)
{
        uint8_t ids[2 * PATH_DEPTH_MAX];
        size_t rest = way->count - way->reached;
        uint8_t p1 = way->current ? 0x09 : 0x08;
        LONG status;

        put_ids(ids, way->path->element + way->reached, rest);
        status = select_once(files, card, p1, ids, 2 * rest, &way->got, &way->sw);
        *refused = status == SCARD_S_SUCCESS && (wrong_form(way->sw) || way->sw == 0x6700);
        if (*refused)
                files->by_path = false;
        else if (status == SCARD_S_SUCCESS && selected_ok(way->sw))
                way->reached = way->count;
        return status;
}

/* The next element, by its identifier. */
static LONG select_step(struct files *files, struct card *card, struct way *way)
{
        uint8_t id[2];
        LONG status;

        put_ids(id, way->path->element + way->reached, 1);
        status = select_once(files, card, 0x00, id, sizeof(id), &way->got, &way->sw);
        if (status == SCARD_S_SUCCESS && selected_ok(way->sw)) {
                way->reached++;
                if (way->reached < way->count)
                        arrived_in(files, way, way->reached);
        }
        return status;
}

/* Whether one SELECT by path does what is left. 7816-4 7.2.1: from the MF or from the current DF */
static bool at_once(const struct files *files, const struct way *way)
{
        size_t rest = way->count - way->reached;

        if (!files->by_path || rest == 0)
                return false;
        if (way->current)
                return rest > 1;
        return way->path->element[0].kind == PATH_ID;
}

static LONG go(struct files *files, struct card *card, struct way *way)
{
        LONG status = SCARD_S_SUCCESS;
        bool refused;

        way->sw = 0x9000;
        while (!(way->current && way->reached == way->count)) {
                size_t before = way->reached;
                bool was_current = way->current;

                if (at_once(files, way)) {
                        status = select_rest(files, card, way, &refused);
                        if (status != SCARD_S_SUCCESS || !refused)
                                return status;
                        continue;
                }
                if (!way->current && way->count > 0 && way->path->element[0].kind == PATH_NAME)
                        status = select_name(files, card, way);
                else if (!way->current)
                        status = select_mf(files, card, way);
                else
                        status = select_step(files, card, way);
                if (status != SCARD_S_SUCCESS || (way->reached == before && way->current == was_current))
                        return status;
                if (way->sw == 0x6283 && way->reached < way->count)
                        return status; /* nothing is reached through a deactivated directory */
        }
        return status;
}

uint8_t path_short_id(const struct path *path)
{
        if (path->count == 0 || path->element[path->count - 1].kind != PATH_SHORT_ID)
                return 0;
        return (uint8_t)path->element[path->count - 1].id;
}

/* What the answer to the last SELECT says. */
static void read_answer(struct files *files, struct card *card, const struct way *way,
                        struct files_target *target, struct fcp *fcp)
{
        target->objects = NULL;
        target->objects_len = 0;
        if (card->profile->cla == CLA_GSM)
                target->readable = fcp_parse_gsm(fcp, files->answer, way->got);
        else
                target->readable =
                    fcp_parse(fcp, files->answer, way->got, &target->objects, &target->objects_len);
        if (way->sw == 0x6283)
                fcp->deactivated = true;
}

/* The kind that the caller can do with; where the card says none, it is what was wanted. */
static LONG check_kind(const struct fcp *fcp, enum files_wanted wanted)
{
        if (wanted == FILES_WANT_DIR && fcp->kind != FCP_DIRECTORY && fcp->kind != FCP_UNKNOWN)
                return SCARD_E_NO_DIR;
        if (wanted == FILES_WANT_FILE && fcp->kind == FCP_DIRECTORY)
                return SCARD_E_NO_FILE;
        return SCARD_S_SUCCESS;
}

/* The last element is selected: as the current DF, or as the current EF in the one above. */
static void arrived(struct files *files, struct card *card, const struct way *way, const struct fcp *fcp,
                    enum files_wanted wanted)
{
        bool dir = fcp->kind == FCP_DIRECTORY || way->count == 0 ||
                   way->path->element[way->count - 1].kind == PATH_NAME ||
                   (fcp->kind == FCP_UNKNOWN && wanted == FILES_WANT_DIR);

        if (!dir && fcp->kind == FCP_UNKNOWN && wanted == FILES_WANT_ANY) {
                files_forget_selection(files, card); /* it may be either */
                return;
        }
        arrived_in(files, way, dir ? way->count : way->count - 1);
        files->selected.file = !dir;
        files->selected.path = *way->path;
}

/* Where the way begins: at the current DF where the target is below it. */
static void set_out(const struct files *files, const struct path *path, struct way *way)
{
        const struct files_selected *selected = &files->selected;

        *way = (struct way){.path = path, .count = path->count};
        if (path_short_id(path) != 0)
                way->count--;
        if (!selected->known || !path_within(path, &selected->dir) || selected->dir.count > way->count)
                return;
        way->current = true;
        way->reached = selected->dir.count;
}

/* The directory itself, once more, for what the card says of it. */
static void set_out_again(struct way *way)
{
        way->current = false;
        way->reached = 0;
}

LONG files_select(struct files *files, struct card *card, struct files_target *target)
{
        const struct files_selected *selected = &files->selected;
        struct fcp unused = {.kind = FCP_UNKNOWN}, *fcp = target->fcp != NULL ? target->fcp : &unused;
        bool short_id = path_short_id(target->path) != 0;
        enum files_wanted wanted = short_id ? FILES_WANT_DIR : target->wanted;
        struct way way;
        LONG status;

        memset(fcp, 0, sizeof(*fcp));
        target->readable = true;
        set_out(files, target->path, &way);
        if (way.current && way.reached == way.count) {
                if (target->fcp == NULL && !selected->file && !short_id)
                        return SCARD_S_SUCCESS;
                if (short_id) {
                        files_forget_file(files, card); /* the commands to come make theirs current */
                        return SCARD_S_SUCCESS;
                }
                set_out_again(&way);
        } else if (target->fcp == NULL && selected->known && selected->file &&
                   path_equal(&selected->path, target->path)) {
                return SCARD_S_SUCCESS;
        }
        status = go(files, card, &way);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (!selected_ok(way.sw))
                return files_meaning(
                    card, way.sw, wanted == FILES_WANT_DIR || (way.current && way.reached + 1 < way.count));
        if (way.reached < way.count)
                return files_meaning(card, 0x6283, false);
        read_answer(files, card, &way, target, fcp);
        arrived(files, card, &way, fcp, wanted);
        if (way.sw == 0x6283 && !target->deactivated)
                return files_meaning(card, way.sw, false);
        status = check_kind(fcp, wanted);
        card->last.status = status;
        return status;
}
