# Programs as they were written for Windows, built with nothing but -I and -l, and run on the virtual reader.
SAMPLES := $(patsubst tests/samples/%,$(BUILD)/tests/samples/%.run,$(wildcard tests/samples/*.c tests/samples/*.cpp))
SAMPLE_WARNINGS := -Wall -Wextra -Wpedantic -Werror

$(BUILD)/tests/samples/%.c.run: tests/samples/%.c $(BUILD)/libiscard.so include/*.h | $(DEPS_CHECK)
	@mkdir -p $(@D)
	$(CC) -std=c11 $(SAMPLE_WARNINGS) $(SANITIZE_FLAGS) -Iinclude -o $@ $< -L$(BUILD) -Wl,-rpath,$(abspath $(BUILD)) -liscard
$(BUILD)/tests/samples/%.cpp.run: tests/samples/%.cpp $(BUILD)/libiscard.so include/*.h | $(DEPS_CHECK)
	@mkdir -p $(@D)
	$(CXX) -std=c++11 $(SAMPLE_WARNINGS) $(SANITIZE_FLAGS) -Iinclude -o $@ $< -L$(BUILD) -Wl,-rpath,$(abspath $(BUILD)) -liscard

## make check-samples    programs in the style of the platform SDK, both forms, C and C++
CHECKS += check-samples
.PHONY: check-samples
check-samples: $(SAMPLES)
	@[ -n "$(SAMPLES)" ]
	ISCARD_SIM=1 tests/run $(BUILD) $(SAMPLES)
