/* ccid/holder.c: the process that has a file open is found by /proc. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ccid/holder.h"

static void the_process_that_has_a_file_open_is_named(void **state)
{
        char path[] = "/tmp/iscard-holder-XXXXXX", real[4096], byte;
        struct holder holder;
        int go[2], ready[2];
        int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        assert_non_null(realpath(path, real));
        assert_false(holder_find(real, &holder)); /* this process does not count */
        assert_int_equal(holder.pid, 0);
        assert_int_equal(pipe(go), 0);
        assert_int_equal(pipe(ready), 0);
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
                (void)prctl(PR_SET_NAME, "a\x1b holder");
                (void)close(go[1]);
                if (write(ready[1], "x", 1) == 1)
                        (void)!read(go[0], &byte, 1);
                _exit(0);
        }
        (void)close(go[0]);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_true(holder_find(real, &holder));
        assert_int_equal(holder.pid, child);
        assert_string_equal(holder.name, "a? holder");
        (void)close(go[1]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_false(holder_find(real, &holder));
        (void)close(ready[0]);
        (void)close(ready[1]);
        (void)close(fd);
        (void)unlink(path);
}

static void known_programs_have_advice_of_their_own(void **state)
{
        (void)state;
        assert_non_null(strstr(holder_advice("pcscd"), "pcscd.socket"));
        assert_non_null(strstr(holder_advice("scdaemon"), "gpgconf"));
        assert_non_null(strstr(holder_advice("firefox"), "end that program"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_process_that_has_a_file_open_is_named),
            cmocka_unit_test(known_programs_have_advice_of_their_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
