# Many threads on virtual readers, and on the objects, under the thread sanitizer, in a build of its own.
STRESS := $(BUILD)/tests/threads/stress
STRESS_SECONDS ?= 10

-include $(STRESS).d
$(STRESS): tests/threads/stress.c $(INTERNAL) tests/threads/threads.mk | $(DEPS_CHECK)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -MF $@.d -o $@ $< $(INTERNAL) $(LIB_LIBS)

## make check-threads    32 threads under the thread sanitizer, for STRESS_SECONDS=10
CHECKS += check-threads
.PHONY: check-threads stress
stress: $(STRESS)
check-threads: | $(DEPS_BUILD) $(DEPS_CHECK)
	$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SANITIZE=thread DEPS_BUILD=$(DEPS_BUILD) \
	    DEPS_CHECK=$(DEPS_CHECK) stress $(BUILD)/tsan/tests/unit/test_com_threads \
	    $(BUILD)/tsan/tests/unit/test_files_threads
	$(BUILD)/tsan/tests/unit/test_com_threads
	$(BUILD)/tsan/tests/unit/test_files_threads
	ISCARD_STRESS_SECONDS=$(STRESS_SECONDS) $(BUILD)/tsan/tests/threads/stress
