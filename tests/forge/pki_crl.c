// SPDX-License-Identifier: BSD-2-Clause
/* A test PKI: revocation lists. */
#include "pki.h"

#include <stdlib.h>

static void add_crl_entry(struct forge_buffer *list, const struct forge_crl *plan, uint64_t serial)
{
	size_t entry = forge_open(list, 0x30);
	size_t extensions;

	forge_add_uint(list, 0x02, serial);
	forge_add_time(list, plan->this_update);
	if (plan->damage == FORGE_ENTRY_ISSUER || plan->damage == FORGE_ENTRY_CRITICAL) {
		extensions = forge_open(list, 0x30);
		/* certificateIssuer, with an empty list of names; or something unknown */
		if (plan->damage == FORGE_ENTRY_ISSUER)
			forge_add_extension(list, tally_bytes("\x55\x1d\x1d", 3), true, tally_bytes("\x30\x00", 2));
		else
			forge_add_extension(list, tally_bytes("\x2a\x03\x04", 3), true, tally_bytes("\x05\x00", 2));
		forge_close(list, extensions);
	}
	forge_close(list, entry);
}

static void add_crl_entries(struct forge_buffer *tbs, const struct forge_crl *plan)
{
	bool has_entry = plan->damage == FORGE_ENTRY_ISSUER || plan->damage == FORGE_ENTRY_CRITICAL;
	size_t list;

	/* An empty list is left out. spec: RFC 5280, 5.1.2.6 */
	if (plan->revoked_count == 0 && plan->damage != FORGE_REVOKES && !has_entry)
		return;
	list = forge_open(tbs, 0x30);
	for (size_t i = 0; i < plan->revoked_count; i++)
		add_crl_entry(tbs, plan, plan->revoked[i]);
	if (plan->damage == FORGE_REVOKES)
		add_crl_entry(tbs, plan, plan->asked);
	if (has_entry)
		add_crl_entry(tbs, plan, UINT64_C(0x7000000000000000));
	forge_close(tbs, list);
}

static void add_crl_extensions(struct forge_buffer *tbs, const struct forge_crl *plan)
{
	size_t outer = forge_open(tbs, 0xa0);
	size_t list = forge_open(tbs, 0x30);
	struct forge_buffer number = { 0 };

	forge_add_uint(&number, 0x02, plan->number);
	forge_add_extension(tbs, tally_bytes("\x55\x1d\x14", 3), false, forge_bytes(&number));
	if (plan->damage == FORGE_DELTA)
		forge_add_extension(tbs, tally_bytes("\x55\x1d\x1b", 3), true, forge_bytes(&number));
	/* indirectCRL [4] TRUE */
	if (plan->damage == FORGE_INDIRECT)
		forge_add_extension(tbs, tally_bytes("\x55\x1d\x1c", 3), true, tally_bytes("\x30\x03\x84\x01\xff", 5));
	if (plan->damage == FORGE_CRITICAL)
		forge_add_extension(tbs, tally_bytes("\x2a\x03\x04", 3), true, tally_bytes("\x05\x00", 2));
	for (int i = 0; plan->damage == FORGE_TWICE && i < 2; i++)
		forge_add_extension(tbs, tally_bytes("\x2a\x03\x04", 3), false, tally_bytes("\x05\x00", 2));
	forge_close(tbs, list);
	forge_close(tbs, outer);
	free(number.data);
}

struct tally_bytes forge_crl(const struct forge_crl *plan)
{
	bool is_other = plan->damage == FORGE_OTHER_ISSUER;
	struct forge_buffer tbs = { 0 };
	int64_t from = plan->this_update;
	int64_t until = plan->next_update;
	size_t mark = forge_open(&tbs, 0x30);

	if (plan->damage == FORGE_EXPIRED || plan->damage == FORGE_LAST_SECOND)
		until = FORGE_TIME - (plan->damage == FORGE_EXPIRED);
	if (plan->damage == FORGE_NOT_YET || plan->damage == FORGE_FIRST_SECOND)
		from = FORGE_TIME + (plan->damage == FORGE_NOT_YET);
	if (plan->damage != FORGE_VERSION_1)
		forge_add_uint(&tbs, 0x02, 1);
	forge_add_algorithm(&tbs, &plan->signer,
			    plan->damage == FORGE_INNER_ALGORITHM ? FORGE_OTHER_ALGORITHM : plan->damage);
	forge_add_name(&tbs, is_other ? "Somebody Else" : plan->issuer,
		       is_other ? tally_bytes(NULL, 0) : plan->issuer_name);
	forge_add_time(&tbs, from);
	if (plan->damage != FORGE_NO_NEXT_UPDATE)
		forge_add_time(&tbs, until);
	add_crl_entries(&tbs, plan);
	if (plan->damage != FORGE_VERSION_1 && plan->number)
		add_crl_extensions(&tbs, plan);
	forge_close(&tbs, mark);
	return forge_finish_signed(&tbs, &plan->signer, plan->damage);
}
