/* files_select.c - the way to a file: SELECT, at once or step by step. See files_state.h */
#include <string.h>

#include "core/card/files_state.h"

/* P1 of SELECT. 7816-4 table 62 */
enum {
        BY_ID = 0x00, /* the MF, or what is in the current DF; but its parent and the DFs beside it, too */
        BY_DF_ID = 0x01,
        BY_EF_ID = 0x02,
        BY_NAME = 0x04,
        BY_PATH_FROM_MF = 0x08,
        BY_PATH = 0x09, /* from the current DF */
};

/* P2: the answer is to be an FCP template, an FCI template, nothing. 7816-4 table 63 */
static const uint8_t forms[] = {0x04, 0x00, 0x0C};
#define FORM_COUNT sizeof(forms)

#define SW_NOT_FOUND 0x6A82

/* The card does not know P1 or P2. */
static bool refused(uint16_t sw)
{
        return sw == 0x6A86 || sw == 0x6A81 || sw == 0x6B00;
}

static bool selected_ok(uint16_t sw)
{
        return sw == 0x9000 || sw >> 8 == 0x61 || sw == 0x6283;
}

/* A checking error: the command was not carried out, what was selected is so still. 7816-4 5.6; TS 51.011 9.4 */
static bool not_done(uint16_t sw)
{
        return (sw >= 0x6700 && sw <= 0x6EFF) || sw >> 8 == 0x94 || sw >> 8 == 0x98;
}

/* A selection in progress: the target, how much of its path is reached, the answer to the last SELECT. */
struct way {
        const struct path *path;
        size_t count;   /* elements that SELECT can reach */
        size_t reached; /* elements that are selected, and are the current DF */
        bool current;   /* ...from the current DF; else nothing is */
        bool inside;    /* the last SELECT was for a directory on the way */
        size_t got;
        uint16_t sw;
        uint8_t p1; /* of the last SELECT that worked: BY_DF_ID and BY_EF_ID tell the kind */
};

/* One SELECT, in the first of the forms that the card takes. */
static LONG select_once(struct files *files, struct card *card, struct way *way, uint8_t p1,
                        const uint8_t *data, size_t len)
{
        const bool only_way = p1 == BY_ID || p1 == BY_NAME;
        LONG status = SCARD_S_SUCCESS;
        unsigned form = files->form;

        card->selects++;
        way->p1 = p1;
        if (card->profile->cla == FILES_CLA_GSM) {
                const uint8_t header[3] = {0xA4, 0x00, 0x00};

                return files_send(files, card, "SELECT", header, data, len, FILES_SHORT_NE, &way->got,
                                  &way->sw);
        }
        for (; form < FORM_COUNT; form++) {
                const uint8_t header[3] = {0xA4, p1, forms[form]};
                size_t ne = forms[form] == 0x0C ? 0 : FILES_SHORT_NE < files->ne ? FILES_SHORT_NE : files->ne;

                status = files_send(files, card, "SELECT", header, data, len, ne, &way->got, &way->sw);
                /* Where the form is known it is P1 that is refused, and there is another way to try. */
                if (status != SCARD_S_SUCCESS || !refused(way->sw) || (files->form_known && !only_way))
                        break;
        }
        if (status != SCARD_S_SUCCESS || refused(way->sw))
                return status;
        files->form = form;
        files->form_known = files->form_known || selected_ok(way->sw);
        return status;
}

/* From the MF on: the next code has to select the application again. */
static void leave_application(struct card *card, const struct way *way)
{
        if (!card->profile->owns_mf && !not_done(way->sw))
                card->left = true;
}

static void put_ids(uint8_t *out, const struct path_element *elements, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                out[2 * i] = (uint8_t)(elements[i].id >> 8);
                out[2 * i + 1] = (uint8_t)elements[i].id;
        }
}

/* The first reached elements of the path are the current DF. */
static void arrived_in(struct files *files, struct way *way, size_t reached)
{
        way->reached = reached;
        way->current = true;
        files->selected.known = true;
        files->selected.dir_known = true;
        files->selected.file = false;
        files->selected.dir = *way->path;
        files->selected.dir.count = reached;
}

static LONG select_mf(struct files *files, struct card *card, struct way *way)
{
        static const uint8_t mf[] = {PATH_MF >> 8, PATH_MF & 0xFF};
        LONG status = select_once(files, card, way, BY_ID, mf, sizeof(mf));

        leave_application(card, way);
        if (status == SCARD_S_SUCCESS && selected_ok(way->sw))
                arrived_in(files, way, 0);
        return status;
}

