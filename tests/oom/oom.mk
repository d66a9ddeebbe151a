# test_oom fails the allocations of the library one after the other, so they pass through functions of the test.
OOM_WRAP := malloc calloc realloc free strdup strndup posix_memalign aligned_alloc pthread_create
$(BUILD)/tests/unit/test_oom: EXTRA_LIBS = $(OOM_WRAP:%=-Wl,--wrap=%)

# test_oom_dispatch does the same with late-bound calls.
OOM_DISPATCH_WRAP := malloc calloc free posix_memalign
$(BUILD)/tests/unit/test_oom_dispatch: EXTRA_LIBS = $(OOM_DISPATCH_WRAP:%=-Wl,--wrap=%)
# test_oom_objects does the same for the methods that are not part of the scenario.
OOM_OBJECTS_WRAP := malloc calloc realloc free posix_memalign
$(BUILD)/tests/unit/test_oom_objects: EXTRA_LIBS = $(OOM_OBJECTS_WRAP:%=-Wl,--wrap=%)
