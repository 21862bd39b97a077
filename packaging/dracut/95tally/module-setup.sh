#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Bring tally into the initramfs, so that hooks there can measure: add_dracutmodules+=" tally " in dracut.conf.

# Only where it is asked for.
check() {
	require_binaries tally || return 1
	return 255
}

depends() {
	return 0
}

# Log and state are in /run, which the real root takes over: what is measured here is in the log that it goes on with.
install() {
	inst_multiple tally
	inst_simple -o /etc/ssl/openssl.cnf
}
