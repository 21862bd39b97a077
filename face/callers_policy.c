// SPDX-License-Identifier: BSD-2-Clause
/* The rules of a mount, and the first of them that names a caller. */
#include "callers_policy.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../authority/directory.h"
#include "callers_value.h"

#define ID_LIMIT 4294967294U /* the highest is none: (uid_t)-1 */
#define QUOTA_LIMIT (1ULL << 53)
#define GROUP_NAME "tally"
#define DATABASE_LIMIT (1024 * 1024) /* bytes of an entry of the user or group database */

/* Ids from first to last. */
struct id_range {
	bool is_there;
	unsigned first;
	unsigned last;
};

struct caller_rule {
	struct id_range uid;
	struct id_range gid;
	struct tally_rights rights;
};

struct tally_callers {
	size_t count;
	struct caller_rule rule[];
};

static const uint64_t limits_of_full[TALLY_QUOTA_KIND_COUNT] = {
	[TALLY_QUOTA_ENTRIES] = 4096,
	[TALLY_QUOTA_OPEN] = 16384,
	[TALLY_QUOTA_REQUESTS] = 4096,
	[TALLY_QUOTA_HELD_BYTES] = 512 * 1024 * 1024,
	[TALLY_QUOTA_LOG_BYTES] = TALLY_QUOTA_NONE,
};

static const uint64_t limits_of_others[TALLY_QUOTA_KIND_COUNT] = {
	[TALLY_QUOTA_ENTRIES] = 64,
	[TALLY_QUOTA_OPEN] = 256,
	[TALLY_QUOTA_REQUESTS] = 16,
	[TALLY_QUOTA_HELD_BYTES] = 32 * 1024 * 1024,
	[TALLY_QUOTA_LOG_BYTES] = 1024 * 1024,
};

/* --- who --- */

/* The bytes that an entry of a database needs are found by trying. */
static bool find_group(const char *name, gid_t *ret)
{
	struct group group;
	struct group *found = NULL;
	int error = ERANGE;

	for (size_t size = 1024; error == ERANGE && size <= DATABASE_LIMIT; size *= 4) {
		char *buffer = malloc(size);

		error = buffer ? getgrnam_r(name, &group, buffer, size, &found) : ENOMEM;
		if (error == 0 && found)
			*ret = group.gr_gid;
		free(buffer);
	}
	return error == 0 && found;
}

static bool find_user(const char *name, uid_t *ret)
{
	struct passwd user;
	struct passwd *found = NULL;
	int error = ERANGE;

	for (size_t size = 1024; error == ERANGE && size <= DATABASE_LIMIT; size *= 4) {
		char *buffer = malloc(size);

		error = buffer ? getpwnam_r(name, &user, buffer, size, &found) : ENOMEM;
		if (error == 0 && found)
			*ret = user.pw_uid;
		free(buffer);
	}
	return error == 0 && found;
}

/* A number, or the first and the last of a range. */
static void read_range(struct tally_policy_reader *reader, json_t *json, struct id_range *ret)
{
	bool is_range = json_is_array(json);

	if (is_range && json_array_size(json) != 2)
		tally_policy_fault(reader, "must be a number, or an array of the first and the last of a range");
	ret->is_there = true;
	ret->first = (unsigned)tally_callers_number(reader, is_range ? json_array_get(json, 0) : json, ID_LIMIT);
	ret->last = (unsigned)tally_callers_number(reader, is_range ? json_array_get(json, 1) : json, ID_LIMIT);
	if (ret->last < ret->first)
		tally_policy_fault(reader, "the range ends before it begins");
}

static void read_user(struct tally_policy_reader *reader, json_t *json, struct id_range *ret)
{
	const char *name = tally_callers_string(reader, json);

	if (ret->is_there)
		tally_policy_fault(reader, "stands beside uid: one of them is enough");
	ret->is_there = true;
	if (!find_user(name, &ret->first))
		tally_policy_fault(reader, "there is no user \"%s\" here: give the uid", name);
	ret->last = ret->first;
}

static void read_group(struct tally_policy_reader *reader, json_t *json, struct id_range *ret)
{
	const char *name = tally_callers_string(reader, json);

	if (ret->is_there)
		tally_policy_fault(reader, "stands beside gid: one of them is enough");
	ret->is_there = true;
	if (!find_group(name, &ret->first))
		tally_policy_fault(reader, "there is no group \"%s\" here: give the gid", name);
	ret->last = ret->first;
}

