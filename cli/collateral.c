// SPDX-License-Identifier: BSD-2-Clause
/* tally collateral: get what a judgement is missing, and show what is there. Nothing is fetched unless it is asked for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fetch.h"
#include "json.h"
#include "output.h"
#include "problem.h"
#include "verify_case.h"

#define ROUND_LIMIT 6 /* what is there may tell what else is missing */
#define NEED_LIMIT 64
#define NAME_LIMIT 256
#define PATH_ROOM (TALLY_STORE_PATH_LIMIT + NAME_LIMIT)

/* One run of fetch. */
struct errand {
	struct tally_cli *cli;
	char cache[TALLY_STORE_PATH_LIMIT];
	size_t count;
	char *done[NEED_LIMIT]; /* names that were asked for */
	json_t *files;
	enum tally_exit code;
};

static void time_text(int64_t seconds, char ret[40])
{
	time_t time = (time_t)seconds;
	struct tm fields;

	if (!gmtime_r(&time, &fields) || !strftime(ret, 40, "%Y-%m-%dT%H:%M:%SZ", &fields))
		snprintf(ret, 40, "%lld", (long long)seconds);
}

/* Names come from the verifier, and parts of them from evidence. */
static bool is_safe_name(const char *name)
{
	return name[0] != '/' && name[0] != '.' && !strstr(name, "..") && !strstr(name, "//") &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-/") == strlen(name) && strlen(name) < 200;
}

static bool make_folders(const char *path)
{
	char copy[PATH_ROOM];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return true;
}

/* Whole or not at all. */
static bool write_file(const char *path, struct tally_bytes bytes)
{
	char temporary[PATH_ROOM + 8];
	ssize_t done;
	int file;

	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	file = make_folders(path) ? mkostemp(temporary, O_CLOEXEC) : -1;
	if (file < 0)
		return false;
	done = write(file, bytes.data, bytes.size);
	if (fchmod(file, 0644) == 0 && close(file) == 0 && done == (ssize_t)bytes.size && rename(temporary, path) == 0)
		return true;
	unlink(temporary);
	return false;
}

static bool issued_of(struct tally_bytes bytes, struct tally_arena *arena, int64_t *ret)
{
	struct tally_collateral_item item = { tally_collateral_kind_of(bytes), "", bytes };
	struct tally_store_dates dates = tally_store_dates(&item, arena);

	*ret = dates.issued;
	return dates.has_issued;
}

/* The cache has something newer, of the same name. */
static bool is_older(struct tally_cli *cli, const char *path, struct tally_bytes bytes)
{
	struct tally_input present = { .bytes = { NULL, 0 } };
	struct tally_arena *arena = tally_arena_new();
	int64_t before = 0;
	int64_t now = 0;
	bool holds = arena && access(path, F_OK) == 0 &&
		     tally_input_open(cli, "the cache", path, &present) == TALLY_EXIT_OK &&
		     issued_of(present.bytes, arena, &before) && issued_of(bytes, arena, &now) && now < before;

	tally_input_done(&present);
	tally_arena_free(arena);
	return holds;
}

static void report(struct errand *errand, const char *name, const char *url, const char *outcome, const char *message)
{
	json_t *file = tally_json_object();

	tally_json_set(file, "name", json_string(name));
	tally_json_set(file, "url", url ? json_string(url) : json_null());
	tally_json_set(file, "outcome", json_string(outcome));
	tally_json_set(file, "message", json_string(message));
	tally_json_append(errand->files, file);
	if (!errand->cli->is_json)
		printf("%s  %s%s%s\n", outcome, name, message[0] ? ": " : "", message);
}

static void store(struct errand *errand, const char *name, const char *url, struct tally_bytes bytes)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", errand->cache, name);
	if (tally_collateral_kind_of(bytes) == TALLY_COLLATERAL_UNKNOWN) {
		report(errand, name, url, "failed", "what was served is no collateral");
		errand->code = TALLY_EXIT_UNAVAILABLE;
	} else if (is_older(errand->cli, path, bytes)) {
		report(errand, name, url, "kept", "what was served is older than what is there");
	} else if (write_file(path, bytes)) {
		report(errand, name, url, "fetched", "");
	} else {
		report(errand, name, url, "failed", "it can't be written to the cache");
		errand->code = TALLY_EXIT_SYSTEM;
	}
}

/* What Intel's caching service has at another path than Intel itself. */
static const struct {
	const char *path;
	const char *other;
} elsewhere[] = { { "/IntelSGXRootCA.der", "/sgx/certification/v4/rootcacrl" } };

