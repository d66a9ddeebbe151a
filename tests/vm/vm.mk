# The vm tier: the distribution's kernel under QEMU, with QEMU's own reader and emulated card (hardware models that are not ours).
.PHONY: check-vm
## make check-vm    the driver on a real kernel, against QEMU's usb-ccid reader
check-vm: $(BUILD)/libiscard.so $(BUILD)/tests/vm/vmtest | $(BUILD)/.deps-vm
	tests/vm/run.py $(BUILD)

$(BUILD)/tests/vm/vmtest: tests/vm/vmtest.c $(BUILD)/libiscard.so
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -MF $@.d -o $@ $< -L$(BUILD) -liscard