static void read_any(struct tally_policy_reader *reader, json_t *json)
{
	if (!tally_callers_bool(reader, json))
		tally_policy_fault(reader, "must be true, or left out");
}

/* --- what --- */

static void read_log(struct tally_policy_reader *reader, json_t *json, struct tally_rights *rights)
{
	static const char *const words[] = {
		[TALLY_LOG_NONE] = "none", [TALLY_LOG_OWN] = "own", [TALLY_LOG_LABEL] = "label", [TALLY_LOG_ALL] = "all"
	};
	const char *text = tally_callers_string(reader, json);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], text) == 0) {
			rights->log = (enum tally_log_right)i;
			return;
		}
	}
	tally_policy_fault(reader, "must be none, own, label or all");
}

static void read_quota(struct tally_policy_reader *reader, json_t *json, struct tally_rights *rights)
{
	static const char *const keys[] = { "entries", "open", "requests", "held-bytes", "log-bytes", NULL };
	static const enum tally_quota_kind kinds[] = { TALLY_QUOTA_ENTRIES, TALLY_QUOTA_OPEN, TALLY_QUOTA_REQUESTS,
						       TALLY_QUOTA_HELD_BYTES, TALLY_QUOTA_LOG_BYTES };

	if (!tally_policy_object(reader, json, keys))
		return;
	for (size_t i = 0; keys[i]; i++) {
		json_t *value = json_object_get(json, keys[i]);
		size_t mark;

		if (!value)
			continue;
		mark = tally_policy_enter(reader, keys[i]);
		rights->limit[kinds[i]] = tally_callers_number(reader, value, QUOTA_LIMIT);
		tally_policy_leave(reader, mark);
	}
}

static void read_right(struct tally_policy_reader *reader, const struct tally_register_set *set, const char *key,
		       json_t *value, struct caller_rule *rule)
{
	struct tally_rights *rights = &rule->rights;

	if (strcmp(key, "uid") == 0)
		read_range(reader, value, &rule->uid);
	else if (strcmp(key, "gid") == 0)
		read_range(reader, value, &rule->gid);
	else if (strcmp(key, "user") == 0)
		read_user(reader, value, &rule->uid);
	else if (strcmp(key, "group") == 0)
		read_group(reader, value, &rule->gid);
	else if (strcmp(key, "any") == 0)
		read_any(reader, value);
	else if (strcmp(key, "raw-report") == 0)
		rights->has_raw_report = tally_callers_bool(reader, value);
	else if (strcmp(key, "report") == 0)
		rights->has_report = tally_callers_bool(reader, value);
	else if (strcmp(key, "evidence") == 0)
		rights->has_evidence = tally_callers_bool(reader, value);
	else if (strcmp(key, "registers") == 0)
		rights->sees_registers = tally_callers_bool(reader, value);
	else if (strcmp(key, "raw-extend") == 0)
		rights->raw_extends = tally_callers_registers(reader, set, value);
	else if (strcmp(key, "append") == 0)
		rights->appends = tally_callers_registers(reader, set, value);
	else if (strcmp(key, "log") == 0)
		read_log(reader, value, rights);
	else if (strcmp(key, "quota") == 0)
		read_quota(reader, value, rights);
}

void tally_callers_full(struct tally_rights *rights)
{
	memcpy(rights->limit, limits_of_full, sizeof(rights->limit));
	rights->is_full = true;
	rights->has_raw_report = true;
	rights->has_report = true;
	rights->has_evidence = true;
	rights->sees_registers = true;
	rights->raw_extends = UINT64_MAX;
	rights->appends = UINT64_MAX;
	rights->log = TALLY_LOG_ALL;
}

/* Full rights come first, because a quota is read into the limits that they have by default. */
static void read_full(struct tally_policy_reader *reader, json_t *rule, struct tally_rights *rights)
{
	static const char *const held[] = { "raw-report", "raw-extend", "report", "evidence",
					    "append",	  "registers",	"log",	  NULL };
	json_t *json = json_object_get(rule, "full");
	size_t mark = tally_policy_enter(reader, "full");
	bool is_full = json && tally_callers_bool(reader, json);

	for (size_t i = 0; is_full && held[i]; i++)
		if (json_object_get(rule, held[i]))
			tally_policy_fault(reader, "holds %s already: leave that out", held[i]);
	tally_policy_leave(reader, mark);
	if (is_full)
		tally_callers_full(rights);
	else
		memcpy(rights->limit, limits_of_others, sizeof(rights->limit));
}

