// SPDX-License-Identifier: BSD-2-Clause
/* tally doctor: what this machine offers, and in which state its log is. */
#include <stdio.h>

#include "../provider/platform.h"
#include "diagnosis.h"
#include "escape.h"
#include "json.h"
#include "offer.h"
#include "output.h"
#include "problem.h"

#define LABEL "%-11s "

static void print_offers(void)
{
	for (size_t i = 0; i < tally_offer_count; i++) {
		enum tally_offer_state state = tally_offer_look(&tally_offers[i]);

		if (state != TALLY_OFFER_ABSENT)
			printf(LABEL "%s (%s): %s\n", "", tally_offers[i].path, tally_offer_state_name(state),
			       tally_offers[i].what);
	}
}

/* Kinds of TSM of which nothing is there take one line: what would show them, and how to get that. */
static void print_platform(const struct tally_platform *platform, const char *label)
{
	bool is_there = tally_need_look(&platform->need[0], "") != TALLY_NEED_ABSENT;

	printf(LABEL "%s, %s: %s%s\n", label, platform->provider, platform->what,
	       is_there ? "this machine is one" : "not this machine",
	       tally_provider_find(platform->provider) ? "" : ", and not served by this program");
	for (size_t i = 0; i < TALLY_NEED_LIMIT && platform->need[i].path; i++) {
		const struct tally_need *need = &platform->need[i];
		enum tally_need_state state = tally_need_look(need, "");

		if (state == TALLY_NEED_PRESENT)
			printf(LABEL "  %s: %s\n", "", need->path, need->what);
		else if (is_there || i == 0)
			printf(LABEL "  %s is %s (%s); it takes %s\n", "", need->path,
			       state == TALLY_NEED_ABSENT ? "missing" : "not yours to read", need->what,
			       state == TALLY_NEED_ABSENT ? need->how : "root, or the right group");
	}
}

static void print_platforms(void)
{
	const struct tally_platform *platform;
	size_t count;

	platform = tally_platforms(&count);
	for (size_t i = 0; i < count; i++)
		print_platform(&platform[i], i ? "" : "kinds");
}

static void print_providers(const struct tally_diagnosis *d)
{
	const struct tally_provider *const *provider;
	size_t count;

	provider = tally_providers(&count);
	for (size_t i = 0; i < count; i++)
		printf(LABEL "%s (%s): %s\n", i ? "" : "providers", provider[i]->name,
		       provider[i]->is_present() ? "present" : "absent", provider[i]->summary);
	printf(LABEL "%s%s%s, because %s\n", "chosen", tally_style(TALLY_STYLE_STRONG),
	       d->provider ? d->provider->name : "none", tally_style(TALLY_STYLE_END), d->why);
}

static void print_log(const struct tally_examination *log)
{
	printf(LABEL "%llu records, %llu of %llu bytes%s\n", "log", (unsigned long long)log->record_count,
	       (unsigned long long)log->log_size, (unsigned long long)log->capacity,
	       log->is_other_boot ? ", of an earlier boot" : "");
	if (log->torn_size)
		printf(LABEL "%llu bytes of an unfinished record behind it\n", "", (unsigned long long)log->torn_size);
	printf(LABEL "%s\n", "intent slot", tally_slot_class_name(log->slot));
	printf(LABEL, "gaps");
	if (log->gap_count)
		printf("%llu, %llu of them filled", (unsigned long long)log->gap_count,
		       (unsigned long long)log->filled_gap_count);
	else
		printf("none");
	if (log->unpinned_gap_count)
		printf(", not pinned yet in %llu registers", (unsigned long long)log->unpinned_gap_count);
	printf("\n" LABEL, "registers");
	if (log->differing_count)
		printf("%llu are not where the log says\n", (unsigned long long)log->differing_count);
	else
		printf("all are where the log says\n");
}

static void print_text(const struct tally_diagnosis *d)
{
	enum tally_style style = d->code == TALLY_EXIT_OK ? TALLY_STYLE_STRONG : TALLY_STYLE_BAD;

	printf(LABEL "%s\n", "tally", TALLY_VERSION);
	printf(LABEL "%s\n", "machine", d->is_confidential ? "looks like a confidential VM" : "no confidential VM");
	print_offers();
	print_platforms();
	print_providers(d);
	if (d->directory[0]) {
		printf(LABEL, "directory");
		tally_escape_print(stdout, tally_text(d->directory));
		putchar('\n');
	}
	if (d->key[0])
		printf(LABEL "%s\n", "key", d->key);
	if (d->has_log)
		print_log(&d->log);
	for (size_t i = 0; i < d->advice_count; i++) {
		printf("%s%s*%s ", i ? "" : "\n", tally_style(style), tally_style(TALLY_STYLE_END));
		tally_escape_print(stdout, tally_text(d->advice[i]));
		putchar('\n');
	}
}

static json_t *offers_json(void)
{
	json_t *array = tally_json_array();

	for (size_t i = 0; i < tally_offer_count; i++) {
		const char *state = tally_offer_state_name(tally_offer_look(&tally_offers[i]));
		json_t *object = tally_json_object();

		tally_json_set(object, "path", tally_json_text(tally_text(tally_offers[i].path)));
		tally_json_set(object, "state", tally_json_text(tally_text(state)));
		tally_json_append(array, object);
	}
	return array;
}

