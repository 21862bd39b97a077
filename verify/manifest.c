// SPDX-License-Identifier: BSD-2-Clause
/* The kinds of manifests. */
#include "manifest.h"

/* One line for each kind. */
static const struct tally_manifest_kind *const kinds[] = {
	&tally_manifest_ek_srk,
	&tally_manifest_svsm,
	&tally_manifest_azure,
};

const struct tally_manifest_kind *tally_manifest_kind_of(const struct tally_member *member)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (tally_bytes_equal(member->media_type, tally_text(kinds[i]->media_type)))
			return kinds[i];
	return NULL;
}
