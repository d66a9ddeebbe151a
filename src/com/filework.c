/* filework.c - see filework.h */
#include <string.h>

#include <oleauto.h>

#include "core/wipe.h"
#include "com/content.h"
#include "com/hresult.h"
#include "com/secret.h"
#include "com/tables.h"

#include "com/filework.h"

/* The flags that each method takes; every other bit is E_INVALIDARG. */
#define SECURE           ((ULONG)SC_FL_SECURE_MESSAGING)
#define CREATE_FLAGS     (SECURE | (ULONG)SC_FL_REPLACE | (ULONG)SC_FL_PREALLOCATE)
#define DELETE_FLAGS     (SECURE | (ULONG)SC_FL_RECURSIVE | (ULONG)SC_FL_NON_RECURSIVE)
#define PROPERTIES_FLAGS (SECURE | (ULONG)SC_FL_GET_ALL_PROPERTIES | (ULONG)SC_FL_STAT_DEFAULT)
#define SET_FLAGS        (SECURE | (ULONG)SC_FL_REPLACE)
#define WRITE_KINDS      ((ULONG)SC_FL_REPLACE | (ULONG)SC_FL_ERASE | (ULONG)SC_FL_OR | (ULONG)SC_FL_AND)
#define WRITE_FLAGS      (SECURE | WRITE_KINDS)

HRESULT filework_init(struct filework *work, struct attachment *attachment, const char *profile)
{
        work->files = files_create();
        if (work->files == NULL)
                return E_OUTOFMEMORY;
        pthread_mutex_init(&work->mutex, NULL);
        work->attachment = attachment_ref(attachment);
        work->profile = profile;
        work->number = 0;
        return S_OK;
}

void filework_destroy(struct filework *work)
{
        attachment_unref(work->attachment);
        pthread_mutex_destroy(&work->mutex);
        files_free(work->files);
}

/* ---- arguments */

/* Bits outside allowed, or more than one of kinds. */
static HRESULT check_flags(SCARD_FLAGS flags, ULONG allowed, ULONG kinds)
{
        ULONG kind = (ULONG)flags & kinds;

        return ((ULONG)flags & ~allowed) != 0 || (kind & (kind - 1)) != 0 ? E_INVALIDARG : S_OK;
}

/* NULL is the empty text, which is no path. */
static HRESULT check_name(REFTYPE type, BSTR path, struct files_name *name)
{
        *name = (struct files_name){
            .type = (enum path_type)type, .text = (const uint16_t *)path, .len = SysStringLen(path)};
        return files_name_ok(name) ? S_OK : E_INVALIDARG;
}

/* What is not open here is an argument that cannot be, attached or not. */
static HRESULT check_handle(struct filework *work, HSCARD_FILE handle)
{
        bool open;

        if (handle == 0 || handle > UINT32_MAX)
                return E_INVALIDARG;
        pthread_mutex_lock(&work->mutex);
        open = files_is_open(work->files, (uint32_t)handle);
        pthread_mutex_unlock(&work->mutex);
        return open ? S_OK : E_INVALIDARG;
}

/* ---- the card */

/* For what ends without a command. */
static HRESULT done_quietly(struct filework *work, struct attachment_use *use, HRESULT hr)
{
        pthread_mutex_unlock(&work->mutex);
        attachment_card_end(use);
        return hr;
}

/* The card and the files are the caller's until done. A connection that is another forgets what the one before
 * knew. flags: secure messaging is no profile's yet. */
static HRESULT begin(struct filework *work, SCARD_FLAGS flags, struct attachment_use *use)
{
        HRESULT hr = attachment_card_begin(work->attachment, work->profile, use);

        if (FAILED(hr))
                return hr;
        if (((ULONG)flags & SECURE) != 0) {
                card_last_clear(use->card);
                return attachment_card_done(use, SCARD_E_UNSUPPORTED_FEATURE);
        }
        pthread_mutex_lock(&work->mutex);
        if (use->number < work->number) /* detached and attached again by others, while this call waited */
                return done_quietly(work, use, hresult_from_scard(SCARD_E_INVALID_HANDLE));
        if (use->number > work->number)
                files_start_anew(work->files);
        work->number = use->number;
        return S_OK;
}

