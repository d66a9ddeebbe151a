# The checks on the house itself: layers, exported names, the README's programs.
.PHONY: check-layers check-symbols check-readme check-packages
CHECKS += check-layers check-symbols check-readme check-packages

check-layers:
	tests/house/layers $(CC)

check-symbols: all
	tests/house/symbols $(BUILD)

check-readme: all | $(DEPS_CHECK)
	tests/house/readme $(BUILD) $(CC) $(CXX)

check-packages:
	tests/house/packages all check-unit check-usb check-compat check-oom-functions check-matrix check-peers
