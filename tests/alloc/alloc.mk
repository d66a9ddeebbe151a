# test_winscard_alloc counts the allocations of the library, so they pass through functions of the test.
ALLOC_WRAP := malloc calloc realloc aligned_alloc posix_memalign
$(BUILD)/tests/unit/test_winscard_alloc: EXTRA_LIBS = $(ALLOC_WRAP:%=-Wl,--wrap=%)
