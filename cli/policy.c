// SPDX-License-Identifier: BSD-2-Clause
/* tally policy init: a policy out of good evidence, for a person to edit. */
#include <stdlib.h>

#include "../verify/manifest.h"
#include "json.h"
#include "output.h"
#include "policy_sections.h"
#include "problem.h"
#include "verify_case.h"

/* Claims that must have a rule, and the id key's: without it the guest's ids are the host's word. */
static bool is_pinned(const struct tally_verdict_claim *claim)
{
	return claim->needs_rule || strcmp(claim->name, "snp.id-key-digest") == 0;
}

/* As people read it, and as the policy takes it. */
static json_t *claim_json(const struct tally_verdict_claim *claim)
{
	if (!claim->is_number)
		return json_string(claim->value);
	if (claim->is_bits)
		return json_sprintf("0x%llx", strtoull(claim->value, NULL, 10));
	return tally_json_integer(strtoull(claim->value, NULL, 10));
}

static json_t *claims_json(const struct tally_verdict *verdict)
{
	json_t *claims = tally_json_object();

	for (size_t i = 0; i < verdict->claim_count; i++) {
		const struct tally_verdict_claim *claim = &verdict->claim[i];

		if (is_pinned(claim))
			tally_json_set(claims, claim->name, claim_json(claim));
	}
	return claims;
}

/* One digest for each bank; SHA-1 proves nothing and is left out. */
static json_t *digests_json(const struct tally_banks *banks)
{
	json_t *list = tally_json_array();

	for (size_t i = 0; i < banks->count; i++) {
		const struct tally_digest *digest = &banks->digest[i];
		char hex[2 * TALLY_DIGEST_LIMIT + 1];

		tally_hex_write(hex, tally_digest_bytes(digest));
		if (digest->alg != TALLY_SHA1)
			tally_json_append(list, json_sprintf("%s:%s", tally_alg_name(digest->alg), hex));
	}
	return list;
}

static json_t *event_json(const struct tally_verdict_event *event)
{
	json_t *pattern = tally_json_object();
	json_t *rule = tally_json_object();

	if (event->is_authentic) {
		tally_json_set(pattern, "type", json_string(event->type));
		tally_json_set(pattern, "name", json_string(event->name));
		tally_json_set(pattern, "origin", json_string(event->origin));
	}
	tally_json_set(pattern, "digest", digests_json(&event->digests));
	tally_json_set(rule, "require", pattern);
	return rule;
}

/* Events where the log gives them; the value where it does not, or where anybody could have made them. */
static json_t *register_json(const struct tally_verdict *verdict, const struct tally_verdict_register *reg,
			     bool is_explained)
{
	json_t *events = tally_json_array();
	json_t *rule;

	for (size_t i = 0; i < verdict->event_count; i++) {
		is_explained =
			is_explained && !(verdict->event[i].is_void && !strcmp(verdict->event[i].reg, reg->name));
		if (strcmp(verdict->event[i].reg, reg->name) == 0)
			tally_json_append(events, event_json(&verdict->event[i]));
	}
	if (is_explained && (!reg->is_resettable || json_array_size(events) == 0))
		return events;
	json_decref(events);
	rule = tally_json_object();
	tally_json_set(rule, "value", digests_json(&reg->value));
	return rule;
}

static bool is_explained(const struct tally_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (strcmp(verdict->finding[i].subject, name) == 0 &&
		    strncmp(tally_reason_code(verdict->finding[i].reason), "log.", 4) == 0)
			return false;
	return true;
}

static json_t *registers_json(const struct tally_verdict *verdict)
{
	json_t *registers = tally_json_object();

	for (size_t i = 0; i < verdict->register_count; i++) {
		const struct tally_verdict_register *reg = &verdict->reg[i];

		tally_json_set(registers, reg->name, register_json(verdict, reg, is_explained(verdict, reg->name)));
	}
	return registers;
}

static void set_unless_empty(json_t *policy, const char *key, json_t *value)
{
	if (json_object_size(value))
		tally_json_set(policy, key, value);
	else
		json_decref(value);
}

static json_t *policy_json(const struct tally_sections_case *sections)
{
	const struct tally_verdict *verdict = sections->verdict;
	json_t *policy = tally_json_object();

	tally_json_set(policy, "tally-policy", tally_json_integer(TALLY_POLICY_VERSION));
	tally_json_set(policy, "binding", json_string(tally_binding_mode_name(verdict->binding)));
	tally_json_set(policy, "allow", tally_json_array());
	tally_sections_set(sections, policy);
	set_unless_empty(policy, "claims", claims_json(verdict));
	set_unless_empty(policy, "registers", registers_json(verdict));
	return policy;
}

