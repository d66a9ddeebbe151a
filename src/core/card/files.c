/* files.c - the current directory and open files. See files.h */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/wipe.h"

#include "core/card/files_state.h"

/*
 * A handle: the place in the table, and above it a generation that never comes twice in one life, so that a
 * closed handle is not taken for the next file. 31 bits, so that a LONG holds it.
 */
#define HANDLE_BITS    6u
#define GENERATION_MAX ((1u << (31u - HANDLE_BITS)) - 1u)
_Static_assert(FILES_OPEN_MAX == 1u << HANDLE_BITS, "a handle holds the number of a place");

struct files *files_create(void)
{
        struct files *files = calloc(1, sizeof(*files));

        /* Anywhere, so that handles of two objects are seldom the same; without random numbers they may be. */
        if (files != NULL && getrandom(&files->generation, sizeof(files->generation), GRND_NONBLOCK) !=
                                 (ssize_t)sizeof(files->generation))
                files->generation = 0;
        return files;
}

void files_free(struct files *files)
{
        if (files == NULL)
                return;
        wipe(files, sizeof(*files));
        free(files);
}

void files_start_anew(struct files *files)
{
        memset(files->open, 0, sizeof(files->open));
        memset(&files->dir, 0, sizeof(files->dir));
        files->selected.known = false;
        files->learnt = false;
}

bool files_name_ok(const struct files_name *name)
{
        struct path base = {.count = 0}, path;

        /* It depends on where one is whether there is a directory above, or room below. */
        for (;;) {
                if (path_parse(&path, name->type, name->text, name->len, &base))
                        return true;
                if (!path_append_id(&base, 0x0001))
                        return false;
        }
}

bool files_path(const struct files *files, const struct files_name *name, struct path *path)
{
        return path_parse(path, name->type, name->text, name->len, &files->dir);
}

LONG files_change_dir(struct files *files, struct card *card, const struct files_name *name)
{
        struct files_target target = {.wanted = FILES_WANT_DIR, .again = true};
        struct path path;
        LONG status;

        card_last_clear(card);
        if (!files_path(files, name, &path) || path_short_id(&path) != 0)
                return SCARD_E_INVALID_PARAMETER;
        status = files_begin(files, card, &path);
        if (status != SCARD_S_SUCCESS)
                return status;
        target.path = &path;
        status = files_select(files, card, &target);
        if (status == SCARD_S_SUCCESS)
                files->dir = path;
        files_end(files, card);
        return status;
}

void files_current_dir(const struct files *files, char text[PATH_TEXT_MAX])
{
        (void)path_text(&files->dir, text);
}

/* ---- open files */

static struct open_file *find_open(struct files *files, uint32_t handle)
{
        struct open_file *file = &files->open[handle % FILES_OPEN_MAX];

        return handle != 0 && file->handle == handle ? file : NULL;
}

bool files_is_open(const struct files *files, uint32_t handle)
{
        return handle != 0 && files->open[handle % FILES_OPEN_MAX].handle == handle;
}

static struct open_file *find_free(struct files *files)
{
        for (unsigned i = 0; i < FILES_OPEN_MAX; i++)
                if (files->open[i].handle == 0)
                        return &files->open[i];
        return NULL;
}

static uint32_t new_handle(struct files *files, const struct open_file *file)
{
        files->generation = files->generation % GENERATION_MAX + 1;
        return files->generation << HANDLE_BITS | (uint32_t)(file - files->open);
}

/*
 * A short identifier is no SELECT: READ BINARY with it makes the file current and tells whether it is there,
 * and whether it is one of records (6981). One that may not be read may still be written.
 */
static LONG open_short_id(struct files *files, struct card *card, const struct path *path, struct fcp *fcp)
{
        const uint8_t header[3] = {0xB0, (uint8_t)(0x80u | path_short_id(path)), 0x00};
        size_t got;
        uint16_t sw;
        LONG status = files_send(files, card, "READ BINARY", header, NULL, 0, 1, &got, &sw);

        if (status != SCARD_S_SUCCESS)
                return status;
        files_forget_file(files, card);
        memset(fcp, 0, sizeof(*fcp));
        switch (sw) {
        case 0x6282:
        case 0x6B00: /* an empty one */
                sw = 0x9000;
                break;
        case 0x6982:
        case 0x6985:
                return SCARD_S_SUCCESS; /* of which kind it is shows later */
        case 0x6981:
                fcp->kind = FCP_FIXED; /* linear at least */
                return SCARD_S_SUCCESS;
        default:
                break;
        }
        fcp->kind = FCP_TRANSPARENT;
        return files_meaning(card, sw, false);
}

static LONG open_path(struct files *files, struct card *card, const struct path *path, struct fcp *fcp)
{
        struct files_target target = {.path = path, .wanted = FILES_WANT_FILE, .again = true};
        LONG status = files_select(files, card, &target);

        *fcp = target.fcp;
        if (status == SCARD_S_SUCCESS && path_short_id(path) != 0)
                status = open_short_id(files, card, path, fcp);
        return status;
}

LONG files_open(struct files *files, struct card *card, const struct files_name *name, uint32_t *handle)
{
        struct open_file *file = find_free(files);
        struct path path;
        struct fcp fcp = {.kind = FCP_UNKNOWN};
        LONG status;

        *handle = 0;
        card_last_clear(card);
        if (!files_path(files, name, &path))
                return SCARD_E_INVALID_PARAMETER;
        if (path.count == 0)
                return SCARD_E_NO_FILE; /* the MF */
        if (file == NULL)
                return SCARD_E_NO_MEMORY;
        status = files_begin(files, card, &path);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = open_path(files, card, &path, &fcp);
        files_end(files, card);
        if (status != SCARD_S_SUCCESS)
                return status;
        *file = (struct open_file){.handle = new_handle(files, file), .path = path, .fcp = fcp};
        *handle = file->handle;
        return SCARD_S_SUCCESS;
}

