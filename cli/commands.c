// SPDX-License-Identifier: BSD-2-Clause
/* Every subcommand, whichever of the programs carries it out: from here help, completion and manual are made. */
#include "command.h"

#include <string.h>

const struct tally_command tally_commands[] = {
	{ "doctor", TALLY_PROGRAM_TALLY, "tell what this machine offers and what state its log is in", "doctor", NULL },
	{ "registers", TALLY_PROGRAM_TALLY, "list the measurement registers, or lock one",
	  "registers [list]\nregisters lock REGISTER", NULL },
	{ "extend", TALLY_PROGRAM_TALLY, "measure an event into a register and log it",
	  "extend REGISTER --event NAME [--type TYPE] [--file FILE | --data INPUT] [--once]\n"
	  "extend REGISTER --digest ALGORITHM:HEX[,ALGORITHM:HEX...] [--event NAME]",
	  tally_extend_options },
	{ "log", TALLY_PROGRAM_TALLY,
	  "show a log, the machine's own or any file, write it in another format, look after it",
	  "log show [LOG] [--register NAME[,NAME...]] [--format FORMAT] [--plot FILE]\n"
	  "log convert LOG --to FORMAT [--from FORMAT] [--output FILE]\n"
	  "log export --format FORMAT [--output FILE]\n"
	  "log follow [--from NUMBER] [--count NUMBER] [--register NAME[,NAME...]]\n"
	  "log trim --store FILE\n"
	  "log save FOLDER\n"
	  "log restore FOLDER\n"
	  "log recover\n"
	  "log attach [FILE...] [--format FORMAT]\n"
	  "log fill GAP FILE [--format FORMAT] [--first N --count M [--partial]]",
	  tally_log_options },
	{ "report", TALLY_PROGRAM_TALLY, "get a report signed by the machine, without its log",
	  "report --nonce HEX [--audience NAME] [--output FILE] [--binding FILE]\n"
	  "report --nonce HEX --raw [--output FILE]",
	  tally_report_options },
	{ "evidence", TALLY_PROGRAM_TALLY, "get report, log and certificates of one instant, bound to a nonce",
	  "evidence --nonce HEX [--audience NAME] [--data INPUT] [--key-binding TYPE:HEX] [--output FILE]",
	  tally_evidence_options },
	{ "replay", TALLY_PROGRAM_TALLY, "replay a log and compare it with register values",
	  "replay LOG [--against QUOTE|HEX|NAME=HEX...] [--pcrs FILE] [--bank ALGORITHM]\n"
	  "       [--register NAME[,NAME...]] [--format FORMAT]\n"
	  "replay --live",
	  tally_replay_options },
	{ "verify", TALLY_PROGRAM_VERIFY, "judge evidence by a policy",
	  "verify EVIDENCE --policy FILE --nonce HEX [--audience NAME] [--key-binding TYPE:HEX]\n"
	  "       [--time TIME] [--explain] [--collateral PATH...] [--result ear --ear-key FILE]\n"
	  "verify REPORT [--log FILE...] [--certificates FILE] [--manifest FILE] [--runtime-data FILE] ...\n"
	  "verify QUOTE --signature FILE --pcrs FILE --ak FILE [--log FILE...] ...\n"
	  "verify --batch [EVIDENCE...] [--threads NUMBER] ...",
	  tally_verify_options },
	{ "ak", TALLY_PROGRAM_VERIFY, "see that a TPM holds an attestation key beside its endorsement key",
	  "ak challenge EK AK --keep FILE [--output FILE]\n"
	  "ak activate CHALLENGE --ak HANDLE [--ek HANDLE] [--tpm DEVICE] [--output FILE]\n"
	  "ak accept KEPT ANSWER --key FILE [--output FILE]",
	  tally_ak_options },
	{ "policy", TALLY_PROGRAM_VERIFY, "write a policy from good evidence, for a person to edit",
	  "policy init EVIDENCE [--log FILE...] [--collateral PATH...]", tally_policy_options },
	{ "collateral", TALLY_PROGRAM_COLLATERAL,
	  "get the certificates and lists that a judgement is missing, or show them",
	  "collateral fetch EVIDENCE... [--cache FOLDER] [--mirror URL [--cacert FILE]]\n"
	  "collateral show [FOLDER...]",
	  tally_collateral_options },
	{ "serve", TALLY_PROGRAM_SERVE, "serve registers, log and reports as a tree of files",
	  "serve --mount DIRECTORY [--keeper] [--callers FILE] [--label TEXT] [--owner UID:GID]\n"
	  "      [--also PROVIDER[:DIRECTORY]...] [--statistics FILE]",
	  tally_serve_options },
	{ "run", TALLY_PROGRAM_SERVE, "run a command where the tree stands at the paths that clients use",
	  "run [--mount DIRECTORY] [--tdx-guest] [--environment] -- COMMAND [ARGUMENT...]\n"
	  "run [--present-as NAME] [--tdx-guest] -- COMMAND [ARGUMENT...]",
	  tally_run_options },
	{ "version", TALLY_PROGRAM_TALLY, "print the version", "version", NULL },
	{ "help", TALLY_PROGRAM_TALLY, "print the usage of the program or of a command", "help [COMMAND]", NULL },
};

const size_t tally_command_count = sizeof(tally_commands) / sizeof(tally_commands[0]);

const struct tally_command *tally_command_find(const char *name)
{
	for (size_t i = 0; i < tally_command_count; i++)
		if (strcmp(tally_commands[i].name, name) == 0)
			return &tally_commands[i];
	return NULL;
}