static LONG select_name(struct files *files, struct card *card, struct way *way)
{
        const struct path_element *element = &way->path->element[0];
        LONG status = select_once(files, card, way, BY_NAME, element->name, element->name_len);

        if (status != SCARD_S_SUCCESS || !selected_ok(way->sw))
                return status;
        /* Another application than the profile's: the next code has to select that one again. */
        if (element->name_len != card->profile->aid_len ||
            memcmp(element->name, card->profile->aid, element->name_len) != 0)
                card->selected = false;
        arrived_in(files, way, 1);
        return SCARD_S_SUCCESS;
}

/* The rest of the path at once, from the current DF or all of it from the MF. */
static LONG select_path(struct files *files, struct card *card, struct way *way, uint8_t p1)
{
        uint8_t ids[2 * PATH_DEPTH_MAX];
        size_t from = p1 == BY_PATH ? way->reached : 0;
        LONG status;

        put_ids(ids, way->path->element + from, way->count - from);
        status = select_once(files, card, way, p1, ids, 2 * (way->count - from));
        if (p1 == BY_PATH_FROM_MF)
                leave_application(card, way);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (selected_ok(way->sw)) {
                way->reached = way->count;
                way->current = true;
        } else if ((refused(way->sw) || way->sw == 0x6700) && p1 == BY_PATH) {
                files->step = FILES_STEP_KIND;
        } else if (refused(way->sw) || way->sw == 0x6700) {
                files->by_path = false;
                if (files->step == FILES_STEP_PATH)
                        files->step = FILES_STEP_KIND;
        }
        return SCARD_S_SUCCESS;
}

/* A DF or an EF in the current DF and nowhere else; where the last element is not of the kind wanted, the other. */
static LONG select_kind(struct files *files, struct card *card, struct way *way, const uint8_t id[2],
                        enum files_wanted wanted)
{
        uint8_t p1 = way->inside || wanted == FILES_WANT_DIR ? BY_DF_ID : BY_EF_ID;
        LONG status = select_once(files, card, way, p1, id, 2);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (refused(way->sw))
                files->step = FILES_STEP_ANY;
        if (way->sw != SW_NOT_FOUND || way->inside)
                return status;
        status = select_once(files, card, way, p1 == BY_DF_ID ? BY_EF_ID : BY_DF_ID, id, 2);
        if (status == SCARD_S_SUCCESS && refused(way->sw))
                way->sw = card->last.sw = SW_NOT_FOUND;
        return status;
}

static enum fcp_kind kind_of_answer(const struct files *files, const struct card *card, const struct way *way)
{
        const uint8_t *objects;
        size_t len;
        struct fcp fcp;

        if (card->profile->cla == FILES_CLA_GSM)
                (void)fcp_parse_gsm(&fcp, files->answer, way->got);
        else
                (void)fcp_parse(&fcp, files->answer, way->got, &objects, &len);
        return fcp.kind;
}

/* The next element, by its identifier. */
static LONG select_step(struct files *files, struct card *card, struct way *way, enum files_wanted wanted)
{
        uint8_t id[2];
        LONG status;

        way->inside = way->reached + 1 < way->count;
        put_ids(id, way->path->element + way->reached, 1);
        if (files->step == FILES_STEP_KIND)
                status = select_kind(files, card, way, id, wanted);
        else
                status = select_once(files, card, way, BY_ID, id, sizeof(id));
        if (status != SCARD_S_SUCCESS || !selected_ok(way->sw))
                return status;
        if (!way->inside) {
                way->reached++;
                return SCARD_S_SUCCESS;
        }
        switch (kind_of_answer(files, card, way)) {
        case FCP_UNKNOWN:
        case FCP_DIRECTORY:
                arrived_in(files, way, way->reached + 1);
                return SCARD_S_SUCCESS;
        default: /* an EF: the next element would be looked for beside it */
                files_forget_selection(files, card);
                return SCARD_E_NO_DIR;
        }
}

/* One more SELECT of the way, the one that gets furthest and leaves least to the card. */
static LONG advance(struct files *files, struct card *card, struct way *way, enum files_wanted wanted)
{
        const bool named = way->count > 0 && way->path->element[0].kind == PATH_NAME;

        way->inside = false;
        if (way->current && files->step == FILES_STEP_PATH)
                return select_path(files, card, way, BY_PATH);
        if (files->by_path && way->count > 0 && !named)
                return select_path(files, card, way, BY_PATH_FROM_MF);
        if (way->current)
                return select_step(files, card, way, wanted);
        return named ? select_name(files, card, way) : select_mf(files, card, way);
}

