/*
 * test_cloexec.c - a program that the application starts inherits nothing of ours: every descriptor that the library and
 * libusb under it hold is closed on exec, while readers are open and somebody waits, and all are given back.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <winscard.h>

#include "testbed.h"

#define READERS "level=short-apdu,serial=A;level=short-apdu,interrupt=0,serial=B"
#define NAME(s) "libiscard Virtual CCID Reader (" s ") 00 00"
#define FDS_MAX 1024

struct descriptors {
        bool open[FDS_MAX];
        unsigned count;
};

static void look(struct descriptors *seen)
{
        DIR *folder = opendir("/proc/self/fd");
        struct dirent *entry;
        memset(seen, 0, sizeof(*seen));
        assert_non_null(folder);
        while ((entry = readdir(folder)) != NULL) {
                int fd = atoi(entry->d_name);
                if (entry->d_name[0] == '.' || fd == dirfd(folder))
                        continue;
                assert_in_range(fd, 0, FDS_MAX - 1);
                seen->open[fd] = true;
                seen->count++;
        }
        (void)closedir(folder);
}

static SCARDCONTEXT context;

struct waiter {
        SCARD_READERSTATEA s[2];
        LONG status;
        atomic_bool done;
};

static void *wait_run(void *arg)
{
        struct waiter *waiter = arg;
        waiter->status = SCardGetStatusChangeA(context, INFINITE, waiter->s, 2);
        atomic_store(&waiter->done, true);
        return NULL;
}

static void sleep_ms(long ms)
{
        (void)nanosleep(&(struct timespec){0, ms * 1000000L}, NULL);
}

static void nothing_of_ours_is_inherited(void **state)
{
        static struct descriptors before, during, after;
        struct waiter waiter = {.s = {{.szReader = NAME("A")}, {.szReader = NAME("B")}}};
        pthread_t thread;
        SCARDHANDLE card;
        DWORD protocol;
        (void)state;
        /* What is kept for good is not ours: the node of each reader has a file of its own. */
        assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context), SCARD_S_SUCCESS);
        assert_int_equal(
            SCardGetStatusChangeA(
                context, 0, (SCARD_READERSTATEA[]){{.szReader = NAME("A")}, {.szReader = NAME("B")}}, 2),
            SCARD_S_SUCCESS);
        assert_int_equal(SCardReleaseContext(context), SCARD_S_SUCCESS);
        look(&before);
        assert_int_equal(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &context), SCARD_S_SUCCESS);
        assert_int_equal(
            SCardConnectA(context, NAME("A"), SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card, &protocol),
            SCARD_S_SUCCESS);
        assert_int_equal(SCardGetStatusChangeA(context, 0, waiter.s, 2), SCARD_S_SUCCESS);
        waiter.s[0].dwCurrentState = waiter.s[0].dwEventState;
        waiter.s[1].dwCurrentState = waiter.s[1].dwEventState;
        look(&during);
        /* Two nodes, what libusb needs for three contexts: it sees what it looks for. */
        assert_true(during.count >= before.count + 6);
        unsigned expected = during.count + 2; /* the monitor's */
        assert_int_equal(pthread_create(&thread, NULL, wait_run, &waiter), 0);
        for (unsigned ms = 0; ms < 10000 && during.count < expected; ms++) {
                sleep_ms(1);
                look(&during);
        }
        assert_true(during.count >= expected);
        for (int fd = 0; fd < FDS_MAX; fd++) {
                char link[64];
                char path[256] = "";
                if (!during.open[fd] || before.open[fd])
                        continue;
                (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
                if (readlink(link, path, sizeof(path) - 1) < 0)
                        path[0] = '\0';
                if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
                        fail_msg("descriptor %d (%s) would be inherited", fd, path);
        }
        while (!atomic_load(&waiter.done)) { /* it may not have got to its wait yet */
                assert_int_equal(SCardCancel(context), SCARD_S_SUCCESS);
                sleep_ms(1);
        }
        pthread_join(thread, NULL);
        assert_int_equal((uint32_t)waiter.status, (uint32_t)SCARD_E_CANCELLED);
        assert_int_equal(SCardReleaseContext(context), SCARD_S_SUCCESS);
        look(&after);
        assert_memory_equal(after.open, before.open, sizeof(before.open));
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(nothing_of_ours_is_inherited),
        };
        (void)argc;
        testbed_enter(argv, READERS);
        struct testbed *testbed = testbed_create();
        int failed = cmocka_run_group_tests_name("cloexec", tests, NULL, NULL);
        testbed_destroy(testbed);
        return failed;
}
