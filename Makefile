# SPDX-License-Identifier: BSD-2-Clause
# The front door: Meson builds behind it.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all static demo check packages-test readers-test peers-test clients-test life bench fuzz install help clean

all: packages-build
	@PREFIX="$(PREFIX)" tools/build release

static: packages-build
	@tools/build static

demo: packages-demo all
	@tools/demo build/tally

check: packages-check
	@tools/check

packages-test: packages-debian
	@tools/test-packages

readers-test: packages-readers all
	@tools/test-readers

peers-test: packages-peers all
	@tools/test-peers

clients-test: packages-clients all
	@tools/test-clients

life: packages-build
	@tools/life

bench: packages-bench all
	@tools/bench

fuzz: packages-check
	@tools/fuzz

install: packages-build all
	@DESTDIR="$(DESTDIR)" meson install -C build --no-rebuild

help:
	@echo 'make demo     measure, attest and verify on this machine; replay a recorded boot'
	@echo 'make check    build and run all tests'
	@echo 'make readers-test  let readers that others wrote read what tally writes'
	@echo 'make peers-test  let verifiers that others wrote judge the same evidence (TALLY_VECTORS)'
	@echo 'make clients-test  let clients that others wrote measure and attest through the tree'
	@echo 'make bench    measure speed, as ratios (BENCH="NAME...", JSON=1)'
	@echo 'make packages-test  build the Debian packages twice, and try them in a clean system'
	@echo 'make life     live one log through a million events, judged at each stage (EVENTS=N)'
	@echo 'make fuzz     fuzz every reader (FUZZ_RUNS=1000000, FUZZ="NAME...")'
	@echo 'make static   build build-static/tally, for an initrd: it needs no library'
	@echo 'make install  install the program and the library (DESTDIR, PREFIX)'
	@echo 'make          build build/tally'

clean:
	@rm -rf build build-*

packages-%:
	@tools/packages $*
