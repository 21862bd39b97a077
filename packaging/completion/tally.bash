# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of tally(1) for bash. Written by tools/completion from the program's own tables.

# The names of the registers; none where they can't be read.
_tally_registers()
{
	tally registers 2>/dev/null | sed -n 's/^\([a-z][a-z0-9]*\) .*/\1/p'
}

# The options of a command, and what completes its operand of a number.
_tally_options()
{
	case $1 in
	extend) echo '--event --type --file --data --once --digest' ;;
	log) echo '--register --format --plot --count --store --from --to --output --first --partial' ;;
	report) echo '--nonce --audience --key-binding --raw --output --binding' ;;
	evidence) echo '--nonce --audience --data --key-binding --output' ;;
	replay) echo '--against --pcrs --bank --register --format --live' ;;
	verify) echo '--policy --nonce --audience --key-binding --time --stored --explain --result --ear-key --ear-profile --batch --threads --log --certificates --manifest --runtime-data --quote --ak-binding --signature --pcrs --ak --collateral --cache --no-cache --test-root' ;;
	ak) echo '--keep --ak --ek --tpm --key --output' ;;
	policy) echo '--nonce --time --log --certificates --manifest --runtime-data --quote --ak-binding --signature --pcrs --ak --collateral --cache --no-cache --test-root' ;;
	collateral) echo '--log --certificates --manifest --runtime-data --quote --ak-binding --signature --pcrs --ak --collateral --cache --no-cache --mirror --cacert' ;;
	serve) echo '--mount --also --keeper --callers --label --owner --present-as --statistics --test-report-delay --test-report-failures' ;;
	run) echo '--mount --tdx-guest --environment --present-as' ;;
	esac
}

_tally_operands()
{
	case "$1 $2" in
	'registers 1') echo 'list lock' ;;
	'registers 2') echo 'registers' ;;
	'extend 1') echo 'registers' ;;
	'log 1') echo 'show convert export follow trim save restore recover attach fill' ;;
	'log 2') echo 'files' ;;
	'replay 1') echo 'files' ;;
	'replay 2') echo 'files' ;;
	'verify 1') echo 'files' ;;
	'policy 1') echo 'init' ;;
	'policy 2') echo 'files' ;;
	'collateral 1') echo 'fetch show' ;;
	'collateral 2') echo 'files' ;;
	'collateral 3') echo 'files' ;;
	'run 1') echo 'files' ;;
	'run 2') echo 'files' ;;
	'run 3') echo 'files' ;;
	'help 1') echo 'doctor registers extend log report evidence replay verify ak policy collateral serve run version help' ;;
	esac
}

# What completes the argument of an option; nothing for free text.
_tally_values()
{
	case $1 in
	--soft-preset) echo 'default tdx tpm nsm cca' ;;
	--result) echo 'ear' ;;
	--against | --ak | --binding | --callers | --certificates | --collateral | --data | --ear-key | --file | --log | --manifest | --output | --pcrs | --plot | --policy | --runtime-data | --signature | --statistics | --store | --stored | --test-root) echo 'files' ;;
	--cache | --dir | --mount) echo 'folders' ;;
	--register) echo 'registers' ;;
	--bank) echo 'sha1 sha256 sha384 sha512 sm3_256' ;;
	--provider) echo 'soft' ;;
	--to) echo 'tally cel-tlv cel-cbor cel-json tcg2 ccel aael systemd' ;;
	--format | --from) echo 'tally cel-tlv cel-cbor cel-json tcg2 ccel tcg-sha1 systemd ima ima-ascii dstack aael-text aael' ;;
	--present-as) echo 'tdx_guest sev_guest arm_cca_guest' ;;
	--ear-profile) echo 'veraison ietf' ;;
	esac
}

_tally_takes_argument()
{
	case $1 in
	--against | --ak | --ak-binding | --also | --audience | --bank | --binding | --cacert | --cache | --callers | --capacity | --certificates | --collateral | --count | --data | --digest | --dir | --ear-key | --ear-profile | --ek | --event | --file | --first | --format | --from | --keep | --key | --key-binding | --label | --log | --manifest | --mirror | --mount | --nonce | --output | --owner | --pcrs | --plot | --policy | --present-as | --provider | --quote | --register | --result | --runtime-data | --signature | --soft-preset | --statistics | --store | --stored | --test-report-delay | --test-report-failures | --test-root | --threads | --time | --to | --tpm | --type)
		return 0 ;;
	esac
	return 1
}

_tally_reply()
{
	case $1 in
	files) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	folders) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	registers) mapfile -t COMPREPLY < <(compgen -W "$(_tally_registers)" -- "$2") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2") ;;
	esac
}

_tally()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' word i skips=0 operand=0
	local global='--provider --dir --json --help --version --soft-preset --soft-durable --capacity'

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ $skips = 1 ]; then
			skips=0
		elif _tally_takes_argument "$word"; then
			skips=1
		elif [ "${word#-}" = "$word" ]; then
			[ -n "$command" ] || command=$word
			operand=$((operand + 1))
		fi
	done
	if [ $skips = 1 ]; then
		_tally_reply "$(_tally_values "$previous")" "$current"
	elif [ "${current#-}" != "$current" ]; then
		_tally_reply "$(_tally_options "$command") $global" "$current"
	elif [ -z "$command" ]; then
		_tally_reply 'doctor registers extend log report evidence replay verify ak policy collateral serve run version help' "$current"
	else
		_tally_reply "$(_tally_operands "$command" "$operand")" "$current"
	fi
}

complete -o filenames -F _tally tally
