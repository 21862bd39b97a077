// SPDX-License-Identifier: BSD-2-Clause
/* Options of the commands that serve clients: help and completion need them without what carries them out. */
#include "command.h"

const struct tally_option tally_serve_options[] = {
	{ "mount", "DIRECTORY", "where the tree is mounted; left out where a mount is passed to the server", false },
	{ "also", "PROVIDER[:DIRECTORY]", "serve a further provider, in a folder of its name", true },
	{ "keeper", NULL, "start the server, keep its mount and start it again when it dies; systemd does so itself",
	  false },
	{ "callers", "FILE", "who may do what: a policy, see tally-callers(5)", false },
	{ "label", "TEXT", "what callers of this mount have behind their ids in the log", false },
	{ "owner", "UID[:GID]", "whose files these are: 0:0 unless the mount is a container's", false },
	{ "present-as", "NAME", "for tests of clients: show soft as tdx_guest or sev_guest", false },
	{ "statistics", "FILE", "write counts of requests there on SIGUSR1 and at the end", false },
	{ "test-report-delay", "MILLISECONDS", "for tests: soft takes so long for a report", false },
	{ "test-report-failures", "N", "for tests: every N-th report of soft fails", false },
	{ NULL, NULL, NULL, false }
};

const struct tally_option tally_run_options[] = {
	{ "mount", "DIR",
	  "use the tree that is served there; otherwise that of /run/tally/tree, or of a server of its own", false },
	{ "tdx-guest", NULL, "also /dev/tdx_guest and the boot log's ACPI files, as a TDX guest has them", false },
	{ "environment", NULL, "no namespace: only set the variables that some clients take paths from", false },
	{ "present-as", "NAME", "a server of its own only: look like tdx_guest or sev_guest, to test clients", false },
	{ NULL, "COMMAND", NULL, false },
};
