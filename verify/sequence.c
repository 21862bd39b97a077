// SPDX-License-Identifier: BSD-2-Clause
/* The matcher: one pass, no backtracking, so that every event has one place and a verdict one explanation. */
#include "sequence.h"

static const char *data_text(struct tally_arena *arena, const struct tally_event *content)
{
	struct tally_digests digests = { 1, { content->data_digest } };

	if (content->has_data_digest)
		return tally_arena_print(arena, "data %s", tally_arena_digests(arena, &digests));
	if (!content->has_data || content->data.size == 0)
		return "no data";
	if (content->data.size <= 32)
		return tally_arena_print(arena, "data %s", tally_arena_hex(arena, content->data));
	return tally_arena_print(arena, "%zu bytes of data", content->data.size);
}

static const char *content_text(struct tally_arena *arena, const struct tally_event *content)
{
	return tally_arena_print(arena, "%s %s by %s, %s", tally_arena_text(arena, content->type),
				 tally_arena_text(arena, content->name), tally_arena_text(arena, content->origin),
				 data_text(arena, content));
}

static const struct tally_event_rule *rule_at(const struct tally_sequence *sequence, size_t at)
{
	return &sequence->rule->event[at];
}

static void sequence_clear(struct tally_sequence *sequence)
{
	size_t count = sequence->rule ? sequence->rule->event_count : 0;

	sequence->at = 0;
	sequence->event_count = 0;
	sequence->ignored.count = 0;
	sequence->unmatched_count = 0;
	sequence->has_difference = false;
	if (sequence->step && count)
		memset(sequence->step, 0, count * sizeof(*sequence->step));
}

void tally_sequence_init(struct tally_sequence *sequence, struct tally_arena *arena, const char *name,
			 const struct tally_register_rule *rule)
{
	memset(sequence, 0, sizeof(*sequence));
	sequence->arena = arena;
	sequence->difference.reg = name;
	if (!rule || !rule->has_events)
		return;
	sequence->step = tally_arena_take(arena, rule->event_count, sizeof(*sequence->step));
	sequence->rule = sequence->step ? rule : NULL;
}

static void survey_event(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	struct tally_verdict_event *shown = tally_vector_add(sequence->survey, sequence->arena, sizeof(*shown));

	if (!shown)
		return;
	shown->reg = sequence->difference.reg;
	shown->digests = tally_ledger_banks(sequence->arena, event->digests);
	shown->is_authentic = event->content && event->is_authentic;
	if (!shown->is_authentic)
		return;
	shown->type = tally_arena_text(sequence->arena, event->content->type);
	shown->name = tally_arena_text(sequence->arena, event->content->name);
	shown->origin = tally_arena_text(sequence->arena, event->content->origin);
}

/* What was told of this register so far counts for nothing. */
static void survey_restart(struct tally_sequence *sequence)
{
	struct tally_verdict_event *events = sequence->survey->items;

	for (size_t i = 0; i < sequence->survey->count; i++)
		if (strcmp(events[i].reg, sequence->difference.reg) == 0)
			events[i].is_void = true;
}

uint64_t tally_sequence_restart(struct tally_sequence *sequence)
{
	uint64_t count = sequence->event_count;

	if (sequence->survey)
		survey_restart(sequence);
	sequence_clear(sequence);
	return count;
}

static bool hashes_to(struct tally_sequence *sequence, struct tally_bytes data, const struct tally_digest *expected)
{
	struct tally_digests like = { 1, { *expected } };
	struct tally_digests found;
	enum tally_status status = tally_digests_hash(&found, &like, data);

	if (status != TALLY_OK) {
		sequence->status = status;
		return false;
	}
	return tally_digest_equal(&found.digest[0], expected);
}

/* The policy may know the data and the event its digest, or the other way round. */
static bool data_fits(struct tally_sequence *sequence, const struct tally_event_pattern *pattern,
		      const struct tally_event *content)
{
	if (pattern->has_data && content->has_data)
		return tally_bytes_equal(pattern->data, content->data);
	if (pattern->has_data)
		return content->has_data_digest && hashes_to(sequence, pattern->data, &content->data_digest);
	if (pattern->data_digest.count && content->has_data)
		return hashes_to(sequence, content->data, &pattern->data_digest.digest[0]);
	if (pattern->data_digest.count)
		return content->has_data_digest &&
		       tally_digest_equal(&content->data_digest, &pattern->data_digest.digest[0]);
	return true;
}

static bool text_fits(struct tally_bytes asked, struct tally_bytes found)
{
	return asked.size == 0 || tally_bytes_equal(asked, found);
}

static bool asks_content(const struct tally_event_pattern *pattern)
{
	return pattern->type.size || pattern->name.size || pattern->origin.size || pattern->has_data ||
	       pattern->data_digest.count;
}

