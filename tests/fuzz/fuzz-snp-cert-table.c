// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the certificate table beside an SNP report; what it points to lies inside it, behind the list. */
#include <stdlib.h>

#include "../../format/snp_cert_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_snp_cert_table table;
	size_t count;

	if (tally_snp_cert_table_read(tally_bytes(data, size), &table) != TALLY_OK)
		return 0;
	const struct tally_bytes found[] = { table.vcek, table.vlek, table.ask, table.ark, table.crl };

	count = table.other_count;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		count += found[i].size != 0;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		if (found[i].size != 0 &&
		    (found[i].data < data + 24 * (count + 1) || found[i].size > (size_t)(data + size - found[i].data)))
			abort();
	return 0;
}
