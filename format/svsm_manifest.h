/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The manifest of the services that an SVSM attests. spec: AMD 58019 (Secure VM Service Module), 7 */
#ifndef TALLY_FORMAT_SVSM_MANIFEST_H
#define TALLY_FORMAT_SVSM_MANIFEST_H

#include "../core/cursor.h"

#define TALLY_SVSM_SERVICE_LIMIT 16
#define TALLY_SVSM_GUID_SIZE 16

/* Borrowed. guid as it stands there: the first three parts little-endian. */
struct tally_svsm_service {
	struct tally_bytes guid;
	struct tally_bytes manifest;
};

struct tally_svsm_manifest {
	size_t service_count;
	struct tally_svsm_service service[TALLY_SVSM_SERVICE_LIMIT];
	struct tally_bytes vtpm; /* manifest of the vTPM: its EK as TPMT_PUBLIC; size 0: no such service */
};

/*
 * The manifest of all services. TALLY_UNSUPPORTED for another kind of data, TALLY_OUT_OF_RANGE for sizes
 * that contradict each other, services beyond the limit or that overlap, TALLY_DUPLICATE for a service twice.
 */
TALLY_MUST_CHECK enum tally_status tally_svsm_manifest_read(struct tally_bytes bytes, struct tally_svsm_manifest *ret);

/* What an SVSM gives when it is asked for one service is that service's manifest alone: it does not begin like this. */
bool tally_svsm_is_manifest(struct tally_bytes bytes);

#endif