/* The same path at another server. */
static const char *mirrored(const struct errand *errand, const char *url, char *ret, size_t size)
{
	const char *mirror = tally_argument(&errand->cli->arguments, "mirror");
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	size_t length = mirror ? strlen(mirror) : 0;

	if (!mirror || !path)
		return url;
	while (length && mirror[length - 1] == '/')
		length--;
	snprintf(ret, size, "%.*s%s", (int)length, mirror, path);
	return ret;
}

/* Fetch it, from a mirror by its other path if it does not know the first. */
static bool fetch_url(const struct errand *errand, struct tally_fetch *fetch, const char *asked)
{
	char url[2048];
	bool is_mirror;
	bool holds;

	fetch->url = mirrored(errand, asked, url, sizeof(url));
	is_mirror = fetch->url == url;
	holds = tally_fetch(fetch);
	for (size_t i = 0; is_mirror && !holds && fetch->code == 404 && i < sizeof(elsewhere) / sizeof(elsewhere[0]);
	     i++) {
		char *path = strstr(url, elsewhere[i].path);

		if (!path || path[strlen(elsewhere[i].path)] != 0)
			continue;
		snprintf(path, sizeof(url) - (size_t)(path - url), "%s", elsewhere[i].other);
		holds = tally_fetch(fetch);
	}
	return holds;
}

static void fetch_need(struct errand *errand, const struct tally_verdict_need *need)
{
	struct tally_fetch fetch = { .header = need->chain_header,
				     .cacert = tally_argument(&errand->cli->arguments, "cacert") };
	bool holds = fetch_url(errand, &fetch, need->url);

	if (holds) {
		store(errand, need->name, need->url, tally_bytes(fetch.body, fetch.size));
		if (need->chain_name && fetch.value && is_safe_name(need->chain_name))
			store(errand, need->chain_name, need->url,
			      tally_bytes((const uint8_t *)fetch.value, fetch.value_size));
	} else {
		char message[320];

		snprintf(message, sizeof(message), "%s%s", fetch.problem,
			 fetch.retry_after ? ", and asks for patience" : "");
		report(errand, need->name, need->url, "failed", message);
		errand->code = fetch.retry_after ? TALLY_EXIT_TRY_AGAIN : TALLY_EXIT_UNAVAILABLE;
	}
	tally_fetch_done(&fetch);
}

static bool is_done(struct errand *errand, const char *name)
{
	for (size_t i = 0; i < errand->count; i++)
		if (strcmp(errand->done[i], name) == 0)
			return true;
	if (errand->count == NEED_LIMIT)
		return true;
	errand->done[errand->count] = strdup(name);
	return !errand->done[errand->count++];
}

/* True if something was fetched that may tell more. */
static bool fetch_needs(struct errand *errand, const struct tally_verdict *verdict)
{
	bool is_new = false;

	for (size_t i = 0; i < verdict->need_count; i++) {
		const struct tally_verdict_need *need = &verdict->need[i];

		if (!is_safe_name(need->name) || is_done(errand, need->name))
			continue;
		is_new = true;
		if (need->url) {
			fetch_need(errand, need);
		} else {
			report(errand, need->name, NULL, "failed", "nobody serves it: give it with --collateral");
			errand->code = TALLY_EXIT_UNAVAILABLE;
		}
	}
	return is_new;
}

/* What is there by now decides what is asked for next. */
static enum tally_exit fetch_round(struct errand *errand, struct tally_case *c, bool *ret_is_new)
{
	struct tally_verdict *verdict = NULL;
	enum tally_status status;
	enum tally_exit code;

	tally_store_close(&c->store);
	code = tally_store_open(errand->cli, &c->store);
	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_verify(&c->request, &verdict);
	if (status != TALLY_OK)
		return tally_refuse_status(errand->cli, status, &(struct tally_problem){ "" });
	*ret_is_new = fetch_needs(errand, verdict);
	if (verdict->is_malformed)
		code = tally_refuse(errand->cli, TALLY_EXIT_MALFORMED,
				    "the evidence can't be read: \"tally verify\" says why");
	tally_verdict_free(verdict);
	return code;
}

static enum tally_exit fetch_for(struct errand *errand, struct tally_case *c, const char *path)
{
	struct tally_piece piece;
	enum tally_exit code = tally_piece_open(errand->cli, path, &piece);
	bool is_new = true;

