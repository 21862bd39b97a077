#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sessions that the authors of the ABI showed, line by line, where the tree stands at their paths: session.sh TALLY.
#
# Of the patches that brought configfs-tsm (2023), and of the RFC of measurement registers (January 2024). Two of its lines
# go otherwise now: PCR maps are the provider's, as the review had it; and registers of the firmware are refused, as
# go-configfs-tsm has it, so what is measured into index 0 there goes into index 2 here.
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
	"$1" run --provider soft --dir "$TALLY_SESSION/soft" --soft-preset tdx -- sh "$0"
	exit
fi

cd "$TALLY_SESSION"
number=0

tell() {
	number=$((number + 1))
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

head -c 64 /dev/urandom >binary_userdata_plus_nonce
head -c 48 /dev/zero | tr '\0' '\245' >software_layer_digest

line 'report=/sys/kernel/config/tsm/report/report0'
line 'mkdir $report'
line 'dd if=binary_userdata_plus_nonce > $report/inblob'
line 'hexdump -C $report/outblob'
line 'dd if=/dev/urandom bs=64 count=1 > $report/inblob'
line 'cat $report/generation'
printed 'two inputs are generation 2' '^2$'
line 'rmdir $report'

line 'mkdir /sys/kernel/config/tsm/rtmrs/rtmr0'
line 'echo 0 > /sys/kernel/config/tsm/rtmrs/rtmr0/index'
line 'rmdir /sys/kernel/config/tsm/rtmrs/rtmr0'

line 'rtmr0=/sys/kernel/config/tsm/rtmrs/rtmr0'
line 'mkdir $rtmr0'
line 'echo 0 > $rtmr0/index'
line '! dd if=software_layer_digest > $rtmr0/digest'
printed 'the firmware has its register for itself' 'not permitted'
line 'rmdir $rtmr0'
line 'mkdir $rtmr0'
line 'echo 2 > $rtmr0/index'
line 'dd if=software_layer_digest > $rtmr0/digest'
line 'hexdump -C $rtmr0/digest'
expected=$(python3 -c 'import hashlib; print(hashlib.sha384(bytes(48) + bytes([0xa5]) * 48).hexdigest()[:6])')
printed 'the register is extended' "^00000000  $(echo "$expected" | sed 's/../& /g')"

line 'mkdir /sys/kernel/config/tsm/rtmrs/rtmr1'
line 'echo 3 > /sys/kernel/config/tsm/rtmrs/rtmr1/index'
line 'cat /sys/kernel/config/tsm/rtmrs/rtmr1/tcg_map'
line '! echo 16-18 > /sys/kernel/config/tsm/rtmrs/rtmr1/tcg_map'
line 'echo an event > /sys/kernel/config/tsm/rtmrs/rtmr1/append_event'
line 'cat /sys/kernel/config/tsm/rtmrs/rtmr1/event_log'
printed 'the event is in the log' 'an event'
line 'cat /sys/kernel/config/tsm/rtmrs/rtmr1/hash_algo'
printed 'the algorithm is sha384' '^sha384$'

echo "1..$number"