static HRESULT done(struct filework *work, struct attachment_use *use, LONG status)
{
        pthread_mutex_unlock(&work->mutex);
        return attachment_card_done(use, status);
}

/* ---- directories */

HRESULT filework_change_dir(struct filework *work, REFTYPE type, BSTR dir)
{
        struct attachment_use use;
        struct files_name name;
        HRESULT hr = check_name(type, dir, &name);

        if (SUCCEEDED(hr) && type == SC_TYPE_BY_SHORT_ID)
                hr = E_INVALIDARG; /* directories have none */
        if (SUCCEEDED(hr))
                hr = begin(work, SC_FL_NO_FLAGS, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use, files_change_dir(work->files, use.card, &name));
        return hr;
}

static BSTR text_of(const char *text, size_t len)
{
        OLECHAR wide[PATH_TEXT_MAX];

        for (size_t i = 0; i < len; i++)
                wide[i] = (OLECHAR)(unsigned char)text[i];
        return SysAllocStringLen(wide, (UINT)len);
}

HRESULT filework_current_dir(struct filework *work, BSTR *dir)
{
        struct attachment_use use;
        char text[PATH_TEXT_MAX];
        HRESULT hr;

        if (dir == NULL)
                return E_POINTER;
        *dir = NULL;
        hr = begin(work, SC_FL_NO_FLAGS, &use);
        if (FAILED(hr))
                return hr;
        files_current_dir(work->files, text);
        (void)done_quietly(work, &use, S_OK);
        *dir = text_of(text, strlen(text));
        return *dir != NULL ? S_OK : E_OUTOFMEMORY;
}

/* An identifier as four digits, a name as its bytes in digits. */
static BSTR text_of_element(const struct path_element *element)
{
        struct path path = {.count = 1, .element = {*element}};
        char text[PATH_TEXT_MAX];
        size_t len = path_text(&path, text);
        size_t skip = element->kind == PATH_NAME ? 0 : strlen("3F00/");

        return text_of(text + skip, len - skip);
}

static HRESULT array_of(const struct files_list *list, SAFEARRAY **out)
{
        SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, (ULONG)list->count);
        BSTR *texts;
        HRESULT hr;

        if (array == NULL)
                return E_OUTOFMEMORY;
        hr = SafeArrayAccessData(array, (void **)&texts);
        for (size_t i = 0; SUCCEEDED(hr) && i < list->count; i++) {
                texts[i] = text_of_element(&list->element[i]);
                if (texts[i] == NULL)
                        hr = E_OUTOFMEMORY;
        }
        (void)SafeArrayUnaccessData(array);
        if (FAILED(hr))
                (void)SafeArrayDestroy(array);
        else
                *out = array;
        return hr;
}

HRESULT filework_directory(struct filework *work, FILETYPE type, SAFEARRAY **out)
{
        struct attachment_use use;
        struct files_list list;
        HRESULT hr;

        if (out == NULL)
                return E_POINTER;
        *out = NULL;
        if (type < SC_TYPE_DIRECTORIES || type > SC_TYPE_VARIABLE_EF)
                return E_INVALIDARG;
        hr = begin(work, SC_FL_NO_FLAGS, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use, files_directory(work->files, use.card, (enum files_kinds)type, &list));
        return SUCCEEDED(hr) ? array_of(&list, out) : hr;
}

/* ---- open files */

HRESULT filework_open(struct filework *work, REFTYPE type, BSTR path, HSCARD_FILE *handle)
{
        struct attachment_use use;
        struct files_name name;
        uint32_t opened = 0;
        HRESULT hr;

        if (handle == NULL)
                return E_POINTER;
        *handle = 0;
        hr = check_name(type, path, &name);
        if (SUCCEEDED(hr))
                hr = begin(work, SC_FL_NO_FLAGS, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use, files_open(work->files, use.card, &name, &opened));
        *handle = opened;
        return hr;
}