LONG files_close(struct files *files, uint32_t handle)
{
        struct open_file *file = find_open(files, handle);

        if (file == NULL)
                return SCARD_E_INVALID_PARAMETER;
        memset(file, 0, sizeof(*file));
        return SCARD_S_SUCCESS;
}

/* Where the file ends, in what the position counts; false: the card does not tell. */
static bool end_of(const struct fcp *fcp, uint32_t *end)
{
        bool records = fcp_has_records(fcp);

        *end = records ? fcp->records : fcp->size;
        return records ? fcp->has_records : fcp->has_size;
}

static LONG seek_to(struct open_file *file, int64_t position, bool known, uint32_t end)
{
        if (position < 0 || position > INT32_MAX || (known && position > (int64_t)end))
                return SCARD_E_BAD_SEEK;
        file->position = (uint32_t)position;
        return SCARD_S_SUCCESS;
}

LONG files_seek(struct files *files, uint32_t handle, enum files_origin origin, int32_t offset)
{
        struct open_file *file = find_open(files, handle);
        uint32_t end;
        bool known;

        if (file == NULL)
                return SCARD_E_INVALID_PARAMETER;
        known = end_of(&file->fcp, &end);
        switch (origin) {
        case FILES_FROM_BEGINNING:
                return seek_to(file, offset, known, end);
        case FILES_FROM_HERE:
                if (file->position != FILES_END)
                        return seek_to(file, (int64_t)file->position + offset, known, end);
                if (offset == 0)
                        return SCARD_S_SUCCESS;
                return known ? seek_to(file, (int64_t)end + offset, known, end) : SCARD_E_BAD_SEEK;
        case FILES_FROM_END:
                /* Records of a cyclic file have other numbers after each new one; its end is where one is added. */
                if (known && (offset != 0 || file->fcp.kind != FCP_CYCLIC))
                        return seek_to(file, (int64_t)end + offset, known, end);
                if (!fcp_has_records(&file->fcp) || offset != 0)
                        return SCARD_E_BAD_SEEK;
                file->position = FILES_END; /* where the next record is added */
                return SCARD_S_SUCCESS;
        default:
                return SCARD_E_INVALID_PARAMETER;
        }
}

/* ---- content */

void files_note(struct files *files, const struct path *path, const struct fcp *fcp)
{
        const struct fcp now = *fcp; /* it may be one of these */

        for (unsigned i = 0; i < FILES_OPEN_MAX; i++) {
                if (files->open[i].handle != 0 && path_equal(&files->open[i].path, path))
                        files->open[i].fcp = now;
        }
}

/*
 * The file is current, or is a short identifier in the directory that is. Where it had to be selected again it may
 * be another one by now, made anew or on another card: what the card says of it counts.
 */
static LONG begin_file(struct files *files, struct card *card, struct open_file *file)
{
        struct files_target target = {.path = &file->path, .wanted = FILES_WANT_FILE};
        LONG status = files_begin(files, card, &file->path);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = files_select(files, card, &target);
        if (status != SCARD_S_SUCCESS)
                files_end(files, card);
        else if (target.answered && target.fcp.kind != FCP_UNKNOWN && path_short_id(&file->path) == 0)
                files_note(files, &file->path, &target.fcp);
        return status;
}

size_t files_room(const struct files *files, uint32_t handle, size_t wanted)
{
        const struct open_file *file = &files->open[handle % FILES_OPEN_MAX];
        size_t most = FILES_SIZE_MAX;

        if (!files_is_open(files, handle))
                return 0;
        if (fcp_has_records(&file->fcp))
                most = FILES_PIECE_MAX;
        else if (file->fcp.has_size)
                most = file->fcp.size > file->position ? file->fcp.size - file->position : 0;
        return wanted < most ? wanted : most;
}

LONG files_read(struct files *files, struct card *card, uint32_t handle, uint8_t *data, size_t wanted,
                size_t *got)
{
        struct open_file *file = find_open(files, handle);
        const size_t room = files_room(files, handle, wanted);
        LONG status;

        *got = 0;
        card_last_clear(card);
        if (file == NULL || wanted > FILES_SIZE_MAX)
                return SCARD_E_INVALID_PARAMETER;
        if (wanted == 0)
                return SCARD_S_SUCCESS;
        status = begin_file(files, card, file);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (files_room(files, handle, wanted) > room)
                wanted = room; /* it is longer than it was; the rest is for the next call */
        status = files_read_here(files, card, file, data, wanted, got);
        if (status != SCARD_S_SUCCESS && status != SCARD_W_EOF) {
                wipe(data, room);
                *got = 0;
        }
        card->last.status = status;
        files_end(files, card);
        return status;
}

LONG files_write(struct files *files, struct card *card, uint32_t handle, enum files_write how,
                 const uint8_t *data, size_t len)
{
        struct open_file *file = find_open(files, handle);
        LONG status;

        card_last_clear(card);
        if (file == NULL || len > FILES_SIZE_MAX)
                return SCARD_E_INVALID_PARAMETER;
        if (len == 0 && how != FILES_ERASE)
                return SCARD_S_SUCCESS;
        status = begin_file(files, card, file);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = files_write_here(files, card, file, how, data, len);
        card->last.status = status;
        files_end(files, card);
        return status;
}
