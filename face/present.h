/* SPDX-License-Identifier: BSD-2-Clause */
/* How report/ looks: the provider's name as Linux has it, and the attributes that go with it. */
#ifndef TALLY_FACE_PRESENT_H
#define TALLY_FACE_PRESENT_H

#include "../core/bytes.h"

/* Files of an entry in report/. spec: linux-tsm-abi A.2 */
enum tally_report_file {
	TALLY_REPORT_INBLOB = 0,
	TALLY_REPORT_OUTBLOB,
	TALLY_REPORT_AUXBLOB,
	TALLY_REPORT_MANIFESTBLOB,
	TALLY_REPORT_PROVIDER,
	TALLY_REPORT_GENERATION,
	TALLY_REPORT_PRIVLEVEL,
	TALLY_REPORT_PRIVLEVEL_FLOOR,
	TALLY_REPORT_SERVICE_PROVIDER,
	TALLY_REPORT_SERVICE_GUID,
	TALLY_REPORT_SERVICE_MANIFEST_VERSION,
	TALLY_REPORT_FILE_COUNT
};

struct tally_present {
	const char *provider; /* our word for it; NULL: for those that have no row */
	const char *name;     /* what the file `provider` says; NULL: our word */
	unsigned files;	      /* bit n: enum tally_report_file n is there */
	size_t inblob_min;    /* sizes of inblob that give a report; a shorter one is padded with zeros */
	unsigned privlevel_floor;
	bool takes_svsm; /* service_provider must be svsm where it is set */
};

/* How a provider presents itself. */
const struct tally_present *tally_present_of(const char *provider);

/* By the name that Linux has ("tdx_guest", "sev_guest"): for --present-as. NULL if there is none. */
const struct tally_present *tally_present_find(const char *name);

/* A register whose file in measurements/ has no ":hash" behind its name, because it is no hash. spec: linux-tsm-abi B.1 */
bool tally_present_is_plain(const char *register_name);

#endif
