// SPDX-License-Identifier: BSD-2-Clause
/* Collateral out of the evidence. It is as good as what signs it, as all collateral is. */
#include "certificates.h"

static struct tally_collateral_item *add(struct tally_vector *items, struct tally_arena *arena,
					 enum tally_collateral_kind kind, struct tally_bytes bytes)
{
	struct tally_collateral_item *item = tally_vector_add(items, arena, sizeof(*item));

	if (item)
		*item = (struct tally_collateral_item){ kind, TALLY_LABEL_CERTIFICATES, bytes };
	return item;
}

static void add_array(struct tally_vector *items, struct tally_bytes array, struct tally_ledger *ledger)
{
	struct tally_cursor cursor = tally_cursor(array);
	size_t count = tally_cbor_expect_array(&cursor);
	enum tally_status status;

	for (size_t i = 0; i < count && cursor.status == TALLY_OK; i++) {
		struct tally_bytes bytes = tally_cbor_expect_bytes(&cursor);

		if (cursor.status == TALLY_OK)
			add(items, ledger->arena, tally_collateral_kind_of(bytes), bytes);
	}
	status = tally_cursor_end(&cursor);
	if (status != TALLY_OK)
		tally_ledger_find(ledger, TALLY_REASON_COLLATERAL_MALFORMED, TALLY_LABEL_CERTIFICATES, NULL,
				  "at byte %zu: %s", array.size - cursor.left.size, tally_status_message(status));
}

static bool is_type(const struct tally_member *member, const char *type)
{
	return tally_bytes_equal(member->media_type, tally_text(type));
}

bool tally_certificates_are_generic(const struct tally_member *member)
{
	return is_type(member, TALLY_MEDIA_COLLATERAL) || is_type(member, TALLY_MEDIA_PEM_CHAIN) ||
	       is_type(member, TALLY_MEDIA_SNP_CERTIFICATES);
}

struct tally_collateral tally_certificates_collect(const struct tally_bundle *bundle,
						   const struct tally_collateral *given, struct tally_ledger *ledger)
{
	const struct tally_member *member = tally_bundle_find(bundle, TALLY_LABEL_CERTIFICATES);
	struct tally_vector items = { NULL, 0, 0 };

	if (member && is_type(member, TALLY_MEDIA_COLLATERAL))
		add_array(&items, member->value, ledger);
	else if (member && is_type(member, TALLY_MEDIA_PEM_CHAIN))
		add(&items, ledger->arena, TALLY_COLLATERAL_CERTIFICATES, member->value);
	else if (member && is_type(member, TALLY_MEDIA_SNP_CERTIFICATES))
		add(&items, ledger->arena, TALLY_COLLATERAL_SNP_TABLE, member->value);
	for (size_t i = 0; given && i < given->count; i++) {
		struct tally_collateral_item *item =
			add(&items, ledger->arena, given->item[i].kind, given->item[i].bytes);

		if (item)
			item->origin = tally_arena_print(ledger->arena, "%s", given->item[i].origin);
	}
	return (struct tally_collateral){ items.count, items.items };
}