static void check_rule(struct tally_policy_reader *reader, json_t *json, const struct caller_rule *rule)
{
	bool names_ids = rule->uid.is_there || rule->gid.is_there;

	if (!names_ids && !json_object_get(json, "any"))
		tally_policy_fault(reader, "must name whom it is for: uid, gid, user, group or any");
	if (names_ids && json_object_get(json, "any"))
		tally_policy_fault(reader, "is for any caller, and names ids");
	if (rule->rights.has_evidence && rule->rights.log != TALLY_LOG_ALL)
		tally_policy_fault(reader, "evidence carries the whole log: give log \"all\" with it, or report alone");
}

static void read_rule(struct tally_policy_reader *reader, const struct tally_register_set *set, json_t *json,
		      struct caller_rule *ret)
{
	static const char *const keys[] = { "uid",    "gid",	    "user",   "group",	  "any",
					    "full",   "raw-report", "report", "evidence", "raw-extend",
					    "append", "registers",  "log",    "quota",	  NULL };
	const char *key;
	json_t *value;

	if (!tally_policy_object(reader, json, keys))
		return;
	read_full(reader, json, &ret->rights);
	json_object_foreach(json, key, value)
	{
		size_t mark = tally_policy_enter(reader, key);

		read_right(reader, set, key, value, ret);
		tally_policy_leave(reader, mark);
	}
	check_rule(reader, json, ret);
}

/* --- the file --- */

static void read_version(struct tally_policy_reader *reader, json_t *root)
{
	json_t *json = json_object_get(root, "tally-callers");
	size_t mark = tally_policy_enter(reader, "tally-callers");

	if (!json_is_integer(json) || json_integer_value(json) != TALLY_CALLERS_VERSION)
		tally_policy_fault(reader, "must be %d: this is no policy of callers, or one of another version",
				   TALLY_CALLERS_VERSION);
	tally_policy_leave(reader, mark);
}

/* The array of rules; NULL after a fault. */
static json_t *open_rules(struct tally_policy_reader *reader, json_t *root)
{
	static const char *const keys[] = { "tally-callers", "rules", NULL };
	json_t *rules;

	if (!tally_policy_object(reader, root, keys))
		return NULL;
	read_version(reader, root);
	rules = json_object_get(root, "rules");
	if (!json_is_array(rules))
		tally_policy_fault(reader, "rules must be an array; with none in it nobody may do anything");
	else if (json_array_size(rules) > TALLY_CALLERS_RULE_LIMIT)
		tally_policy_fault(reader, "more than %d rules", TALLY_CALLERS_RULE_LIMIT);
	return reader->has_failed ? NULL : rules;
}

static struct tally_callers *read_rules(struct tally_policy_reader *reader, const struct tally_register_set *set,
					json_t *rules)
{
	size_t count = json_array_size(rules);
	struct tally_callers *callers = calloc(1, sizeof(*callers) + count * sizeof(callers->rule[0]));
	size_t root = tally_policy_enter(reader, "rules");

	for (size_t i = 0; callers && i < count; i++) {
		size_t mark = tally_policy_enter_index(reader, i);

		read_rule(reader, set, json_array_get(rules, i), &callers->rule[i]);
		tally_policy_leave(reader, mark);
	}
	tally_policy_leave(reader, root);
	if (callers)
		callers->count = count;
	return callers;
}

enum tally_status tally_callers_read(struct tally_bytes text, const struct tally_register_set *set,
				     struct tally_callers **ret, struct tally_problem *problem)
{
	struct tally_policy_reader reader = { .problem = problem->text, .problem_size = sizeof(problem->text) };
	struct tally_callers *callers = NULL;
	json_t *root = NULL;
	json_t *rules;