/* All of it. Ends early where a SELECT fails, which way->sw tells. */
static LONG go(struct files *files, struct card *card, struct way *way, enum files_wanted wanted)
{
        way->sw = 0x9000;
        while (!(way->current && way->reached == way->count)) {
                const bool by_path = files->by_path;
                const enum files_step step = files->step;
                LONG status = advance(files, card, way, wanted);

                if (status != SCARD_S_SUCCESS)
                        return status;
                if (by_path != files->by_path || step != files->step)
                        continue; /* refused: nothing has changed, and there is another way */
                if (!selected_ok(way->sw))
                        return SCARD_S_SUCCESS;
                if (way->sw == 0x6283 && way->reached < way->count)
                        return SCARD_S_SUCCESS; /* nothing is reached through a deactivated directory */
        }
        return SCARD_S_SUCCESS;
}

uint8_t path_short_id(const struct path *path)
{
        if (path->count == 0 || path->element[path->count - 1].kind != PATH_SHORT_ID)
                return 0;
        return (uint8_t)path->element[path->count - 1].id;
}

/* What the answer to the last SELECT says. */
static void read_answer(const struct files *files, const struct card *card, const struct way *way,
                        struct files_target *target)
{
        struct fcp *fcp = &target->fcp;

        if (card->profile->cla == FILES_CLA_GSM)
                target->readable = fcp_parse_gsm(fcp, files->answer, way->got);
        else
                target->readable =
                    fcp_parse(fcp, files->answer, way->got, &target->objects, &target->objects_len);
        if (way->sw == 0x6283)
                fcp->deactivated = true;
        if (fcp->kind == FCP_UNKNOWN && way->p1 == BY_DF_ID)
                fcp->kind = FCP_DIRECTORY;
        target->answered = true;
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
static void arrived(struct files *files, struct card *card, struct way *way, const struct fcp *fcp,
                    enum files_wanted wanted)
{
        bool told = fcp->kind != FCP_UNKNOWN || way->p1 == BY_EF_ID;
        bool dir = fcp->kind == FCP_DIRECTORY || way->count == 0 ||
                   way->path->element[way->count - 1].kind == PATH_NAME ||
                   (!told && wanted == FILES_WANT_DIR);

        if (!dir && !told && wanted == FILES_WANT_ANY) {
                files_forget_selection(files, card); /* it may be either */
                return;
        }
        arrived_in(files, way, dir ? way->count : way->count - 1);
        files->selected.file = !dir;
        files->selected.path = *way->path;
        if (!dir && !told)
                files->selected.dir_known = false; /* it may be the current DF, until it is read or written */
}

/* Where the way begins: at the current DF where the target is below it. */
static void set_out(const struct files *files, const struct path *path, struct way *way)
{
        const struct files_selected *selected = &files->selected;

        *way = (struct way){.path = path, .count = path->count};
        if (path_short_id(path) != 0)
                way->count--;
        if (!selected->known || !selected->dir_known || !path_within(path, &selected->dir) ||
            selected->dir.count > way->count)
                return;
        way->current = true;
        way->reached = selected->dir.count;
}

/* Whether what is selected will do as it is. */
static bool is_there(struct files *files, struct card *card, const struct files_target *target,
                     const struct way *way)
{
        const struct files_selected *selected = &files->selected;
        bool in_dir = way->current && way->reached == way->count;

        if (in_dir && path_short_id(target->path) != 0) {
                files_forget_file(files, card); /* the commands to come make theirs current */
                return true;
        }
        if (target->again)
                return false;
        if (in_dir)
                return !selected->file;
        return selected->known && selected->file && path_equal(&selected->path, target->path);
}

LONG files_select(struct files *files, struct card *card, struct files_target *target)
{
        enum files_wanted wanted = path_short_id(target->path) != 0 ? FILES_WANT_DIR : target->wanted;
        struct way way;
        LONG status;

        memset(&target->fcp, 0, sizeof(target->fcp));
        target->answered = false;
        target->readable = true;
        target->objects = NULL;
        target->objects_len = 0;
        set_out(files, target->path, &way);
        if (is_there(files, card, target, &way))
                return SCARD_S_SUCCESS;
        if (way.current && way.reached == way.count) { /* the directory itself, once more */
                way.current = false;
                way.reached = 0;
        }
        status = go(files, card, &way, wanted);
        if (status != SCARD_S_SUCCESS) {
                card->last.status = status;
                return status;
        }
        if (!selected_ok(way.sw) && !not_done(way.sw))
                files_forget_selection(files, card); /* a warning: it may be selected all the same */
        if (!selected_ok(way.sw))
                return files_meaning(card, way.sw, wanted == FILES_WANT_DIR || way.inside);
        if (way.reached < way.count)
                return files_meaning(card, 0x6283, false);
        read_answer(files, card, &way, target);
        arrived(files, card, &way, &target->fcp, wanted);
        if (way.sw == 0x6283 && !target->deactivated)
                return files_meaning(card, way.sw, false);
        status = check_kind(&target->fcp, wanted);
        card->last.status = status;
        return status;
}
