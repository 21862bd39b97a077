# SPDX-License-Identifier: BSD-2-Clause
# The front door: Meson builds behind it.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all demo check bench fuzz install help clean

all: packages-build
	@PREFIX="$(PREFIX)" tools/build release

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

packages-%:
	@tools/packages $*