	problem->text[0] = 0;
	if (text.size > TALLY_CALLERS_SIZE_LIMIT)
		tally_policy_fault(&reader, "larger than 1 MiB");
	else
		root = tally_policy_parse(&reader, text);
	rules = root ? open_rules(&reader, root) : NULL;
	if (rules)
		callers = read_rules(&reader, set, rules);
	json_decref(root);
	if (callers && !reader.has_failed) {
		*ret = callers;
		return TALLY_OK;
	}
	tally_callers_free(callers);
	return reader.has_failed ? TALLY_POLICY : TALLY_NO_MEMORY;
}

static enum tally_status file_fail(const char *path, struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot read %s: %s", path, strerror(error));
	if (error == ENOENT)
		return TALLY_NOT_FOUND;
	return error == EACCES ? TALLY_PERMISSION : TALLY_SYSTEM;
}

/* One byte more than there may be, to see that there is none. */
static enum tally_status read_open_file(int fd, const char *path, uint8_t **ret, size_t *ret_size,
					struct tally_problem *problem)
{
	size_t capacity = TALLY_CALLERS_SIZE_LIMIT + 1;
	uint8_t *data = malloc(capacity);
	struct stat stat;

	if (!data)
		return TALLY_NO_MEMORY;
	if (fstat(fd, &stat) == 0 && !S_ISREG(stat.st_mode)) {
		errno = EINVAL;
	} else if (tally_file_read(fd, data, capacity, 0, ret_size) == TALLY_OK) {
		*ret = data;
		return TALLY_OK;
	}
	free(data);
	return file_fail(path, problem);
}

enum tally_status tally_callers_read_file(const char *path, const struct tally_register_set *set,
					  struct tally_callers **ret, struct tally_problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct tally_problem fault;
	uint8_t *text = NULL;
	size_t size = 0;
	enum tally_status status;

	if (fd < 0)
		return file_fail(path, problem);
	status = read_open_file(fd, path, &text, &size, problem);
	close(fd);
	if (status != TALLY_OK)
		return status;
	status = tally_callers_read(tally_bytes(text, size), set, ret, &fault);
	free(text);
	if (status == TALLY_POLICY)
		tally_problem_set(problem, "%s: %s", path, fault.text);
	return status;
}

void tally_callers_free(struct tally_callers *callers)
{
	free(callers);
}

/* --- looking up --- */

static bool range_has(const struct id_range *range, unsigned id)
{
	return id >= range->first && id <= range->last;
}

static bool range_has_group(const struct id_range *range, gid_t gid, const gid_t *groups, size_t count)
{
	bool has = range_has(range, gid);

	for (size_t i = 0; i < count && !has; i++)
		has = range_has(range, groups[i]);
	return has;
}

enum naming { NAMES_NOT = 0, NAMES, NAMES_PERHAPS };

static enum naming rule_names(const struct caller_rule *rule, uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	bool is_known = count != TALLY_GROUPS_UNKNOWN;

	if (rule->uid.is_there && !range_has(&rule->uid, uid))
		return NAMES_NOT;
	if (!rule->gid.is_there || range_has_group(&rule->gid, gid, groups, is_known ? count : 0))
		return NAMES;
	return is_known ? NAMES_NOT : NAMES_PERHAPS;
}

/* The rule of the default that is not for root. Without such a group it is for nobody. */
static struct id_range default_group;

static void find_default_group(void)
{
	default_group.is_there = find_group(GROUP_NAME, &default_group.first);
	default_group.last = default_group.first;
}

static void default_rights(uid_t uid, gid_t gid, const gid_t *groups, size_t count, struct tally_rights *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (uid == 0) {
		tally_callers_full(ret);
		return;
	}
	pthread_once(&once, find_default_group);
	if (count == TALLY_GROUPS_UNKNOWN)
		count = 0;
	if (!default_group.is_there || !range_has_group(&default_group, gid, groups, count))
		return;
	memcpy(ret->limit, limits_of_others, sizeof(ret->limit));
	ret->sees_registers = true;
	ret->log = TALLY_LOG_ALL;
}

void tally_callers_rights(const struct tally_callers *callers, uid_t uid, gid_t gid, const gid_t *groups, size_t count,
			  struct tally_rights *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!callers)
		default_rights(uid, gid, groups, count, ret);
	for (size_t i = 0; callers && i < callers->count; i++) {
		enum naming naming = rule_names(&callers->rule[i], uid, gid, groups, count);

		if (naming == NAMES)
			*ret = callers->rule[i].rights;
		if (naming != NAMES_NOT)
			return;
	}
}
