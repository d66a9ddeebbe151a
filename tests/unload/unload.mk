# The shared library loaded and let go by a program that does not link it.
$(BUILD)/tests/unload/unload: tests/unload/unload.c include/*.h | $(DEPS_CHECK)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -Werror -Iinclude -o $@ $< -ldl -pthread

.PHONY: check-unload
CHECKS += check-unload
check-unload: $(BUILD)/tests/unload/unload $(BUILD)/libiscard.so
	$< $(BUILD)/libiscard.so
