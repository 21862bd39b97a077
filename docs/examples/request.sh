#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Ask the authority by the transaction file: request.sh FILE append REGISTER TYPE NAME DATA | evidence NONCE | log [FROM]
set -eu
LC_ALL=C # lengths are those of bytes
export LC_ALL

# A number as so many bytes, big-endian.
bytes() {
	shift_by=$((($2 - 1) * 8))
	while [ "$shift_by" -ge 0 ]; do
		# shellcheck disable=SC2059 # the number is the format
		printf "\\$(printf %03o $(($1 >> shift_by & 255)))"
		shift_by=$((shift_by - 8))
	done
}

# Tag, number of bytes; the bytes follow.
element() {
	bytes "$1" 1
	bytes "$2" 4
}

text() {
	element "$1" ${#2}
	printf %s "$2"
}

# Without leading zeros.
integer() {
	size=1
	while [ $(($2 >> 8 * size)) -gt 0 ]; do size=$((size + 1)); done
	element "$1" $size
	bytes "$2" $size
}

hex() {
	element "$1" $((${#2} / 2))
	# shellcheck disable=SC2059 # each pair of digits is a format
	for pair in $(printf %s "$2" | sed 's/../& /g'); do printf "\\$(printf %03o "0x$pair")"; done
}

# How many bytes, from where on in the response, as decimal numbers.
peek() {
	od -An -v -tu1 -j "$2" -N "$1" "$work/response"
}

number() {
	value=0
	for byte in $(peek "$1" "$2"); do value=$((value * 256 + byte)); done
	echo $value
}

# Where an element's value begins, and its size; nothing if it is not there.
find_element() {
	at=28 # behind the size and the header
	end=$(wc -c <"$work/response")
	while [ $at -lt "$end" ]; do
		size=$(number 4 $((at + 1)))
		[ "$(number 1 $at)" -ne "$1" ] || echo $((at + 5)) "$size"
		at=$((at + 5 + size))
	done
}

value_of() {
	# shellcheck disable=SC2046 # two numbers
	set -- $(find_element "$1")
	tail -c +$(($1 + 1)) "$work/response" | head -c "$2"
}

number_of() {
	# shellcheck disable=SC2046 # two numbers
	set -- $(find_element "$1")
	number "$2" "$1"
}

# One message: its kind; its elements stand in the file `elements`. It goes out in one write.
ask() {
	{
		printf TLYQ
		bytes $(($(wc -c <"$work/elements") + 12)) 4
		bytes 1 2
		bytes "$1" 2
		bytes 0 8
		cat "$work/elements"
	} >"$work/request"
	sent=yes
	cat "$work/request" >&3 2>"$work/error" || sent=no
	cat <&3 >"$work/response"
	[ $sent = yes ] || { sed 's/.*: //' "$work/error" && value_of 1 && echo; } >&2
	[ $sent = yes ]
}

# Records from a number on, to before another where one is given.
read_log() {
	from=$1
	more=yes
	while [ -n "$more" ]; do
		{
			integer 12 "$from"
			[ $# -lt 2 ] || integer 13 "$2"
		} >"$work/elements"
		ask 5
		value_of 17
		from=$(number_of 12)
		more=$(find_element 18)
	done
}

file=$1
command=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exec 3<>"$file"
case $command in
append)
	{ text 6 "$1" && text 7 "$2" && text 8 "$3" && text 9 "$4"; } >"$work/elements"
	ask 4
	number_of 14
	;;
evidence)
	hex 1 "$1" >"$work/elements"
	ask 2
	first=$(number_of 11)
	next=$(number_of 12)
	value_of 10 >"$work/back"
	value_of 9
	read_log "$first" "$next"
	cat "$work/back"
	;;
log) read_log "${1:-0}" ;;
esac
