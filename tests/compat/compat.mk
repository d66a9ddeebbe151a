# Existing PC/SC programs, unmodified, on the compatibility library; its functions on scripted readers; its binary interface.
include tests/usb/names

COMPAT_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/compat/test_*.c)))
COMPAT_ABI  := $(BUILD)/obj/tests/compat/abi_ours.o
# Where the original's headers are installed, they are held against the same list.
COMPAT_ABI_THEIRS = $(if $(wildcard /usr/include/PCSC/reader.h),$(BUILD)/obj/tests/compat/abi_theirs.o)

$(BUILD)/obj/tests/compat/abi_theirs.o: tests/compat/abi_theirs.c tests/compat/abi.h
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) -std=c11 -Wall -Wextra -Wpedantic -I/usr/include/PCSC -c -o $@ $<
-include $(COMPAT_ABI:.o=.d)

$(COMPAT_TESTS): $(BUILD)/tests/%: tests/%.c $(COMPAT_OBJ) $(INTERNAL) $(BUILD)/obj/libsupport.a | $(DEPS_CHECK)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -MF $@.d -o $@ $< $(COMPAT_OBJ) $(BUILD)/obj/libsupport.a $(INTERNAL) \
	    -lcmocka $(LIB_LIBS)
-include $(COMPAT_TESTS:=.d)

# A mocked machine whose readers the program under it can unplug.
COMPAT_RUN := $(BUILD)/tests/compat/hotplug-run
$(COMPAT_RUN): tests/compat/hotplug-run.c $(USB_SUPPORT_OBJ) | $(USB_SHIM) $(DEPS_USB)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) $(CPPFLAGS_ALL) -Itests/usb $(CFLAGS_ALL) $(UMOCKDEV_CFLAGS) $(LIBUSB_CFLAGS) $(LDFLAGS_ALL) -MF $@.d -o $@ $< \
	    $(USB_SUPPORT_OBJ) $(UMOCKDEV_LIBS) $(LIB_LIBS)
-include $(COMPAT_RUN).d

## make check-compat     Debian's PC/SC programs on build/compat/libpcsclite.so.1
CHECKS += check-compat check-compat-sanitized
.PHONY: check-compat check-compat-functions check-compat-sanitized
check-compat-functions: $(COMPAT_TESTS)
	tests/run $(BUILD) $(COMPAT_TESTS)
check-compat: check-compat-functions $(COMPAT_LIB) $(COMPAT_ABI) $(COMPAT_ABI_THEIRS) $(COMPAT_RUN) $(USB_SHIM) \
    | $(BUILD)/.deps-compat $(DEPS_CHECK)
	tests/compat/symbols $(COMPAT_LIB)
	COMPAT=$(abspath $(dir $(COMPAT_LIB))) HOTPLUG_RUN=$(abspath $(COMPAT_RUN)) ISCARD_USBTIER_SHIM=$(abspath $(USB_SHIM)) \
	    tests/run $(BUILD) tests/compat/programs.py

check-compat-sanitized: | $(DEPS_BUILD) $(DEPS_CHECK)
	$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined DEPS_BUILD=$(DEPS_BUILD) \
	    DEPS_CHECK=$(DEPS_CHECK) check-compat-functions

## make check-compat-original     the library beside the original: libpcsclite with pcscd and libccid (part of check-peers)
.PHONY: check-compat-original
check-peers: check-compat-original
check-compat-original: $(COMPAT_LIB) $(USB_RUN) $(USB_SHIM) | $(BUILD)/.deps-peers $(BUILD)/.deps-compat
	tests/compat/original.py $(USB_RUN) $(dir $(COMPAT_LIB))
