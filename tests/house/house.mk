# The checks on the house itself: layers, exported names, the README's programs.
.PHONY: check-layers check-symbols check-readme
CHECKS += check-layers check-symbols check-readme

check-layers:
	tests/house/layers $(CC)

check-symbols: all
	tests/house/symbols $(BUILD)

check-readme: all | $(DEPS_CHECK)
	tests/house/readme $(BUILD) $(CC) $(CXX)