	c->request.evidence = piece.bundle;
	for (int round = 0; code == TALLY_EXIT_OK && is_new && round < ROUND_LIMIT; round++)
		code = fetch_round(errand, c, &is_new);
	tally_piece_close(&piece);
	return code;
}

static enum tally_exit fetch_all(struct tally_cli *cli)
{
	struct errand errand = { .cli = cli, .files = tally_json_array() };
	enum tally_exit code = TALLY_EXIT_OK;
	struct tally_case c;

	memset(&c, 0, sizeof(c));
	if (cli->arguments.operand_count < 2)
		code = tally_refuse_usage(cli, "tally collateral fetch takes evidence");
	else if (!tally_store_own(cli, errand.cache))
		code = tally_refuse_usage(cli, "there is no place for a cache: name one with --cache");
	if (code == TALLY_EXIT_OK)
		code = tally_case_open(cli, &c);
	for (size_t i = 1; code == TALLY_EXIT_OK && i < cli->arguments.operand_count; i++)
		code = fetch_for(&errand, &c, cli->arguments.operand[i]);
	tally_case_close(&c);
	for (size_t i = 0; i < errand.count; i++)
		free(errand.done[i]);
	if (code == TALLY_EXIT_OK && cli->is_json) {
		json_t *object = tally_json_object();

		tally_json_set(object, "cache", json_string(errand.cache));
		tally_json_set(object, "files", json_incref(errand.files));
		tally_json_print(stdout, "tally.collateral-fetch", object);
	} else if (code == TALLY_EXIT_OK && json_array_size(errand.files) == 0) {
		puts("nothing is missing");
	}
	json_decref(errand.files);
	return code == TALLY_EXIT_OK ? errand.code : code;
}

static const char *state_of(const struct tally_store_dates *dates, int64_t now)
{
	if (dates->has_issued && dates->issued > now)
		return "not-yet-valid";
	if (!dates->has_until)
		return "undated";
	return dates->until < now ? "expired" : "valid";
}

static json_t *item_json(const struct tally_collateral_item *item, const struct tally_store_dates *dates, int64_t now)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "path", tally_json_text(tally_text(item->origin)));
	tally_json_set(object, "kind", json_string(tally_collateral_kind_name(item->kind)));
	tally_json_set(object, "issued", dates->has_issued ? json_integer(dates->issued) : json_null());
	tally_json_set(object, "valid_until", dates->has_until ? json_integer(dates->until) : json_null());
	tally_json_set(object, "state", json_string(state_of(dates, now)));
	return object;
}

static void print_item(const struct tally_collateral_item *item, const struct tally_store_dates *dates, int64_t now)
{
	char until[40] = "-";

	if (dates->has_until)
		time_text(dates->until, until);
	printf("%-13s  %-16s  %-20s  %s\n", state_of(dates, now), tally_collateral_kind_name(item->kind), until,
	       item->origin);
}

static enum tally_exit show(struct tally_cli *cli)
{
	struct tally_store store = { .arena = NULL };
	json_t *files = tally_json_array();
	int64_t now = (int64_t)time(NULL);
	enum tally_exit code = TALLY_EXIT_OK;

	if (cli->arguments.operand_count < 2)
		code = tally_store_open(cli, &store);
	for (size_t i = 1; code == TALLY_EXIT_OK && i < cli->arguments.operand_count; i++)
		code = tally_store_add_folder(cli, &store, cli->arguments.operand[i]);
	for (size_t i = 0; code == TALLY_EXIT_OK && i < store.collateral.count; i++) {
		const struct tally_collateral_item *item = &store.collateral.item[i];
		struct tally_store_dates dates = tally_store_dates(item, store.arena);

		if (cli->is_json)
			tally_json_append(files, item_json(item, &dates, now));
		else
			print_item(item, &dates, now);
	}
	if (code == TALLY_EXIT_OK && cli->is_json) {
		json_t *object = tally_json_object();

		tally_json_set(object, "files", json_incref(files));
		tally_json_print(stdout, "tally.collateral-show", object);
	} else if (code == TALLY_EXIT_OK && store.collateral.count == 0) {
		puts("there is no collateral");
	}
	json_decref(files);
	tally_store_close(&store);
	return code;
}

enum tally_exit tally_run_collateral(struct tally_cli *cli)
{
	const char *what = cli->arguments.operand_count ? cli->arguments.operand[0] : "";

	if (strcmp(what, "fetch") == 0)
		return fetch_all(cli);
	if (strcmp(what, "show") == 0)
		return show(cli);
	return tally_refuse_usage(cli, "tally collateral is fetch or show");
}
