# Installs the library for C and C++ programs, and holds the few commands that are longer than a line. `cargo build` and
# `cargo test` need none of this.
#
#   make                    release build of the shared and the static library
#   make install PREFIX=..  libraries with their links, headers, pkg-config file, CMake package (DESTDIR is honoured)
#   make uninstall PREFIX=..
#   make bench-gpu          library beside raw driver on the first NVIDIA GPU
#   make bench-cpu          the CPU device beside hand-written OpenMP C and, where installed, an OpenCL runtime

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
CARGO ?= cargo
CC ?= cc
INSTALL ?= install
# "release" or "debug": what `make install` builds and takes.
PROFILE ?= release
TARGET_DIR ?= target

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
MAJOR := $(word 1,$(subst ., ,$(VERSION)))
MINOR := $(word 2,$(subst ., ,$(VERSION)))
BUILT := $(TARGET_DIR)/$(PROFILE)
HEADERS := include/vmgpu.h include/vmgpu.hpp include/vmgpu_loader.h
PACKAGE := $(LIBDIR)/cmake/vmgpu
# What a program that links the static library needs besides.
STATIC_LIBS := -ldl -lpthread -lm -lgcc_s

FILL := sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' \
	-e 's|@VERSION@|$(VERSION)|g' -e 's|@MAJOR@|$(MAJOR)|g' -e 's|@MINOR@|$(MINOR)|g' -e 's|@STATIC_LIBS@|$(STATIC_LIBS)|g'

.PHONY: all build install uninstall bench-gpu bench-cpu

all: build

# Root often has no cargo: what was built before is installed then.
build:
	@if command -v $(CARGO) >/dev/null || ! test -e '$(BUILT)/libvmgpu.so'; then set -x; \
		$(CARGO) build --lib $(if $(filter release,$(PROFILE)),--release) --target-dir '$(TARGET_DIR)'; fi

install: build
	$(INSTALL) -d '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(PACKAGE)' '$(DESTDIR)$(INCLUDEDIR)'
	$(INSTALL) -m 755 '$(BUILT)/libvmgpu.so' '$(DESTDIR)$(LIBDIR)/libvmgpu.so.$(VERSION)'
	ln -sf 'libvmgpu.so.$(VERSION)' '$(DESTDIR)$(LIBDIR)/libvmgpu.so.$(MAJOR)'
	ln -sf 'libvmgpu.so.$(MAJOR)' '$(DESTDIR)$(LIBDIR)/libvmgpu.so'
	$(INSTALL) -m 644 '$(BUILT)/libvmgpu.a' '$(DESTDIR)$(LIBDIR)/libvmgpu.a'
	$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(INCLUDEDIR)'
	$(FILL) vmgpu.pc.in > '$(DESTDIR)$(LIBDIR)/pkgconfig/vmgpu.pc'
	$(FILL) cmake/vmgpu-config.cmake.in > '$(DESTDIR)$(PACKAGE)/vmgpu-config.cmake'
	$(FILL) cmake/vmgpu-config-version.cmake.in > '$(DESTDIR)$(PACKAGE)/vmgpu-config-version.cmake'
	chmod 644 '$(DESTDIR)$(LIBDIR)/pkgconfig/vmgpu.pc' '$(DESTDIR)$(PACKAGE)'/*.cmake

uninstall:
	rm -f '$(DESTDIR)$(LIBDIR)/libvmgpu.so.$(VERSION)' '$(DESTDIR)$(LIBDIR)/libvmgpu.so.$(MAJOR)' \
		'$(DESTDIR)$(LIBDIR)/libvmgpu.so' '$(DESTDIR)$(LIBDIR)/libvmgpu.a' \
		'$(DESTDIR)$(LIBDIR)/pkgconfig/vmgpu.pc' '$(DESTDIR)$(PACKAGE)/vmgpu-config.cmake' \
		'$(DESTDIR)$(PACKAGE)/vmgpu-config-version.cmake' \
		$(foreach header,$(notdir $(HEADERS)),'$(DESTDIR)$(INCLUDEDIR)/$(header)')
	-rmdir '$(DESTDIR)$(PACKAGE)' 2>/dev/null

bench-gpu: build
	mkdir -p '$(TARGET_DIR)/bench'
	ln -sf '$(abspath $(BUILT))/libvmgpu.so' '$(TARGET_DIR)/bench/libvmgpu.so.$(MAJOR)'
	$(CC) -std=c11 -O2 -Wall -Iinclude benches/gpu.c -o '$(TARGET_DIR)/bench/gpu' '$(BUILT)/libvmgpu.so' \
		-Wl,-rpath,'$(abspath $(TARGET_DIR))/bench' -ldl -lpthread -lm
	'$(TARGET_DIR)/bench/gpu'

bench-cpu:
	benches/cpu/run