/* What the report binds, the bundle shows; a policy has to choose it all the same. */
static enum tally_binding_mode binding_of(const struct tally_bundle *bundle)
{
	const struct tally_member *manifest = tally_bundle_find(bundle, TALLY_LABEL_MANIFEST);
	const struct tally_manifest_kind *kind = manifest ? tally_manifest_kind_of(manifest) : NULL;

	if (tally_bundle_find(bundle, TALLY_LABEL_BINDING))
		return TALLY_BINDING_TALLY;
	if (kind && kind->mode)
		return kind->mode;
	return tally_bundle_find(bundle, TALLY_LABEL_DATA) ? TALLY_BINDING_COCO : TALLY_BINDING_RAW;
}

/* A nonce is for one judgement, and a root for tests is no policy's: neither is left to the person who edits it. */
static bool is_left(const struct tally_case *c, const struct tally_finding *finding)
{
	if (finding->reason == TALLY_REASON_FRESHNESS_NONE)
		return c->request.has_nonce;
	return finding->reason != TALLY_REASON_ROOT_NON_PRODUCTION;
}

/* Judge by what was written: what it does not accept yet, a person must decide. */
static enum tally_status tell_rest(struct tally_case *c, struct tally_bytes text)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	struct tally_verdict *verdict = NULL;
	enum tally_status status = tally_policy_read(text, &policy, &problem);

	c->request.policy = policy;
	c->request.policy_bytes = text;
	if (status == TALLY_OK)
		status = tally_verify(&c->request, &verdict);
	for (size_t i = 0; status == TALLY_OK && i < verdict->finding_count; i++) {
		const struct tally_finding *finding = &verdict->finding[i];

		if (is_left(c, finding))
			fprintf(stderr, "tally: not accepted yet: %s (%s)%s%s\n", tally_reason_code(finding->reason),
				finding->subject, finding->detail[0] ? ": " : "", finding->detail);
	}
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	return status;
}

static enum tally_exit print_policy(struct tally_cli *cli, struct tally_case *c,
				    const struct tally_sections_case *sections)
{
	json_t *policy = policy_json(sections);
	char *text = json_dumps(policy, JSON_INDENT(2));
	enum tally_status status;

	json_decref(policy);
	if (!text)
		return TALLY_EXIT_SYSTEM;
	puts(text);
	status = tell_rest(c, tally_text(text));
	free(text);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &(struct tally_problem){ "" });
}

static enum tally_exit judge(struct tally_cli *cli, struct tally_case *c, const struct tally_bundle *bundle)
{
	struct tally_sections_case sections = { .bundle = bundle, .collateral = &c->store.collateral };
	struct tally_policy *policy = NULL;
	struct tally_verdict *verdict = NULL;
	enum tally_exit code = TALLY_EXIT_OK;
	enum tally_status status = tally_policy_survey(binding_of(bundle), &policy);

	c->request.policy = policy;
	if (status == TALLY_OK)
		status = tally_verify(&c->request, &verdict);
	sections.verdict = verdict;
	if (status != TALLY_OK)
		code = tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	else if (verdict->is_malformed)
		code = tally_refuse(cli, TALLY_EXIT_MALFORMED, "the evidence can't be read: \"tally verify\" says why");
	else
		code = print_policy(cli, c, &sections);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	return code;
}

static enum tally_exit judge_piece(struct tally_cli *cli, struct tally_case *c, const struct tally_piece *piece)
{
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	enum tally_exit code;

	if (!bundle)
		return tally_refuse_status(cli, TALLY_NO_MEMORY, &(struct tally_problem){ "" });
	/* What is no bundle is found to be none by the judgement. */
	if (tally_bundle_read(piece->bundle, bundle) != TALLY_OK)
		bundle->count = 0;
	c->request.evidence = piece->bundle;
	code = judge(cli, c, bundle);
	free(bundle);
	return code;
}

enum tally_exit tally_run_policy(struct tally_cli *cli)
{
	struct tally_piece piece;
	struct tally_case c;
	enum tally_exit code;

	if (cli->arguments.operand_count != 2 || strcmp(cli->arguments.operand[0], "init") != 0)
		return tally_refuse_usage(cli, "tally policy init takes one piece of evidence");
	memset(&c, 0, sizeof(c));
	code = tally_case_open(cli, &c);
	if (code == TALLY_EXIT_OK) {
		code = tally_piece_open(cli, cli->arguments.operand[1], &piece);
		if (code == TALLY_EXIT_OK)
			code = judge_piece(cli, &c, &piece);
		tally_piece_close(&piece);
	}
	tally_case_close(&c);
	return code;
}