static bool content_fits(struct tally_sequence *sequence, const struct tally_event_pattern *pattern,
			 const struct tally_event *content)
{
	return text_fits(pattern->type, content->type) && text_fits(pattern->name, content->name) &&
	       text_fits(pattern->origin, content->origin) && data_fits(sequence, pattern, content);
}

static bool digests_fit(const struct tally_digests *asked, const struct tally_digests *found)
{
	for (size_t i = 0; i < asked->count; i++) {
		const struct tally_digest *bank = tally_digests_find(found, asked->digest[i].alg);

		if (!bank || !tally_digest_equal(bank, &asked->digest[i]))
			return false;
	}
	return true;
}

static bool pattern_fits(struct tally_sequence *sequence, const struct tally_event_pattern *pattern,
			 const struct tally_sequence_event *event)
{
	if (!digests_fit(&pattern->digest, event->digests))
		return false;
	return !asks_content(pattern) || (event->is_authentic && content_fits(sequence, pattern, event->content));
}

/* The rule is a require and asks for this event. */
static bool asks_for(struct tally_sequence *sequence, size_t at, const struct tally_sequence_event *event)
{
	const struct tally_event_rule *rule = rule_at(sequence, at);

	return rule->kind == TALLY_RULE_REQUIRE && !sequence->is_untrusted &&
	       pattern_fits(sequence, &rule->pattern, event);
}

/* The first rule from here on that asks for the event; the number of rules if there is none. */
static size_t require_from(struct tally_sequence *sequence, size_t from, const struct tally_sequence_event *event)
{
	while (from < sequence->rule->event_count && !asks_for(sequence, from, event))
		from++;
	return from;
}

/* A filter on content keeps out what it can't see through, too: a label is no evidence. */
static bool is_excepted(struct tally_sequence *sequence, const struct tally_event_rule *rule,
			const struct tally_sequence_event *event)
{
	for (size_t i = 0; i < rule->except_count; i++) {
		if (asks_content(&rule->except[i]) && !event->is_authentic)
			return true;
		if (pattern_fits(sequence, &rule->except[i], event))
			return true;
	}
	return false;
}

static void step_take(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	struct tally_sequence_step *step = &sequence->step[sequence->at];

	if (step->taken++ == 0)
		step->first = event->record;
	if (rule_at(sequence, sequence->at)->is_exact && step->taken == rule_at(sequence, sequence->at)->count)
		sequence->at++;
}

static void ignore_event(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	struct tally_ignored_event *ignored = tally_vector_add(&sequence->ignored, sequence->arena, sizeof(*ignored));

	if (ignored) {
		ignored->reg = sequence->difference.reg;
		ignored->record = event->record;
		ignored->digests = tally_ledger_banks(sequence->arena, event->digests);
		ignored->source = event->source;
		ignored->source_record = event->source_record;
		ignored->text =
			event->source && event->is_authentic ? content_text(sequence->arena, event->content) : NULL;
	}
	step_take(sequence, event);
}

/*
 * Whose turn it is takes the event. An ignore never takes what any require
 * asks for, so that "exactly once" can't be got around, and an event that
 * the next require asks for ends the ignore. at stays where it was if nobody takes it.
 */
static bool offer(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	bool is_required = require_from(sequence, 0, event) < sequence->rule->event_count;
	size_t before = sequence->at;

	while (sequence->at < sequence->rule->event_count) {
		const struct tally_event_rule *rule = rule_at(sequence, sequence->at);
		bool has_room = sequence->step[sequence->at].taken < rule->count;

		if (asks_for(sequence, sequence->at, event)) {
			step_take(sequence, event);
			return true;
		}
		if (rule->kind == TALLY_RULE_IGNORE && !is_required && has_room &&
		    !is_excepted(sequence, rule, event)) {
			ignore_event(sequence, event);
			return true;
		}
		if (rule->is_exact)
			break;
		sequence->at++;
	}
	sequence->at = before;
	return false;
}

static void note_difference(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	struct tally_difference *difference = &sequence->difference;
	size_t at = sequence->at;

	if (sequence->has_difference)
		return;
	/* What a full or optional ignore does not take, the rule behind it should have taken. */
	while (at < sequence->rule->event_count && !rule_at(sequence, at)->is_exact)
		at++;
	sequence->has_difference = true;
	difference->has_record = event != NULL;
	difference->record = event ? event->record : 0;
	difference->found = event ? tally_sequence_event_text(sequence->arena, event) : "";
	/* The verdict outlives the policy. */
	difference->expected = at < sequence->rule->event_count
				       ? tally_arena_print(sequence->arena, "%s", rule_at(sequence, at)->text)
				       : "";
}

