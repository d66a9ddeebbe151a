# Drivers that are not ours judge the virtual reader, on the mocked bus of the usb tier.
include tests/usb/names

## make check-peers pcscd with libccid and scdaemon, unmodified, against the virtual reader
check-peers: $(USB_RUN) $(USB_SHIM) | $(BUILD)/.deps-peers $(DEPS_CHECK)
	tests/peers/judge.py $(USB_RUN)
