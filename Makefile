# libiscard. `make`, `make demo`, `make check`; `make help` lists the rest. Everything built is under $(BUILD).

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
# A line for each step; `make V=1` shows the commands.
ifndef V
.SILENT:
endif
.DEFAULT_GOAL := all

VERSION  := 0.1.0
SOMAJOR  := 0
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
LIBDIR   ?= $(PREFIX)/lib
ifeq ($(origin CC),default)
CC       := gcc
endif
ifeq ($(origin CXX),default)
CXX      := $(if $(findstring clang,$(CC)),clang++,g++)
endif
SANITIZE ?=
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion

CPPFLAGS_ALL = -D_GNU_SOURCE -DISCARD_VERSION='"$(VERSION)"' -Iinclude -Isrc -I. -MMD -MP $(CPPFLAGS)
SANITIZE_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
CFLAGS_ALL   = -std=c11 $(WARNINGS) $(WERROR) -fPIC -fvisibility=hidden -pthread $(CFLAGS) $(SANITIZE_FLAGS)
CXXFLAGS_ALL = -std=c++11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(WERROR) -fPIC -pthread $(CFLAGS) $(SANITIZE_FLAGS)
LDFLAGS_ALL  = -pthread $(LDFLAGS) $(SANITIZE_FLAGS)
# Asked at use, not at reading: the package that answers may only just have been installed.
LIBUSB_CFLAGS = $(shell pkg-config --cflags libusb-1.0)
LIB_LIBS      = $(shell pkg-config --libs libusb-1.0 libcrypto)
# The tool's scripts alone; the libraries know nothing of it.
LUA_CFLAGS    = $(shell pkg-config --cflags lua5.4)
LUA_LIBS      = $(shell pkg-config --libs lua5.4)

LIB_SRC  := $(sort $(wildcard src/com/*.c src/core/*.c src/core/card/*.c src/core/card/profiles/*.c \
              src/ccid/*.c src/sim/*.c src/sim/profiles/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
TOOL_SRC := $(sort $(wildcard tools/iscard/*.c))
TOOL_OBJ := $(TOOL_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT     := $(UNIT_SRC:tests/%.c=$(BUILD)/tests/%)
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/support/*.c)))
INTERNAL := $(BUILD)/obj/libinternal.a

# One stamp for each group of Debian packages; tools/deps says which packages a group has.
DEPS_BUILD := $(BUILD)/.deps-build
DEPS_CHECK := $(BUILD)/.deps-check

.PHONY: all demo check check-unit check-sanitized check-usb check-peers bench lint install uninstall clean help
all: $(BUILD)/libiscard.so $(BUILD)/libiscard.a $(BUILD)/iscard $(BUILD)/libiscard.pc

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | sort

$(BUILD)/.deps-%: tools/deps
	@mkdir -p $(@D)
	@tools/deps $*
	@touch $@

# ---- objects
$(BUILD)/obj/%.o: %.c | $(DEPS_BUILD)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(EXTRA_CFLAGS) -c -o $@ $<
$(BUILD)/obj/src/ccid/usb.o: EXTRA_CFLAGS = $(LIBUSB_CFLAGS)
$(patsubst %,$(BUILD)/obj/tools/iscard/%.o,lua_% run script): EXTRA_CFLAGS = $(LUA_CFLAGS) -I$(BUILD)/gen
-include $(patsubst %.o,%.d,$(LIB_OBJ) $(TOOL_OBJ) $(SUPPORT_OBJ))

# The constants of the headers, for scripts.
$(BUILD)/gen/constants.inc: tools/iscard/constants $(wildcard include/*.h)
	@mkdir -p $(@D)
	tools/iscard/constants $(filter %.h,$^) > $@
$(BUILD)/obj/tools/iscard/lua_constants.o: $(BUILD)/gen/constants.inc

$(INTERNAL): $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

# ---- libraries
$(BUILD)/libiscard.so.$(VERSION): $(LIB_OBJ) src/libiscard.map
	@echo "  LD      $@"
	$(CC) -shared $(LDFLAGS_ALL) -Wl,-soname,libiscard.so.$(SOMAJOR) -Wl,--version-script=src/libiscard.map \
	    $(if $(SANITIZE),,-Wl,-z,defs) -o $@ $(LIB_OBJ) $(LIB_LIBS)
$(BUILD)/libiscard.so.$(SOMAJOR): $(BUILD)/libiscard.so.$(VERSION)
	ln -sf $(<F) $@
$(BUILD)/libiscard.so: $(BUILD)/libiscard.so.$(SOMAJOR)
	ln -sf $(<F) $@

# One relocatable object whose hidden symbols are local, so that nothing of ours meets a name of the program's.
$(BUILD)/libiscard.a: $(LIB_OBJ)
	@echo "  AR      $@"
	ld -r -o $(BUILD)/obj/libiscard.o $^
	objcopy --localize-hidden $(BUILD)/obj/libiscard.o
	@rm -f $@
	ar rcs $@ $(BUILD)/obj/libiscard.o

# Scripts of the tool may let an allocation of the library fail: tools/iscard/memory.h
TOOL_WRAP := malloc calloc realloc posix_memalign aligned_alloc strdup
$(BUILD)/iscard: $(TOOL_OBJ) $(INTERNAL)
	@echo "  LD      $@"
	$(CC) $(LDFLAGS_ALL) $(TOOL_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(LUA_LIBS) $(LIB_LIBS)

$(BUILD)/libiscard.pc: libiscard.pc.in Makefile
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' $< > $@

# ---- tests: one program for each module
$(SUPPORT_OBJ): | $(DEPS_CHECK)
$(BUILD)/obj/libsupport.a: $(SUPPORT_OBJ)
	@rm -f $@
	@mkdir -p $(@D)
	ar rcs $@ $^
$(BUILD)/tests/unit/%: tests/unit/%.c $(INTERNAL) $(BUILD)/obj/libsupport.a | $(DEPS_CHECK)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(EXTRA_CFLAGS) $(LDFLAGS_ALL) -MF $@.d -o $@ $< $(BUILD)/obj/libsupport.a $(INTERNAL) $(EXTRA_LIBS) -lcmocka $(LIB_LIBS)
-include $(UNIT:%=%.d)

CHECKS :=
include src/compat/compat.mk
include $(sort $(wildcard tests/*/*.mk))