/* It does not reach the card, so it closes whatever is open, attached or not. */
HRESULT filework_close(struct filework *work, HSCARD_FILE handle)
{
        LONG status;

        if (handle == 0 || handle > UINT32_MAX)
                return E_INVALIDARG;
        pthread_mutex_lock(&work->mutex);
        status = files_close(work->files, (uint32_t)handle);
        pthread_mutex_unlock(&work->mutex);
        return hresult_from_scard(status);
}

HRESULT filework_seek(struct filework *work, HSCARD_FILE handle, SEEKTYPE seek, LONG offset)
{
        static const enum files_origin origins[] = {[SC_SEEK_FROM_BEGINNING] = FILES_FROM_BEGINNING,
                                                    [SC_SEEK_FROM_END] = FILES_FROM_END,
                                                    [SC_SEEK_RELATIVE] = FILES_FROM_HERE};
        struct attachment_use use;
        HRESULT hr;

        if (seek < SC_SEEK_FROM_BEGINNING || seek > SC_SEEK_RELATIVE)
                return E_INVALIDARG;
        hr = check_handle(work, handle);
        if (SUCCEEDED(hr))
                hr = begin(work, SC_FL_NO_FLAGS, &use);
        if (FAILED(hr))
                return hr;
        hr = hresult_from_scard(files_seek(work->files, (uint32_t)handle, origins[seek], offset));
        return done_quietly(work, &use, hr);
}

/*
 * With the card and the files. What is handed out is made before the card is asked, so that lack of memory
 * leaves the position where it was. *got: bytes in *buffer.
 */
static HRESULT read_file(struct filework *work, struct attachment_use *use, HSCARD_FILE handle, size_t wanted,
                         size_t *got, LPBYTEBUFFER *buffer)
{
        size_t room = files_room(work->files, (uint32_t)handle, wanted);
        uint8_t *bytes = secret_alloc(room != 0 ? room : 1);
        HRESULT hr = bytes != NULL ? content_create(room, buffer) : E_OUTOFMEMORY;
        LONG status;

        *got = 0;
        if (FAILED(hr)) {
                secret_free(bytes, room != 0 ? room : 1);
                return done_quietly(work, use, hr);
        }
        status = files_read(work->files, use->card, (uint32_t)handle, bytes, wanted, got);
        /* Before the failure is noted: a method of the buffer that succeeds would end the note. */
        hr = content_fill(*buffer, bytes, *got);
        secret_free(bytes, room != 0 ? room : 1);
        return FAILED(hr) ? done_quietly(work, use, hr) : done(work, use, status);
}

HRESULT filework_read(struct filework *work, HSCARD_FILE handle, LONG *wanted, SCARD_FLAGS flags,
                      LPBYTEBUFFER *buffer)
{
        struct attachment_use use;
        IByteBuffer *made = NULL;
        size_t asked = 0, got = 0;
        HRESULT hr = S_OK;

        if (buffer != NULL)
                *buffer = NULL;
        if (wanted != NULL && *wanted > 0)
                asked = (size_t)*wanted < FILES_SIZE_MAX ? (size_t)*wanted : FILES_SIZE_MAX;
        if (wanted != NULL && *wanted < 0)
                hr = E_INVALIDARG;
        if (wanted != NULL)
                *wanted = 0;
        if (wanted == NULL || buffer == NULL)
                return E_POINTER;
        if (SUCCEEDED(hr))
                hr = check_flags(flags, SECURE, 0);
        if (SUCCEEDED(hr))
                hr = check_handle(work, handle);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (FAILED(hr))
                return hr;
        hr = read_file(work, &use, handle, asked, &got, &made);
        if (SUCCEEDED(hr) || hr == SCARD_W_EOF) {
                *wanted = (LONG)got;
                *buffer = made;
        } else if (made != NULL) {
                made->lpVtbl->Release(made);
        }
        return hr;
}