/* An event that would satisfy a rule if its content were worth anything. */
static void note_lookalikes(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	for (size_t i = 0; event->content && !event->is_authentic && i < sequence->rule->event_count; i++) {
		const struct tally_event_rule *rule = rule_at(sequence, i);

		if (rule->kind != TALLY_RULE_REQUIRE || sequence->step[i].has_lookalike ||
		    !digests_fit(&rule->pattern.digest, event->digests) ||
		    !content_fits(sequence, &rule->pattern, event->content))
			continue;
		sequence->step[i].has_lookalike = true;
		sequence->step[i].lookalike = event->record;
	}
}

void tally_sequence_take(struct tally_sequence *sequence, const struct tally_sequence_event *event)
{
	size_t later;

	sequence->event_count++;
	if (sequence->survey)
		survey_event(sequence, event);
	if (!sequence->rule)
		return;
	note_lookalikes(sequence, event);
	if (offer(sequence, event))
		return;
	note_difference(sequence, event);
	/* Go on where it fits, so that one missing event is told as one. */
	later = require_from(sequence, sequence->at + 1, event);
	if (sequence->at < sequence->rule->event_count && later < sequence->rule->event_count) {
		sequence->at = later;
		step_take(sequence, event);
		return;
	}
	if (sequence->unmatched_count++ == 0)
		sequence->unmatched = event->record;
}

static const char *step_text(struct tally_sequence *sequence, size_t at)
{
	const struct tally_sequence_step *step = &sequence->step[at];

	if (step->taken == 0)
		return rule_at(sequence, at)->kind == TALLY_RULE_IGNORE ? "nothing to ignore" : "no such event";
	if (step->taken == 1)
		return tally_arena_print(sequence->arena, "record %llu", (unsigned long long)step->first);
	return tally_arena_print(sequence->arena, "%llu records from %llu on", (unsigned long long)step->taken,
				 (unsigned long long)step->first);
}

static void finish_step(struct tally_sequence *sequence, size_t at, struct tally_ledger *ledger)
{
	const struct tally_event_rule *rule = rule_at(sequence, at);
	const struct tally_sequence_step *step = &sequence->step[at];
	const char *name = sequence->difference.reg;
	bool holds = rule->is_exact ? step->taken == rule->count : step->taken <= rule->count;

	if (!holds)
		note_difference(sequence, NULL);
	if (!holds && step->has_lookalike)
		tally_ledger_find(ledger, TALLY_REASON_LOG_EVENT_UNAUTHENTIC, name, &step->lookalike, "%s", rule->text);
	tally_ledger_policy(ledger, holds, TALLY_REASON_POLICY_EVENT_MISSING, name, rule->text, step_text(sequence, at),
			    NULL, rule->text);
}

static void finish_closed(struct tally_sequence *sequence, struct tally_ledger *ledger)
{
	bool holds = sequence->unmatched_count == 0;
	const char *actual = "";

	if (!holds)
		actual = tally_arena_print(
			sequence->arena, "%llu events that no rule matches, the first is record %llu",
			(unsigned long long)sequence->unmatched_count, (unsigned long long)sequence->unmatched);
	tally_ledger_policy(ledger, holds, TALLY_REASON_POLICY_EVENT_UNMATCHED, sequence->difference.reg,
			    "no other events", actual, &sequence->unmatched,
			    sequence->has_difference ? sequence->difference.found : "");
}

static void finish_ignored(struct tally_sequence *sequence, struct tally_ledger *ledger)
{
	const struct tally_ignored_event *ignored = sequence->ignored.items;

	for (size_t i = 0; i < sequence->ignored.count; i++) {
		struct tally_ignored_event *added = tally_vector_add(&ledger->ignored, ledger->arena, sizeof(*added));

		if (added)
			*added = ignored[i];
	}
}

enum tally_status tally_sequence_finish(struct tally_sequence *sequence, struct tally_ledger *ledger)
{
	struct tally_difference *difference;

	if (!sequence->rule || sequence->status != TALLY_OK)
		return sequence->status;
	for (size_t i = 0; i < sequence->rule->event_count; i++)
		finish_step(sequence, i, ledger);
	finish_closed(sequence, ledger);
	finish_ignored(sequence, ledger);
	if (sequence->has_difference) {
		difference = tally_vector_add(&ledger->differences, ledger->arena, sizeof(*difference));
		if (difference)
			*difference = sequence->difference;
	}
	return TALLY_OK;
}

const char *tally_sequence_event_text(struct tally_arena *arena, const struct tally_sequence_event *event)
{
	const char *digests = tally_arena_digests(arena, event->digests);
	const char *source = "";

	if (event->source)
		source = tally_arena_print(arena, "%s, record %llu: ", event->source,
					   (unsigned long long)event->source_record);
	if (!event->content)
		return tally_arena_print(arena, "%sdigest only, %s", source, digests);
	return tally_arena_print(arena, "%s%s%s, %s", source,
				 event->is_authentic ? "" : "unauthenticated: ", content_text(arena, event->content),
				 digests);
}
