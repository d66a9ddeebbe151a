# test_oom fails the allocations of the library one after the other, so they pass through functions of the test.
OOM_WRAP := malloc calloc realloc free strdup strndup posix_memalign aligned_alloc pthread_create
$(BUILD)/tests/unit/test_oom: EXTRA_LIBS = $(OOM_WRAP:%=-Wl,--wrap=%)
