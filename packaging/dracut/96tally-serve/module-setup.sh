#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Serve the tree in the initramfs: add_dracutmodules+=" tally-serve " in dracut.conf.

# Only where it is asked for.
check() {
	return 255
}

depends() {
	echo tally
}

installkernel() {
	hostonly='' instmods fuse overlay
}

# Where the initramfs has systemd the unit is started; otherwise hooks call tally serve --keeper, or tally run.
install() {
	inst_multiple /usr/libexec/tally/tally-serve
	inst_multiple -o /usr/lib/sysusers.d/tally-serve.conf
	dracut_module_included systemd || return 0
	inst_multiple -o /usr/lib/systemd/system/tally-serve.service /lib/systemd/system/tally-serve.service
	# shellcheck disable=SC2154
	$SYSTEMCTL -q --root "$initdir" enable tally-serve.service
}
