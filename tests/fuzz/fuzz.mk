# Fuzz targets: tests/fuzz/fuzz_<parser>.c with a corpus in tests/fuzz/corpus/<parser>/. `make check-fuzz-replay` replays
# the corpora under the sanitizers, without a fuzzer; `make fuzz` looks for new inputs with clang's libFuzzer.

CHECKS += check-fuzz-replay

FUZZ_NAMES  := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_REPLAY := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/replay_%)
FUZZ_SECONDS ?= 60

$(BUILD)/tests/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(INTERNAL) | $(DEPS_CHECK)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) -DFUZZ_CORPUS='"tests/fuzz/corpus/$*"' -UNDEBUG -MF $@.d $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ \
	    tests/fuzz/fuzz_$*.c tests/fuzz/replay.c $(INTERNAL) $(LIB_LIBS)
-include $(FUZZ_REPLAY:%=%.d)

.PHONY: fuzz-replay check-fuzz-replay fuzz
fuzz-replay: $(FUZZ_REPLAY)

check-fuzz-replay: | $(DEPS_BUILD) $(DEPS_CHECK)
	$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined DEPS_BUILD=$(DEPS_BUILD) \
	    DEPS_CHECK=$(DEPS_CHECK) fuzz-replay
	tests/run $(BUILD) $(FUZZ_REPLAY:$(BUILD)/%=$(BUILD)/asan/%)

## make fuzz        looks for inputs that break a parser, FUZZ_SECONDS each (clang); make fuzz-atr: one
FUZZ_BUILD := $(BUILD)/fuzz
fuzz: $(FUZZ_NAMES:%=fuzz-%)
fuzz-%: $(FUZZ_BUILD)/fuzz_%
	@mkdir -p $(FUZZ_BUILD)/found/$*
	$< -max_total_time=$(FUZZ_SECONDS) -max_len=70000 -artifact_prefix=$(FUZZ_BUILD)/ $(FUZZ_BUILD)/found/$* tests/fuzz/corpus/$*

# The library in a build of its own, instrumented so that what an input reaches in it steers the fuzzer.
.PHONY: fuzz-library
fuzz-library: | $(DEPS_BUILD) $(DEPS_CHECK)
	$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) CC=clang SANITIZE=fuzzer-no-link,address,undefined \
	    DEPS_BUILD=$(DEPS_BUILD) DEPS_CHECK=$(DEPS_CHECK) $(FUZZ_BUILD)/obj/libinternal.a
.SECONDARY: $(FUZZ_NAMES:%=$(FUZZ_BUILD)/fuzz_%)
$(FUZZ_BUILD)/fuzz_%: tests/fuzz/fuzz_%.c fuzz-library
	clang $(filter-out -MMD -MP,$(CPPFLAGS_ALL)) -std=c11 $(WARNINGS) -g -O1 -pthread -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -o $@ $< $(FUZZ_BUILD)/obj/libinternal.a $(LIB_LIBS)