static json_t *needs_json(const struct tally_platform *platform)
{
	json_t *array = tally_json_array();

	for (size_t i = 0; i < TALLY_NEED_LIMIT && platform->need[i].path; i++) {
		const struct tally_need *need = &platform->need[i];
		const char *state = tally_need_state_name(tally_need_look(need, ""));
		json_t *object = tally_json_object();

		tally_json_set(object, "path", tally_json_text(tally_text(need->path)));
		tally_json_set(object, "state", tally_json_text(tally_text(state)));
		tally_json_set(object, "what", tally_json_text(tally_text(need->what)));
		tally_json_set(object, "how", tally_json_text(tally_text(need->how)));
		tally_json_append(array, object);
	}
	return array;
}

static json_t *platforms_json(void)
{
	json_t *array = tally_json_array();
	const struct tally_platform *platform;
	size_t count;

	platform = tally_platforms(&count);
	for (size_t i = 0; i < count; i++) {
		bool is_there = tally_need_look(&platform[i].need[0], "") != TALLY_NEED_ABSENT;
		json_t *object = tally_json_object();

		tally_json_set(object, "provider", tally_json_text(tally_text(platform[i].provider)));
		tally_json_set(object, "what", tally_json_text(tally_text(platform[i].what)));
		tally_json_set(object, "is_present", tally_json_bool(is_there));
		tally_json_set(object, "is_served", tally_json_bool(tally_provider_find(platform[i].provider) != NULL));
		tally_json_set(object, "needs", needs_json(&platform[i]));
		tally_json_append(array, object);
	}
	return array;
}

static json_t *providers_json(void)
{
	json_t *array = tally_json_array();
	const struct tally_provider *const *provider;
	size_t count;

	provider = tally_providers(&count);
	for (size_t i = 0; i < count; i++) {
		json_t *object = tally_json_object();

		tally_json_set(object, "name", tally_json_text(tally_text(provider[i]->name)));
		tally_json_set(object, "summary", tally_json_text(tally_text(provider[i]->summary)));
		tally_json_set(object, "is_present", tally_json_bool(provider[i]->is_present()));
		tally_json_append(array, object);
	}
	return array;
}

static json_t *log_json(const struct tally_examination *log)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "records", tally_json_integer(log->record_count));
	tally_json_set(object, "size", tally_json_integer(log->log_size));
	tally_json_set(object, "capacity", tally_json_integer(log->capacity));
	tally_json_set(object, "torn_size", tally_json_integer(log->torn_size));
	tally_json_set(object, "intent", tally_json_text(tally_text(tally_slot_class_name(log->slot))));
	tally_json_set(object, "gaps", tally_json_integer(log->gap_count));
	tally_json_set(object, "filled_gaps", tally_json_integer(log->filled_gap_count));
	tally_json_set(object, "unpinned_gaps", tally_json_integer(log->unpinned_gap_count));
	tally_json_set(object, "open_attempts", tally_json_integer(log->open_attempt_count));
	tally_json_set(object, "is_other_boot", tally_json_bool(log->is_other_boot));
	tally_json_set(object, "differing_registers", tally_json_integer(log->differing_count));
	tally_json_set(object, "is_damaged", tally_json_bool(log->is_damaged));
	if (log->is_damaged) {
		tally_json_set(object, "damage_offset", tally_json_integer(log->damage_offset));
		tally_json_set(object, "damage", tally_json_text(tally_text(tally_status_name(log->damage))));
	}
	return object;
}

static void print_json(const struct tally_diagnosis *d)
{
	json_t *object = tally_json_object(), *advice = tally_json_array();

	for (size_t i = 0; i < d->advice_count; i++)
		tally_json_append(advice, tally_json_text(tally_text(d->advice[i])));
	tally_json_set(object, "version", tally_json_text(tally_text(TALLY_VERSION)));
	tally_json_set(object, "is_confidential", tally_json_bool(d->is_confidential));
	tally_json_set(object, "offers", offers_json());
	tally_json_set(object, "kinds", platforms_json());
	tally_json_set(object, "providers", providers_json());
	if (d->provider)
		tally_json_set(object, "chosen", tally_json_text(tally_text(d->provider->name)));
	tally_json_set(object, "why", tally_json_text(tally_text(d->why)));
	if (d->directory[0])
		tally_json_set(object, "directory", tally_json_text(tally_text(d->directory)));
	if (d->key[0])
		tally_json_set(object, "key", tally_json_text(tally_text(d->key)));
	if (d->has_log)
		tally_json_set(object, "log", log_json(&d->log));
	tally_json_set(object, "advice", advice);
	tally_json_print(stdout, "tally.doctor", object);
}

enum tally_exit tally_run_doctor(struct tally_cli *cli)
{
	struct tally_diagnosis d;
	enum tally_exit code;

	if (cli->arguments.operand_count)
		return tally_refuse_usage(cli, "tally doctor takes no operand");
	code = tally_diagnose(cli, &d);
	if (code != TALLY_EXIT_OK)
		return code;
	if (cli->is_json)
		print_json(&d);
	else
		print_text(&d);
	return d.code;
}