static enum files_write write_kind(SCARD_FLAGS flags)
{
        switch ((ULONG)flags & WRITE_KINDS) {
        case SC_FL_ERASE:
                return FILES_ERASE;
        case SC_FL_OR:
                return FILES_OR;
        case SC_FL_AND:
                return FILES_AND;
        default:
                return FILES_REPLACE;
        }
}

HRESULT filework_write(struct filework *work, HSCARD_FILE handle, LPBYTEBUFFER buffer, const LONG *len,
                       SCARD_FLAGS flags)
{
        struct content content = {.len = 0};
        struct attachment_use use;
        enum files_write how = write_kind(flags);
        HRESULT hr;

        if (buffer == NULL && how != FILES_ERASE)
                return E_POINTER;
        if (len != NULL && *len < 0)
                return E_INVALIDARG;
        hr = check_flags(flags, WRITE_FLAGS, WRITE_KINDS);
        if (SUCCEEDED(hr))
                hr = check_handle(work, handle);
        if (SUCCEEDED(hr) && buffer != NULL)
                hr = content_read(buffer, FILES_SIZE_MAX, &content);
        if (SUCCEEDED(hr) && len != NULL && (size_t)*len > content.len)
                hr = E_INVALIDARG;
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use,
                          files_write(work->files, use.card, (uint32_t)handle, how, content.bytes,
                                      len != NULL ? (size_t)*len : content.len));
        content_free(&content);
        return hr;
}

/* ---- the files themselves */

HRESULT filework_create(struct filework *work, REFTYPE type, BSTR path, const TLV_TABLE *properties,
                        LONG count, SCARD_FLAGS flags, LPBYTEBUFFER data)
{
        struct content content = {.len = 0};
        struct attachment_use use;
        struct table_view view;
        struct files_name name;
        bool replace = ((ULONG)flags & (ULONG)SC_FL_REPLACE) != 0;
        HRESULT hr;

        if (properties == NULL)
                return E_POINTER;
        hr = table_view(properties, FILES_OBJECTS_MAX, count, &view);
        if (SUCCEEDED(hr))
                hr = check_name(type, path, &name);
        if (SUCCEEDED(hr) && type == SC_TYPE_BY_SHORT_ID)
                hr = E_INVALIDARG; /* a file has one besides its identifier */
        if (SUCCEEDED(hr))
                hr = check_flags(flags, CREATE_FLAGS, 0);
        if (SUCCEEDED(hr) && data != NULL)
                hr = content_read(data, FILES_SIZE_MAX, &content);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use,
                          files_create_file(work->files, use.card, &name, view.bytes, view.len, content.bytes,
                                            content.len, replace));
        content_free(&content);
        return hr;
}

HRESULT filework_delete(struct filework *work, REFTYPE type, BSTR path, SCARD_FLAGS flags)
{
        bool empty = ((ULONG)flags & (ULONG)SC_FL_NON_RECURSIVE) != 0;
        struct attachment_use use;
        struct files_name name;
        HRESULT hr = check_name(type, path, &name);

        if (SUCCEEDED(hr))
                hr = check_flags(flags, DELETE_FLAGS, DELETE_FLAGS & ~SECURE);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use,
                          files_delete(work->files, use.card, &name,
                                       empty ? FILES_DELETE_EMPTY : FILES_DELETE_ANY));
        return hr;
}

HRESULT filework_activate(struct filework *work, BSTR file, SCARD_FLAGS flags, bool active)
{
        struct attachment_use use;
        struct files_name name;
        HRESULT hr = check_name(SC_TYPE_BY_ANY, file, &name);

        if (SUCCEEDED(hr))
                hr = check_flags(flags, SECURE, 0);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use, files_activate(work->files, use.card, &name, active));
        return hr;
}

