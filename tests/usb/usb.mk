# The usb tier: our code on Debian's unmodified libusb, over a mocked bus with virtual readers on it.
include tests/usb/names

$(BUILD)/obj/shim/%.o: %.c | $(DEPS_BUILD)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) -Itests/usb $(filter-out $(SANITIZE_FLAGS),$(CFLAGS_ALL)) -c -o $@ $<
$(USB_SHIM): $(USB_SHIM_OBJ) tests/usb/usb.mk
	@mkdir -p $(@D)
	$(CC) -shared -pthread $(LDFLAGS) -Wl,-z,defs -Wl,-Bsymbolic -o $@ $(USB_SHIM_OBJ) -lcrypto -ldl
-include $(USB_SHIM_OBJ:.o=.d)

$(USB_SUPPORT_OBJ): | $(DEPS_USB)
$(USB_SUPPORT_OBJ): EXTRA_CFLAGS = $(UMOCKDEV_CFLAGS) $(LIBUSB_CFLAGS)
-include $(USB_SUPPORT_OBJ:.o=.d)

# The tests stand on the public headers and the shared library, as a user's program does.
USB_LINK = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(UMOCKDEV_CFLAGS) $(LIBUSB_CFLAGS) $(LDFLAGS_ALL) -MF $@.d -o $@ $< \
    $(USB_SUPPORT_OBJ) -L$(BUILD) -Wl,-rpath,$(abspath $(BUILD)) -Wl,--as-needed -liscard -lcmocka \
    $(UMOCKDEV_LIBS) $(LIB_LIBS)

$(USB_TESTS): $(BUILD)/tests/usb/%: tests/usb/%.c $(USB_SUPPORT_OBJ) $(BUILD)/libiscard.so tests/usb/usb.mk \
    | $(USB_SHIM) $(DEPS_CHECK) $(DEPS_USB)
	@mkdir -p $(@D)
	$(USB_LINK)
-include $(USB_TESTS:%=%.d)

# It needs no library of ours: drivers that are not ours run under it too.
$(USB_RUN): tests/usb/usbtier-run.c $(USB_SUPPORT_OBJ) tests/usb/usb.mk | $(USB_SHIM) $(DEPS_USB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(UMOCKDEV_CFLAGS) $(LIBUSB_CFLAGS) $(LDFLAGS_ALL) -MF $@.d -o $@ $< $(USB_SUPPORT_OBJ) \
	    $(UMOCKDEV_LIBS) $(LIB_LIBS)
-include $(USB_RUN).d

## make check-usb   the tests over real libusb on a mocked bus
CHECKS += check-usb
check-usb: $(USB_TESTS) $(USB_SHIM) $(USB_RUN)
	tests/run $(BUILD) $(USB_TESTS)

# Once more with sanitizers in the library and the tests, beside those of check-sanitized.
CHECKS += check-usb-sanitized
.PHONY: check-usb-sanitized
check-usb-sanitized: | $(DEPS_BUILD) $(DEPS_CHECK) $(DEPS_USB)
	$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined DEPS_BUILD=$(DEPS_BUILD) \
	    DEPS_CHECK=$(DEPS_CHECK) DEPS_USB=$(DEPS_USB) check-usb
