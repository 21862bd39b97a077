// SPDX-License-Identifier: BSD-2-Clause
/* Collateral: what an item is, what is missing, and what is too old. */
#include "collateral.h"

#include "../core/cursor.h"
#include "verifier.h"

const struct tally_collateral_policy tally_collateral_no_limits = { { 0 } };

const char *tally_collateral_kind_name(enum tally_collateral_kind kind)
{
	static const char *const names[TALLY_COLLATERAL_KIND_COUNT] = {
#define KIND_NAME(name, number, text) [number] = (text),
		TALLY_COLLATERAL_TABLE(KIND_NAME)
#undef KIND_NAME
	};

	return (size_t)kind < TALLY_COLLATERAL_KIND_COUNT ? names[kind] : "";
}

static bool begins_with(struct tally_bytes bytes, const char *text)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_bytes prefix = tally_text(text);

	return tally_bytes_equal(tally_read_bytes(&cursor, prefix.size), prefix);
}

static bool contains(struct tally_bytes bytes, const char *text)
{
	return bytes.data && memmem(bytes.data, bytes.size, text, strlen(text)) != NULL;
}

static struct tally_bytes skip_spaces(struct tally_bytes bytes)
{
	while (bytes.size && memchr(" \t\r\n", bytes.data[0], 4))
		bytes = tally_bytes(bytes.data + 1, bytes.size - 1);
	return bytes;
}

#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02
#define DER_OID 0x06
#define DER_EXPLICIT_0 0xa0 /* the version of a certificate */

/* Open a SEQUENCE of at most 64 KiB, as all of these are. False for anything else. */
static bool enter_sequence(struct tally_cursor *cursor)
{
	uint8_t size;

	if (tally_read_u8(cursor) != DER_SEQUENCE)
		return false;
	size = tally_read_u8(cursor);
	if (size >= 0x80)
		tally_read_bytes(cursor, size & 0x7f);
	return cursor->status == TALLY_OK;
}

/*
 * All are a SEQUENCE whose first member is one; there a certificate has its version, a list INTEGER 1 and an algorithm,
 * a key the OID of its kind.
 */
static enum tally_collateral_kind kind_of_der(struct tally_bytes bytes)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	uint8_t first;

	if (!enter_sequence(&cursor) || !enter_sequence(&cursor))
		return TALLY_COLLATERAL_UNKNOWN;
	first = tally_read_u8(&cursor);
	if (first == DER_EXPLICIT_0)
		return TALLY_COLLATERAL_CERTIFICATES;
	if (first == DER_OID)
		return TALLY_COLLATERAL_PUBLIC_KEY;
	return first == DER_INTEGER || first == DER_SEQUENCE ? TALLY_COLLATERAL_CRL : TALLY_COLLATERAL_UNKNOWN;
}

static enum tally_collateral_kind kind_of_json(struct tally_bytes bytes)
{
	if (contains(bytes, "\"tcbInfo\""))
		return TALLY_COLLATERAL_TDX_TCB_INFO;
	if (contains(bytes, "\"enclaveIdentity\""))
		return TALLY_COLLATERAL_TDX_QE_IDENTITY;
	return contains(bytes, "\"kty\"") ? TALLY_COLLATERAL_PUBLIC_KEY : TALLY_COLLATERAL_UNKNOWN;
}

/* spec: draft-ietf-rats-corim 8.3: tag 501 for an unsigned CoRIM, 502 and 18 for a signed one */
static bool is_corim(struct tally_bytes bytes)
{
	static const uint8_t tags[][3] = { { 0xd9, 0x01, 0xf4 }, { 0xd9, 0x01, 0xf5 }, { 0xd9, 0x01, 0xf6 } };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (bytes.size > sizeof(tags[i]) && memcmp(bytes.data, tags[i], sizeof(tags[i])) == 0)
			return true;
	return bytes.size > 1 && bytes.data[0] == 0xd2;
}

enum tally_collateral_kind tally_collateral_kind_of(struct tally_bytes bytes)
{
	struct tally_bytes text = skip_spaces(bytes);