/* Which of the objects the caller gets: a table that he passes names them, unless he wants all. */
static HRESULT choose(SCARD_FLAGS flags, const TLV_TABLE *table, enum table_choice *choice,
                      struct table_view *wanted)
{
        *choice = TABLE_ALL;
        *wanted = (struct table_view){.len = 0};
        if (((ULONG)flags & (ULONG)SC_FL_GET_ALL_PROPERTIES) != 0)
                return S_OK;
        if (((ULONG)flags & (ULONG)SC_FL_STAT_DEFAULT) != 0)
                *choice = TABLE_STANDARD;
        else if (table != NULL && table->cbSize != 0)
                *choice = TABLE_NAMED;
        return *choice == TABLE_NAMED ? table_view(table, FILES_OBJECTS_MAX, 0, wanted) : S_OK;
}

HRESULT filework_properties(struct filework *work, REFTYPE type, BSTR path, SCARD_FLAGS flags,
                            LPTLV_TABLE *table, LONG *count)
{
        struct files_objects objects = {.len = 0};
        struct attachment_use use;
        struct table_view wanted;
        struct files_name name;
        enum table_choice choice;
        const TLV_TABLE *asked;
        LONG unused;
        HRESULT hr;

        if (count == NULL)
                count = &unused;
        *count = 0;
        if (table == NULL)
                return E_POINTER;
        asked = *table;
        *table = NULL;
        hr = choose(flags, asked, &choice, &wanted);
        if (SUCCEEDED(hr))
                hr = check_name(type, path, &name);
        if (SUCCEEDED(hr))
                hr = check_flags(flags, PROPERTIES_FLAGS, PROPERTIES_FLAGS & ~SECURE);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use, files_properties(work->files, use.card, &name, &objects));
        if (SUCCEEDED(hr))
                hr = table_make(objects.bytes, objects.len, choice, &wanted, table, count);
        wipe(&objects, sizeof(objects));
        return hr;
}

HRESULT filework_set_properties(struct filework *work, REFTYPE type, BSTR path, SCARD_FLAGS flags,
                                const TLV_TABLE *table, LONG count)
{
        struct attachment_use use;
        struct table_view view;
        struct files_name name;
        HRESULT hr;

        if (table == NULL)
                return E_POINTER;
        hr = table_view(table, FILES_OBJECTS_MAX, count, &view);
        if (SUCCEEDED(hr) && view.len == 0)
                hr = E_INVALIDARG;
        if (SUCCEEDED(hr))
                hr = check_name(type, path, &name);
        if (SUCCEEDED(hr))
                hr = check_flags(flags, SET_FLAGS, 0);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use,
                          files_set_properties(work->files, use.card, &name, view.bytes, view.len));
        return hr;
}

HRESULT filework_capabilities(struct filework *work, LPTLV_TABLE *table, LONG *count, SCARD_FLAGS flags)
{
        const bool all = ((ULONG)flags & (ULONG)SC_FL_GET_ALL_PROPERTIES) != 0;
        struct files_objects objects = {.len = 0};
        struct table_view wanted;
        struct attachment_use use;
        enum table_choice choice;
        const TLV_TABLE *asked;
        LONG unused;
        HRESULT hr;

        if (count == NULL)
                count = &unused;
        *count = 0;
        if (table == NULL)
                return E_POINTER;
        asked = *table;
        *table = NULL;
        hr = choose((SCARD_FLAGS)((ULONG)flags & ~(ULONG)SC_FL_STAT_DEFAULT), asked, &choice, &wanted);
        if (SUCCEEDED(hr))
                hr = check_flags(flags, PROPERTIES_FLAGS, PROPERTIES_FLAGS & ~SECURE);
        if (SUCCEEDED(hr))
                hr = begin(work, flags, &use);
        if (SUCCEEDED(hr))
                hr = done(work, &use, files_capabilities(work->files, use.card, all, &objects));
        if (SUCCEEDED(hr))
                hr = table_make(objects.bytes, objects.len, choice, &wanted, table, count);
        return hr;
}
