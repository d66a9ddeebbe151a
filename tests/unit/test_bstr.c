/* src/com/bstr.c, src/com/taskmem.c: strings and memory that cross the interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ole2.h>

static void a_string_has_its_byte_length_before_and_a_nul_after(void **state)
{
        BSTR text = SysAllocString(u"Rd 1");
        uint32_t before;

        (void)state;
        assert_non_null(text);
        memcpy(&before, (const char *)text - 4, 4);
        assert_int_equal(before, 8);
        assert_int_equal(SysStringByteLen(text), 8);
        assert_int_equal(SysStringLen(text), 4);
        assert_memory_equal(text, u"Rd 1", 10);
        assert_int_equal((uintptr_t)text % sizeof(void *), 0);
        SysFreeString(text);
}

static void null_is_the_empty_string(void **state)
{
        (void)state;
        assert_null(SysAllocString(NULL));
        assert_int_equal(SysStringLen(NULL), 0);
        assert_int_equal(SysStringByteLen(NULL), 0);
        SysFreeString(NULL);
}

static void the_empty_string_is_not_null(void **state)
{
        BSTR text = SysAllocString(u"");

        (void)state;
        assert_non_null(text);
        assert_int_equal(SysStringLen(text), 0);
        assert_int_equal(text[0], 0);
        SysFreeString(text);
}

static void nuls_are_part_of_a_counted_string(void **state)
{
        BSTR text = SysAllocStringLen(u"a\0b", 3);

        (void)state;
        assert_int_equal(SysStringLen(text), 3);
        assert_memory_equal(text, u"a\0b", 8);
        SysFreeString(text);
}

static void no_source_gives_zeros(void **state)
{
        const OLECHAR zeros[6] = {0};
        BSTR text = SysAllocStringLen(NULL, 5);

        (void)state;
        assert_int_equal(SysStringLen(text), 5);
        assert_memory_equal(text, zeros, sizeof(zeros));
        SysFreeString(text);
        text = SysAllocStringByteLen(NULL, 10);
        assert_int_equal(SysStringByteLen(text), 10);
        assert_memory_equal(text, zeros, sizeof(zeros));
        SysFreeString(text);
}

static void an_odd_byte_length_is_kept_and_terminated(void **state)
{
        BSTR text = SysAllocStringByteLen("abc", 3);

        (void)state;
        assert_int_equal(SysStringByteLen(text), 3);
        assert_int_equal(SysStringLen(text), 1);
        assert_memory_equal(text, "abc\0\0", 5);
        SysFreeString(text);
}

static void sizes_that_overflow_are_refused(void **state)
{
        BSTR text = SysAllocString(u"kept");

        (void)state;
        assert_null(SysAllocStringLen(NULL, UINT32_MAX));
        assert_null(SysAllocStringLen(NULL, 0x80000000u));
        assert_null(SysAllocStringByteLen(NULL, UINT32_MAX));
        assert_int_equal(SysReAllocStringLen(&text, NULL, UINT32_MAX), FALSE);
        assert_memory_equal(text, u"kept", 10);
        SysFreeString(text);
}

static void realloc_takes_a_source_inside_the_old_string(void **state)
{
        BSTR text = SysAllocString(u"reader one");

        (void)state;
        assert_int_equal(SysReAllocString(&text, text + 7), TRUE);
        assert_int_equal(SysStringLen(text), 3);
        assert_memory_equal(text, u"one", 8);
        assert_int_equal(SysReAllocStringLen(&text, text + 1, 2), TRUE);
        assert_memory_equal(text, u"ne", 6);
        SysFreeString(text);
}

static void realloc_without_source_keeps_the_text(void **state)
{
        BSTR text = SysAllocString(u"abc");

        (void)state;
        assert_int_equal(SysReAllocStringLen(&text, NULL, 5), TRUE);
        assert_int_equal(SysStringLen(text), 5);
        assert_memory_equal(text, u"abc\0\0", 12);
        assert_int_equal(SysReAllocStringLen(&text, NULL, 2), TRUE);
        assert_memory_equal(text, u"ab", 6);
        assert_int_equal(SysReAllocString(&text, NULL), TRUE);
        assert_null(text);
        assert_int_equal(SysReAllocStringLen(&text, NULL, 1), TRUE);
        assert_memory_equal(text, u"\0", 4);
        SysFreeString(text);
        assert_int_equal(SysReAllocString(NULL, u"x"), FALSE);
        assert_int_equal(SysReAllocStringLen(NULL, u"x", 1), FALSE);
}

static void task_memory_follows_its_rules(void **state)
{
        char *memory = CoTaskMemAlloc(0);

        (void)state;
        assert_non_null(memory);
        memory = CoTaskMemRealloc(memory, 4);
        assert_non_null(memory);
        memcpy(memory, "abc", 4);
        memory = CoTaskMemRealloc(memory, 4096);
        assert_non_null(memory);
        assert_string_equal(memory, "abc");
        assert_null(CoTaskMemRealloc(memory, 0));
        memory = CoTaskMemRealloc(NULL, 3);
        assert_non_null(memory);
        CoTaskMemFree(memory);
        CoTaskMemFree(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_string_has_its_byte_length_before_and_a_nul_after),
            cmocka_unit_test(null_is_the_empty_string),
            cmocka_unit_test(the_empty_string_is_not_null),
            cmocka_unit_test(nuls_are_part_of_a_counted_string),
            cmocka_unit_test(no_source_gives_zeros),
            cmocka_unit_test(an_odd_byte_length_is_kept_and_terminated),
            cmocka_unit_test(sizes_that_overflow_are_refused),
            cmocka_unit_test(realloc_takes_a_source_inside_the_old_string),
            cmocka_unit_test(realloc_without_source_keeps_the_text),
            cmocka_unit_test(task_memory_follows_its_rules),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
