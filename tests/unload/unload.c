/*
 * unload.c - a program that loads the library with dlopen, as a host of COM libraries does, and lets it go once
 * DllCanUnloadNow agrees, while a thread that used it lives on. usage: unload LIBRARY
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define COBJMACROS
#include <ole2.h>
#include <scardcom.h>

static struct {
        __typeof__(CoInitialize) *initialize;
        __typeof__(CoUninitialize) *uninitialize;
        __typeof__(CoCreateInstance) *create;
        __typeof__(CreateErrorInfo) *create_error;
        __typeof__(SetErrorInfo) *set_error;
        __typeof__(DllCanUnloadNow) *can_unload;
        __typeof__(SysAllocString) *alloc_string;
        __typeof__(SysFreeString) *free_string;
        const GUID *clsid, *iid, *error_iid;
} library;

static pthread_barrier_t met;
static int failures;

static void check(int good, const char *what)
{
        if (!good) {
                printf("FAILED  %s\n", what);
                failures++;
        }
}

static int load(void *handle)
{
        static const struct {
                const char *name;
                void *to;
        } names[] = {
            {"iscard_CoInitialize", &library.initialize},
            {"iscard_CoUninitialize", &library.uninitialize},
            {"iscard_CoCreateInstance", &library.create},
            {"iscard_CreateErrorInfo", &library.create_error},
            {"iscard_SetErrorInfo", &library.set_error},
            {"DllCanUnloadNow", &library.can_unload},
            {"iscard_SysAllocString", &library.alloc_string},
            {"iscard_SysFreeString", &library.free_string},
            {"CLSID_SCardManage", &library.clsid},
            {"IID_ISCardManage", &library.iid},
            {"IID_IErrorInfo", &library.error_iid},
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                void *symbol = dlsym(handle, names[i].name);

                if (symbol == NULL)
                        return 0;
                *(void **)names[i].to = symbol;
        }
        return 1;
}

/* Attaches to a card, and leaves an error object of its own in the thread, and a failed method's. */
static void *use(void *unused)
{
        ISCardManage *manage = NULL;
        ICreateErrorInfo *made = NULL;
        IErrorInfo *error = NULL;
        BSTR reader = library.alloc_string(OLESTR("libiscard Virtual CCID Reader 00 00"));

        check(library.initialize(NULL) == S_OK, "CoInitialize");
        check(library.create(library.clsid, NULL, CLSCTX_INPROC_SERVER, library.iid, (void **)&manage) ==
                  S_OK,
              "a manager");
        check(library.create_error(&made) == S_OK, "an error object");
        if (manage == NULL || made == NULL)
                exit(1);
        check(ICreateErrorInfo_QueryInterface(made, library.error_iid, (void **)&error) == S_OK,
              "IErrorInfo");
        check(library.set_error(0, error) == S_OK, "SetErrorInfo");
        check(library.can_unload() == S_FALSE, "objects keep the library");
        IErrorInfo_Release(error);
        ICreateErrorInfo_Release(made);
        check(ISCardManage_AttachByIFD(manage, reader) == S_OK, "a card");
        library.free_string(reader);
        check(ISCardManage_AttachByIFD(manage, NULL) == E_INVALIDARG, "a failed method");
        check(ISCardManage_Release(manage) == 0, "the last Release");
        library.uninitialize();
        check(library.can_unload() == S_OK, "no object lives");
        pthread_barrier_wait(&met); /* the library goes */
        pthread_barrier_wait(&met);
        return unused;
}

int main(int argc, char **argv)
{
        void *handle = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
        pthread_t thread;

        setenv("ISCARD_SIM", "1", 1);
        if (handle == NULL || !load(handle)) {
                printf("FAILED  %s\n", dlerror());
                return 1;
        }
        pthread_barrier_init(&met, NULL, 2);
        if (pthread_create(&thread, NULL, use, NULL) != 0)
                return 1;
        pthread_barrier_wait(&met);
        check(dlclose(handle) == 0, "dlclose");
        check(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL, "the library is gone");
        pthread_barrier_wait(&met);
        check(pthread_join(thread, NULL) == 0, "the thread ends");
        printf("%s\n",
               failures == 0 ? "ok      the library goes while a thread that used it lives on" : "FAILED");
        return failures != 0;
}