check-unit: $(UNIT)
	tests/run $(BUILD) $(UNIT)

# The unit tests once more with address and undefined-behaviour sanitizers, in a build of their own.
check-sanitized: | $(DEPS_BUILD) $(DEPS_CHECK)
	$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined DEPS_BUILD=$(DEPS_BUILD) \
	    DEPS_CHECK=$(DEPS_CHECK) check-unit

## make demo        the whole life of an attachment, on a virtual reader
demo: $(BUILD)/iscard
	$(BUILD)/iscard demo

## make check       every test that needs no hardware; also make check-unit, check-usb and the like
check: all
	@rm -f $(BUILD)/results $(BUILD)/asan/results
	$(MAKE) --no-print-directory check-unit
	$(MAKE) --no-print-directory check-sanitized
	$(MAKE) --no-print-directory $(CHECKS)
	@echo "make check: all passed"

## make lint        formatting and static analysis
FORMATTED = $(shell git ls-files '*.c' '*.h' '*.cpp' | grep -v -e '^include/scardcom' -e '^include/scardtypes')
lint: $(BUILD)/gen/constants.inc | $(BUILD)/.deps-lint
	clang-format --dry-run --Werror $(FORMATTED)
	cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --error-exitcode=1 -j 2 -D_GNU_SOURCE -Iinclude -Isrc -I$(BUILD)/gen src tools
	printf '%s\n' $(LIB_SRC) $(TOOL_SRC) | xargs -P 2 -n 8 sh -c \
	    'clang-tidy --quiet "$$@" -- -std=c11 -D_GNU_SOURCE -DISCARD_VERSION=\"lint\" -Iinclude -Isrc -I. -I$(BUILD)/gen $(LIBUSB_CFLAGS) $(LUA_CFLAGS) 2>/dev/null' lint

## make install     PREFIX=/usr/local DESTDIR=
install: all
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include/iscard $(DESTDIR)$(PREFIX)/bin \
	    $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/lib/udev/rules.d $(DESTDIR)$(PREFIX)/share/doc/libiscard/docs
	install -m 644 include/*.h $(DESTDIR)$(PREFIX)/include/iscard
	install -m 755 $(BUILD)/libiscard.so.$(VERSION) $(DESTDIR)$(LIBDIR)
	ln -sf libiscard.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libiscard.so.$(SOMAJOR)
	ln -sf libiscard.so.$(SOMAJOR) $(DESTDIR)$(LIBDIR)/libiscard.so
	install -m 644 $(BUILD)/libiscard.a $(DESTDIR)$(LIBDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' libiscard.pc.in \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/libiscard.pc
	install -m 755 $(BUILD)/iscard $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 udev/92-libiscard.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d
	install -m 644 README.md LICENSE CHANGELOG.md $(DESTDIR)$(PREFIX)/share/doc/libiscard
	install -m 644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/libiscard/docs

## make uninstall   what install put there, with the same PREFIX and DESTDIR
uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/include/iscard $(DESTDIR)$(PREFIX)/share/doc/libiscard
	rm -f $(DESTDIR)$(LIBDIR)/libiscard.* $(DESTDIR)$(LIBDIR)/pkgconfig/libiscard.pc $(DESTDIR)$(PREFIX)/bin/iscard
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/iscard.1 $(DESTDIR)$(PREFIX)/lib/udev/rules.d/92-libiscard.rules

## make clean       removes the build folder
clean:
	rm -rf $(BUILD)
