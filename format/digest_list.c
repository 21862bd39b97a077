// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Digests on their way from the input into a record. */
#include "digest_list.h"

enum tally_status tally_digest_list_add(struct tally_digest_list *list, uint16_t alg, struct tally_bytes bytes)
{
	size_t size = tally_alg_size(alg);
	size_t at = list->count;

	if (size == 0) {
		list->lacks_digests = true;
		return TALLY_UNKNOWN_ALGORITHM;
	}
	if (bytes.size != size)
		return TALLY_DIGEST_SIZE;
	while (at > 0 && list->item[at - 1].alg > alg)
		at--;
	if (at > 0 && list->item[at - 1].alg == alg)
		return TALLY_DUPLICATE;
	/* There is room: as many items as algorithms are known, and none of them twice. */
	for (size_t i = list->count++; i > at; i--)
		list->item[i] = list->item[i - 1];
	list->item[at].alg = alg;
	list->item[at].bytes = bytes;
	return TALLY_OK;
}

void tally_digest_list_copy(const struct tally_digest_list *list, struct tally_digests *ret)
{
	ret->count = list->count;
	for (size_t i = 0; i < list->count; i++) {
		struct tally_bytes bytes = list->item[i].bytes;

		ret->digest[i].alg = list->item[i].alg;
		memcpy(ret->digest[i].bytes, bytes.data, bytes.size);
		/* Only the tails are cleared, because clearing all of it first costs more than the rest of a record. */
		memset(ret->digest[i].bytes + bytes.size, 0, TALLY_DIGEST_LIMIT - bytes.size);
	}
	memset(&ret->digest[list->count], 0, (TALLY_BANK_LIMIT - list->count) * sizeof(ret->digest[0]));
}
