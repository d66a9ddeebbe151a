# Headers made from idl/ by widl, the tables of IDispatch made from it, and what every public header must stand.
#
# The results are committed, so that building the library and using it need no widl.

# Asked at use: the package may only just have been installed.
WIDL = $(firstword $(shell for w in x86_64-w64-mingw32-widl i686-w64-mingw32-widl widl; do command -v $$w || :; done))
IDL_HEADERS := $(patsubst idl/%.idl,%.h,$(wildcard idl/scard*.idl))
IDL_PARTS := $(wildcard idl/*.idl) idl/generate idl/postprocess idl/dispatch

.PHONY: headers check-headers check-headers-compile
CHECKS += check-headers check-headers-compile

## make headers          write include/scard*.h and the tables of IDispatch anew from idl/ (needs widl)
headers: $(DEPS_CHECK)
	set -e; for h in $(IDL_HEADERS); do idl/generate "$(WIDL)" idl/$${h%.h}.idl include/$$h; done
	idl/dispatch idl >$(BUILD)/.dispatch_tables && mv $(BUILD)/.dispatch_tables src/com/dispatch_tables.c

check-headers: $(DEPS_CHECK) $(IDL_PARTS)
	@mkdir -p $(BUILD)/idl
	@set -e; for h in $(IDL_HEADERS); do \
	    idl/generate "$(WIDL)" idl/$${h%.h}.idl $(BUILD)/idl/$$h; \
	    diff -u include/$$h $(BUILD)/idl/$$h || { echo "include/$$h is out of date: make headers" >&2; exit 1; }; \
	done; \
	idl/dispatch idl | diff -u src/com/dispatch_tables.c - || \
	    { echo "src/com/dispatch_tables.c is out of date: make headers" >&2; exit 1; }; \
	echo "ok      headers and dispatch tables made from idl/ are up to date"

check-headers-compile: $(DEPS_CHECK) $(DEPS_BUILD)
	@LIBUSB_CFLAGS="$(LIBUSB_CFLAGS)" tests/idl/headers-compile include

# The same headers as C++ sees them, linked with the library; comdef.h also as it is where L"" has 16 bits.
CXX_HEADER_TESTS := $(patsubst %,$(BUILD)/tests/idl/%,classes comdef comdef-short)
CXX_HEADER_LINK = $(CXX) $(CPPFLAGS_ALL) $(CXXFLAGS_ALL) $(LDFLAGS_ALL) -MF $@.d -o $@ $< $(INTERNAL) $(LIB_LIBS)
$(BUILD)/tests/idl/%: tests/idl/%.cpp $(INTERNAL) | $(DEPS_CHECK)
	@mkdir -p $(@D)
	$(CXX_HEADER_LINK)
$(BUILD)/tests/idl/%-short: tests/idl/%.cpp $(INTERNAL) | $(DEPS_CHECK)
	@mkdir -p $(@D)
	$(CXX_HEADER_LINK) -fshort-wchar
-include $(CXX_HEADER_TESTS:%=%.d)
.PHONY: check-cxx-headers
CHECKS += check-cxx-headers
check-cxx-headers: $(CXX_HEADER_TESTS)
	set -e; for test in $(CXX_HEADER_TESTS); do $$test; done
