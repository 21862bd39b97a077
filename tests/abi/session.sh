#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sessions that the authors of the ABI showed, line by line, where the tree stands at their paths: session.sh TALLY.
#
# Of the patches that brought configfs-tsm (2023), and of both versions of the RFC of measurement registers (January
# 2024). Only the lines that write tcg_map go otherwise: the first version let users map PCRs, the review had maps come
# from the platform, and in the second the file is read-only.
# shellcheck disable=SC2016 # a line is evaluated when its turn comes
set -eu

if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP only root mounts the tree at its paths"
	exit
fi
if [ ! -c /dev/fuse ]; then
	echo "1..0 # SKIP there is no /dev/fuse"
	exit
fi
if [ -z "${TALLY_SESSION:-}" ]; then
	TALLY_SESSION=$(mktemp -d)
	export TALLY_SESSION
	trap 'rm -rf "$TALLY_SESSION"' EXIT
	echo 0 >"$TALLY_SESSION/number"
	"$1" run --provider soft --dir "$TALLY_SESSION/soft" -- sh "$0" guest
	"$1" run --provider soft --dir "$TALLY_SESSION/tdx" --soft-preset tdx -- sh "$0" firmware
	echo "1..$(cat "$TALLY_SESSION/number")"
	exit
fi

cd "$TALLY_SESSION"
number=$(cat number)

tell() {
	number=$((number + 1))
	echo "$number" >number
	echo "$1 $number - $2"
}

# A line of a session succeeds.
line() {
	if eval "$1" >output 2>&1; then
		tell ok "$1"
	else
		tell 'not ok' "$1"
		sed 's/^/# /' output
	fi
}

# The last line printed so.
printed() {
	if grep -q "$2" output; then
		tell ok "$1"
	else
		tell 'not ok' "$1"
		sed 's/^/# /' output
	fi
}

# The last line printed what a register that was extended once holds.
printed_extended() {
	python3 -c 'import hashlib, sys; sys.stdout.buffer.write(hashlib.sha384(bytes(48) + bytes([0xa5]) * 48).digest())' >value
	hexdump value >expected
	if cmp expected output; then
		tell ok "$1"
	else
		tell 'not ok' "$1"
		sed 's/^/# /' output
	fi
}

head -c 64 /dev/urandom >binary_userdata_plus_nonce
head -c 48 /dev/zero | tr '\0' '\245' >software_layer_digest

# Where index 0 is the firmware's, what go-configfs-tsm's own fake answers; the other registers are the guest's.
firmware() {
	line 'rtmr0=/sys/kernel/config/tsm/rtmrs/rtmr0'
	line 'mkdir $rtmr0'
	line 'echo 0 > $rtmr0/index'
	line '! dd if=software_layer_digest > $rtmr0/digest'
	printed 'the firmware has its register for itself' 'not permitted'
	line 'rmdir $rtmr0'
	line 'mkdir $rtmr0'
	line 'echo 2 > $rtmr0/index'
	line 'dd if=software_layer_digest > $rtmr0/digest'
	line 'hexdump $rtmr0/digest'
	printed_extended 'a register of the guest is extended'
}

guest() {
	line 'report=/sys/kernel/config/tsm/report/report0'
	line 'mkdir $report'
	line 'dd if=binary_userdata_plus_nonce > $report/inblob'
	line 'hexdump $report/outblob'
	line 'hexdump -C $report/outblob'
	line 'dd if=/dev/urandom bs=64 count=1 > $report/inblob'
	line 'cat $report/generation'
	printed 'two inputs are generation 2' '^2$'
	line 'rmdir $report'

	line 'mkdir /sys/kernel/config/tsm/rtmrs/rtmr0'
	line 'mkdir /sys/kernel/config/tsm/rtmrs/rtmr1'
	line 'echo 0 > /sys/kernel/config/tsm/rtmrs/rtmr0/index'
	line 'echo 1 > /sys/kernel/config/tsm/rtmrs/rtmr1/index'
	line '! echo 4-8 > /sys/kernel/config/tsm/rtmrs/rtmr0/tcg_map'
	printed 'no user maps PCRs to the first' 'not permitted'
	line '! echo 16-18 > /sys/kernel/config/tsm/rtmrs/rtmr1/tcg_map'
	printed 'nor to the second' 'not permitted'
	line 'cat /sys/kernel/config/tsm/rtmrs/rtmr0/tcg_map'
	printed 'the map of the first is the platform'\''s' '^1,7$'
	line 'cat /sys/kernel/config/tsm/rtmrs/rtmr1/tcg_map'
	printed 'and that of the second' '^2-6$'
	line 'rmdir /sys/kernel/config/tsm/rtmrs/rtmr0 /sys/kernel/config/tsm/rtmrs/rtmr1'

	line 'mkdir /sys/kernel/config/tsm/rtmrs/rtmr0'
	line 'echo 0 > /sys/kernel/config/tsm/rtmrs/rtmr0/index'
	line 'rmdir /sys/kernel/config/tsm/rtmrs/rtmr0'

	line 'rtmr0=/sys/kernel/config/tsm/rtmrs/rtmr0'
	line 'mkdir $rtmr0'
	line 'echo 0 > $rtmr0/index'
	line 'dd if=software_layer_digest > $rtmr0/digest'
	line 'hexdump $rtmr0/digest'
	printed_extended 'the register is extended'

	line 'echo an event > $rtmr0/append_event'
	line 'cat $rtmr0/event_log'
	printed 'the event is in the log' 'an event'
	line 'cat $rtmr0/hash_algo'
	printed 'the algorithm is sha384' '^sha384$'
}

"$1"
