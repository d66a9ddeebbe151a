# The scenario of an attachment on every kind of reader, and with every fault at every message of it.
MATRIX_TESTS := $(BUILD)/tests/matrix/test_matrix $(BUILD)/tests/matrix/test_faults
MATRIX_SUPPORT_OBJ := $(patsubst %,$(BUILD)/obj/tests/matrix/%.o,card cells clock codes heap world)
# Allocations pass through functions of the test, which counts them; waits pass without time.
MATRIX_WRAP := malloc calloc realloc free strdup strndup posix_memalign aligned_alloc clock_gettime pthread_cond_timedwait

-include $(MATRIX_SUPPORT_OBJ:.o=.d)
$(MATRIX_TESTS): $(BUILD)/tests/matrix/%: tests/matrix/%.c $(MATRIX_SUPPORT_OBJ) $(INTERNAL) $(BUILD)/obj/libsupport.a \
    tests/matrix/matrix.mk | $(DEPS_CHECK)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -MF $@.d -o $@ $< $(MATRIX_SUPPORT_OBJ) $(BUILD)/obj/libsupport.a \
	    $(INTERNAL) $(MATRIX_WRAP:%=-Wl,--wrap=%) -lcmocka $(LIB_LIBS)
-include $(MATRIX_TESTS:%=%.d)

## make check-matrix     the scenario on every kind of reader, with every fault at every message
CHECKS += check-matrix check-matrix-sanitized
.PHONY: check-matrix check-matrix-sanitized
check-matrix: $(MATRIX_TESTS)
	@rm -f $(BUILD)/matrix.txt
	ISCARD_MATRIX_REPORT=$(BUILD)/matrix.txt ISCARD_TEST_LIMIT=400 tests/run $(BUILD) $(MATRIX_TESTS)
	@cat $(BUILD)/matrix.txt

# Once more with sanitizers; of the faults a part, as test_faults says.
check-matrix-sanitized: | $(DEPS_BUILD) $(DEPS_CHECK)
	$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined DEPS_BUILD=$(DEPS_BUILD) \
	    DEPS_CHECK=$(DEPS_CHECK) check-matrix
