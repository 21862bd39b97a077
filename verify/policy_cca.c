// SPDX-License-Identifier: BSD-2-Clause
/* The section "cca" of a policy. spec: docs/policy.md */
#include "policy_cca.h"

static struct tally_bytes read_text(struct tally_policy_reader *reader, json_t *json, const char *key)
{
	json_t *value = json_object_get(json, key);
	size_t mark = tally_policy_enter(reader, key);
	struct tally_bytes text = value ? tally_policy_string(reader, value) : tally_bytes(NULL, 0);

	tally_policy_leave(reader, mark);
	return text;
}

static struct tally_bytes read_hex(struct tally_policy_reader *reader, json_t *json, const char *key)
{
	json_t *value = json_object_get(json, key);
	size_t mark = tally_policy_enter(reader, key);
	struct tally_bytes bytes = value ? tally_policy_hex(reader, value) : tally_bytes(NULL, 0);

	tally_policy_leave(reader, mark);
	return bytes;
}

static void read_component(struct tally_policy_reader *reader, json_t *json, struct tally_cca_reference *ret)
{
	static const char *const keys[] = { "type", "measurement", "signer-id", "version", NULL };

	if (!tally_policy_object(reader, json, keys))
		return;
	ret->type = read_text(reader, json, "type");
	ret->version = read_text(reader, json, "version");
	ret->measurement = read_hex(reader, json, "measurement");
	ret->signer_id = read_hex(reader, json, "signer-id");
	if (!json_object_get(json, "measurement"))
		tally_policy_fault(reader, "must have a measurement");
}

static void read_components(struct tally_policy_reader *reader, json_t *json, struct tally_cca_policy *policy)
{
	size_t mark = tally_policy_enter(reader, "components");
	size_t count = tally_policy_list(reader, json);
	struct tally_cca_reference *component = tally_arena_take(reader->arena, count, sizeof(*component));

	for (size_t i = 0; component && i < count; i++) {
		size_t element = tally_policy_enter_index(reader, i);

		read_component(reader, tally_policy_list_get(json, i), &component[i]);
		tally_policy_leave(reader, element);
	}
	policy->component = component;
	policy->component_count = component ? count : 0;
	tally_policy_leave(reader, mark);
}

/* Which of the two readings of the specification the platform's monitor has. */
static void read_extend(struct tally_policy_reader *reader, json_t *json, struct tally_cca_policy *policy)
{
	size_t mark = tally_policy_enter(reader, "extend");
	struct tally_bytes text = tally_policy_string(reader, json);

	policy->is_padded = tally_bytes_equal(text, tally_text("padded"));
	if (!policy->is_padded && !tally_bytes_equal(text, tally_text("plain")))
		tally_policy_fault(reader, "must be \"plain\" or \"padded\"");
	tally_policy_leave(reader, mark);
}

void tally_policy_read_cca(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	static const char *const keys[] = { "keys", "endorsements", "components", "extend", NULL };
	struct tally_cca_policy *policy = ret;

	if (!tally_policy_object(reader, json, keys))
		return;
	if (json_object_get(json, "keys"))
		policy->key = tally_policy_pins(reader, json, "keys", &policy->key_count);
	if (json_object_get(json, "endorsements"))
		policy->endorsement = tally_policy_pins(reader, json, "endorsements", &policy->endorsement_count);
	if (json_object_get(json, "components"))
		read_components(reader, json_object_get(json, "components"), policy);
	if (json_object_get(json, "extend"))
		read_extend(reader, json_object_get(json, "extend"), policy);
	if (!policy->key_count && !policy->endorsement_count)
		tally_policy_fault(reader, "must name keys or endorsements that are trusted");
}