	/* First, because it may have keys and certificates in PEM inside. */
	if (is_corim(bytes))
		return TALLY_COLLATERAL_CORIM;
	if (contains(text, "-----BEGIN CERTIFICATE-----"))
		return TALLY_COLLATERAL_CERTIFICATES;
	if (contains(text, "-----BEGIN X509 CRL-----"))
		return TALLY_COLLATERAL_CRL;
	if (contains(text, "-----BEGIN PUBLIC KEY-----"))
		return TALLY_COLLATERAL_PUBLIC_KEY;
	if (begins_with(text, "{"))
		return kind_of_json(text);
	return kind_of_der(bytes);
}

const struct tally_collateral_item *tally_collateral_next(const struct tally_collateral *collateral,
							  enum tally_collateral_kind kind, size_t *at)
{
	while (*at < collateral->count) {
		const struct tally_collateral_item *item = &collateral->item[(*at)++];

		if (item->kind == kind)
			return item;
	}
	return NULL;
}

const struct tally_collateral_item *tally_collateral_previous(const struct tally_collateral *collateral,
							      enum tally_collateral_kind kind, size_t *at)
{
	while (*at > 0) {
		const struct tally_collateral_item *item = &collateral->item[--*at];

		if (item->kind == kind)
			return item;
	}
	return NULL;
}

static const char *copy(struct tally_arena *arena, const char *text)
{
	return text ? tally_arena_print(arena, "%s", text) : NULL;
}

static bool is_needed(const struct tally_ledger *ledger, const char *name)
{
	const struct tally_verdict_need *needs = ledger->needs.items;

	for (size_t i = 0; i < ledger->needs.count; i++)
		if (strcmp(needs[i].name, name) == 0)
			return true;
	return false;
}

static void add_need(struct tally_ledger *ledger, const struct tally_collateral_need *need, bool is_stale)
{
	struct tally_verdict_need *added =
		is_needed(ledger, need->name) ? NULL : tally_vector_add(&ledger->needs, ledger->arena, sizeof(*added));

	if (!added)
		return;
	added->name = copy(ledger->arena, need->name);
	added->url = copy(ledger->arena, need->url);
	added->chain_header = copy(ledger->arena, need->chain_header);
	added->chain_name = copy(ledger->arena, need->chain_name);
	added->is_stale = is_stale;
}

void tally_collateral_missing(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
			      const char *rule, const struct tally_collateral_need *need)
{
	const char *command = need->url ? "\"tally collateral fetch EVIDENCE\" gets it"
					: "nobody serves it: give it with --collateral";

	add_need(ledger, need, false);
	tally_ledger_rule(ledger, false, reason, subject, rule, "", NULL,
			  tally_arena_print(ledger->arena, "%s is missing: %s", need->name, command));
}

void tally_collateral_exceptable(struct tally_ledger *ledger, enum tally_exception exception, enum tally_reason reason,
				 const char *subject, const char *rule, const struct tally_collateral_need *need)
{
	if (!(ledger->allowed & tally_exception_bit(exception))) {
		tally_collateral_missing(ledger, reason, subject, rule, need);
		return;
	}
	add_need(ledger, need, false);
	tally_ledger_exceptable(ledger, false, exception, reason, subject, rule);
}

void tally_collateral_stale(struct tally_ledger *ledger, const struct tally_collateral_need *need)
{
	add_need(ledger, need, true);
}

void tally_collateral_check_age(struct tally_ledger *ledger, struct tally_statement *statement,
				const struct tally_collateral_policy *policy, enum tally_collateral_kind kind,
				const char *subject, int64_t issued, int64_t time)
{
	uint64_t limit = policy->max_age[kind];
	uint64_t age = time > issued ? (uint64_t)time - (uint64_t)issued : 0;

	if (limit == 0)
		return;
	tally_statement_limit(statement, issued + (int64_t)limit);
	tally_ledger_policy(
		ledger, age <= limit, TALLY_REASON_COLLATERAL_AGE, subject,
		tally_arena_print(ledger->arena, "at most %llu days old", (unsigned long long)(limit / 86400)),
		tally_arena_print(ledger->arena, "%llu days", (unsigned long long)(age / 86400)), NULL, "");
}
