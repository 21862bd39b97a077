// SPDX-License-Identifier: BSD-2-Clause
/* The rule of one claim: the values that it may have. */
#include "policy_value.h"
#include "verifier.h"

static void read_value(struct tally_policy_reader *reader, const struct tally_claim_row *row, json_t *json,
		       struct tally_claim_value *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = tally_claim_value_type(row->type);
	if (row->type == TALLY_CLAIM_BITS)
		ret->number = tally_policy_bits(reader, json);
	else if (ret->type == TALLY_CLAIM_NUMBER)
		ret->number = tally_policy_number(reader, json, 0);
	else if (row->type == TALLY_CLAIM_TEXT)
		ret->bytes = tally_policy_string(reader, json);
	else
		ret->bytes = tally_policy_hex(reader, json);
}

static uint64_t read_bound(struct tally_policy_reader *reader, json_t *json, const char *key)
{
	size_t mark = tally_policy_enter(reader, key);
	uint64_t bound = tally_policy_number(reader, json, 0);

	tally_policy_leave(reader, mark);
	return bound;
}

static void read_range(struct tally_policy_reader *reader, json_t *json, struct tally_claim_rule *ret)
{
	static const char *const keys[] = { "min", "max", NULL };
	json_t *min = json_object_get(json, "min");
	json_t *max = json_object_get(json, "max");

	if (!tally_policy_object(reader, json, keys))
		return;
	ret->has_min = min != NULL;
	ret->has_max = max != NULL;
	ret->min = min ? read_bound(reader, min, "min") : 0;
	ret->max = max ? read_bound(reader, max, "max") : 0;
	if (!min && !max)
		tally_policy_fault(reader, "an empty range: name min or max");
	else if (min && max && ret->min > ret->max)
		tally_policy_fault(reader, "min is greater than max");
}

static uint64_t read_mask(struct tally_policy_reader *reader, json_t *json, const char *key)
{
	json_t *value = json_object_get(json, key);
	size_t mark = tally_policy_enter(reader, key);
	uint64_t bits = value ? tally_policy_bits(reader, value) : 0;

	tally_policy_leave(reader, mark);
	return bits;
}

/* Bits that no key names are refused, those that nobody knows yet among them. */
static void read_bits(struct tally_policy_reader *reader, json_t *json, struct tally_claim_rule *ret)
{
	static const char *const keys[] = { "must", "may", NULL };

	if (!tally_policy_object(reader, json, keys))
		return;
	if (json_object_size(json) == 0)
		tally_policy_fault(reader, "an empty set: name must or may");
	ret->has_bits = true;
	ret->must = read_mask(reader, json, "must");
	ret->may = read_mask(reader, json, "may");
	if (ret->must & ret->may)
		tally_policy_fault(reader, "a bit stands in must and may");
}

static void read_values(struct tally_policy_reader *reader, const struct tally_claim_row *row, json_t *json,
			struct tally_claim_rule *ret)
{
	size_t count = tally_policy_list(reader, json);
	struct tally_claim_value *values = tally_arena_take(reader->arena, count, sizeof(*values));

	for (size_t i = 0; values && i < count; i++)
		read_value(reader, row, tally_policy_list_get(json, i), &values[i]);
	ret->value = values;
	ret->value_count = values ? count : 0;
}

void tally_policy_claim(struct tally_policy_reader *reader, const char *name, json_t *json,
			struct tally_claim_rule *ret)
{
	const struct tally_claim_row *row = tally_claim_find(tally_text(name));

	if (!row) {
		tally_policy_fault(reader, "no such claim (docs/claims.md lists them)");
		return;
	}
	if (row->check == TALLY_CLAIM_BUILT_IN) {
		tally_policy_fault(reader, "the verifier checks this claim by itself");
		return;
	}
	ret->name = row->name;
	ret->text = tally_policy_spelling(reader, json);
	if (json_is_object(json) && row->type == TALLY_CLAIM_NUMBER)
		read_range(reader, json, ret);
	else if (json_is_object(json) && row->type == TALLY_CLAIM_BITS)
		read_bits(reader, json, ret);
	else
		read_values(reader, row, json, ret);
}
