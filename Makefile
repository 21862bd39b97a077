# SPDX-License-Identifier: BSD-2-Clause
# The front door: Meson builds behind it.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all demo check bench fuzz install help clean

all: build/build.ninja
	@meson compile -C build

demo: packages-demo all
	@tools/demo build/tally

check: packages-check
	@tools/check

bench: packages-bench all
	@tools/bench

fuzz: packages-check
	@tools/fuzz

install: packages-build all
	@DESTDIR="$(DESTDIR)" meson install -C build --no-rebuild

help:
	@echo 'make demo     measure, attest and verify on this machine; replay a recorded boot'
	@echo 'make check    build and run all tests'
	@echo 'make bench    measure speed, as ratios (BENCH="NAME...", JSON=1)'
	@echo 'make fuzz     fuzz every reader (FUZZ_RUNS=1000000, FUZZ="NAME...")'
	@echo 'make install  install the program and the library (DESTDIR, PREFIX)'
	@echo 'make          build build/tally'

clean:
	@rm -rf build build-*

build/build.ninja: | packages-build
	@meson setup --buildtype=release --prefix="$(PREFIX)" build >build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
	@rm -f build.log

packages-%:
	@tools/packages $*
