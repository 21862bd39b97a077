// SPDX-License-Identifier: BSD-2-Clause
/* Several threads take the next piece each; a thread keeps what it has verified for its own next one. */
#include "verify_batch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../verify/kept.h"
#include "problem.h"

#define THREAD_LIMIT 64
#define EVIDENCE_LIMIT ((off_t)256 * 1024 * 1024)
#define NONCE_LIMIT 64
/* Pieces that may wait for an earlier one to be printed. */
#define AHEAD_LIMIT 256

struct piece_of_batch {
	char *path;
	size_t nonce_size; /* 0: the command line's */
	uint8_t nonce[NONCE_LIMIT];
	char *line; /* the answer */
	enum tally_exit code;
	bool is_done;
};

/* lock holds next, printed and the answers of pieces. */
struct batch {
	const struct tally_case *c;
	const struct tally_result *result;
	struct piece_of_batch *piece;
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t next;
	size_t printed;
};

/* A file into memory of its own; 0 or an errno. */
static int read_whole(const char *path, uint8_t **ret, size_t *ret_size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	size_t used = 0;
	ssize_t done = 1;
	uint8_t *data;
	int error;

	if (file < 0)
		return errno;
	if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size > EVIDENCE_LIMIT) {
		close(file);
		return EFBIG;
	}
	data = malloc((size_t)stat.st_size + 1);
	while (data && used < (size_t)stat.st_size && done > 0) {
		done = read(file, data + used, (size_t)stat.st_size - used);
		used += done > 0 ? (size_t)done : 0;
	}
	error = !data ? ENOMEM : done < 0 ? errno : 0;
	close(file);
	if (error) {
		free(data);
		return error;
	}
	*ret = data;
	*ret_size = used;
	return 0;
}

/* The object of an error, as on standard error for a single piece: the order of lines must hold. */
static void fail(struct piece_of_batch *piece, enum tally_exit code, const char *status, const char *message)
{
	static const char format[] = "{\"schema\":\"tally.error/1\",\"exit\":%d,\"status\":\"%s\",\"message\":\"%s\"}";
	int size = snprintf(NULL, 0, format, (int)code, status, message);

	piece->code = code;
	piece->line = malloc((size_t)size + 1);
	if (piece->line)
		snprintf(piece->line, (size_t)size + 1, format, (int)code, status, message);
}

static void answer(const struct batch *batch, struct piece_of_batch *piece, const struct tally_verdict *verdict)
{
	piece->code = tally_result_exit(verdict);
	if (!batch->result->key)
		piece->line = tally_verdict_to_json(verdict);
	else if (tally_verdict_to_ear(verdict, batch->result->profile, batch->result->key, (int64_t)time(NULL),
				      &piece->line) != TALLY_OK)
		fail(piece, TALLY_EXIT_SYSTEM, "CRYPTO", "the result can't be signed");
}

static enum tally_status judge_bytes(const struct batch *batch, struct piece_of_batch *piece, struct tally_bytes bytes,
				     struct tally_kept *kept)
{
	struct tally_verify_request request = batch->c->request;
	struct tally_wrap wrap = { .evidence = bytes };
	struct tally_arena *arena = tally_arena_new();
	struct tally_verdict *verdict = NULL;
	const char *what = "";
	enum tally_status status = arena ? tally_wrap(&wrap, arena, &request.evidence, &what) : TALLY_NO_MEMORY;

	if (status != TALLY_OK && status != TALLY_NO_MEMORY) {
		request.evidence = bytes;
		status = TALLY_OK;
	}
	request.kept = kept;
	if (piece->nonce_size) {
		request.has_nonce = true;
		request.nonce = tally_bytes(piece->nonce, piece->nonce_size);
	}
	if (status == TALLY_OK)
		status = tally_verify(&request, &verdict);
	if (status == TALLY_OK)
		answer(batch, piece, verdict);
	tally_verdict_free(verdict);
	tally_arena_free(arena);
	return status;
}

static void judge_piece(const struct batch *batch, struct piece_of_batch *piece, struct tally_kept *kept)
{
	uint8_t *data = NULL;
	size_t size = 0;
	int error = read_whole(piece->path, &data, &size);
	enum tally_status status;

	if (error) {
		fail(piece, TALLY_EXIT_SYSTEM, "IO", "the evidence can't be read");
		return;
	}
	status = judge_bytes(batch, piece, tally_bytes(data, size), kept);
	if (status != TALLY_OK)
		fail(piece, tally_exit_of(status), tally_status_name(status), tally_status_message(status));
	free(data);
}

/* The next piece that nobody has taken; NULL at the end. Nobody runs far ahead of what is printed. */
static struct piece_of_batch *take_piece(struct batch *batch)
{
	struct piece_of_batch *piece = NULL;

	pthread_mutex_lock(&batch->lock);
	while (batch->next < batch->count && batch->next >= batch->printed + AHEAD_LIMIT)
		pthread_cond_wait(&batch->changed, &batch->lock);
	if (batch->next < batch->count)
		piece = &batch->piece[batch->next++];
	pthread_mutex_unlock(&batch->lock);
	return piece;
}

static void *work(void *context)
{
	struct batch *batch = context;
	struct tally_kept *kept = tally_kept_new();
	struct piece_of_batch *piece;

	while ((piece = take_piece(batch))) {
		judge_piece(batch, piece, kept);
		pthread_mutex_lock(&batch->lock);
		piece->is_done = true;
		pthread_cond_broadcast(&batch->changed);
		pthread_mutex_unlock(&batch->lock);
	}
	tally_kept_free(kept);
	return NULL;
}

/* Lines in the order of the pieces. The worst code of all: what can't be judged, malformed, rejected. */
static enum tally_exit print_all(struct batch *batch)
{
	enum tally_exit worst = TALLY_EXIT_OK;

	for (size_t i = 0; i < batch->count; i++) {
		struct piece_of_batch *piece = &batch->piece[i];

		pthread_mutex_lock(&batch->lock);
		while (!piece->is_done)
			pthread_cond_wait(&batch->changed, &batch->lock);
		batch->printed = i + 1;
		pthread_cond_broadcast(&batch->changed);
		pthread_mutex_unlock(&batch->lock);
		if (piece->line)
			puts(piece->line);
		else
			worst = TALLY_EXIT_SYSTEM;
		free(piece->line);
		piece->line = NULL;
		if (piece->code > worst)
			worst = piece->code;
	}
	return worst;
}

static size_t thread_count(const struct tally_cli *cli)
{
	const char *text = tally_argument(&cli->arguments, "threads");
	long count = text ? strtol(text, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t processors;

	/* Those that we may use, where the machine has more. */
	if (!text && sched_getaffinity(0, sizeof(processors), &processors) == 0)
		count = CPU_COUNT(&processors);
	return count < 1 ? 1 : count > THREAD_LIMIT ? THREAD_LIMIT : (size_t)count;
}

static enum tally_exit run(struct tally_cli *cli, struct batch *batch)
{
	pthread_t threads[THREAD_LIMIT];
	size_t wanted = thread_count(cli);
	enum tally_exit code;
	size_t count = 0;

	while (count < wanted && pthread_create(&threads[count], NULL, work, batch) == 0)
		count++;
	if (count == 0)
		return tally_refuse(cli, TALLY_EXIT_SYSTEM, "no thread can be started");
	code = print_all(batch);
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return code;
}

static bool add_piece(struct batch *batch, const char *path, size_t path_size)
{
	struct piece_of_batch *grown = batch->piece;

	if ((batch->count & (batch->count - 1)) == 0)
		grown = realloc(grown, (batch->count ? 2 * batch->count : 1) * sizeof(*grown));
	if (!grown)
		return false;
	batch->piece = grown;
	memset(&grown[batch->count], 0, sizeof(*grown));
	grown[batch->count].path = strndup(path, path_size);
	return grown[batch->count++].path != NULL;
}

/* "FILE", or "FILE NONCE" where the last word is hex of a nonce's length. */
static bool add_line(struct batch *batch, char *line)
{
	size_t size = strcspn(line, "\n");
	char *space;
	struct tally_bytes digits;

	line[size] = 0;
	space = strrchr(line, ' ');
	digits = tally_text(space ? space + 1 : "");
	if (!add_piece(batch, line, size))
		return false;
	if (digits.size >= 16 && digits.size <= 2 * NONCE_LIMIT &&
	    tally_hex_read(digits, batch->piece[batch->count - 1].nonce)) {
		batch->piece[batch->count - 1].nonce_size = digits.size / 2;
		batch->piece[batch->count - 1].path[space - line] = 0;
	}
	return true;
}

static bool read_list(struct batch *batch)
{
	char *line = NULL;
	size_t capacity = 0;
	bool holds = true;

	while (holds && getline(&line, &capacity, stdin) >= 0)
		if (line[0] != '\n')
			holds = add_line(batch, line);
	free(line);
	return holds;
}

enum tally_exit tally_verify_batch(struct tally_cli *cli, struct tally_case *c, const struct tally_result *result)
{
	struct batch batch = { .c = c, .result = result };
	bool is_listed = cli->arguments.operand_count == 0;
	bool holds = is_listed ? read_list(&batch) : true;
	enum tally_exit code = TALLY_EXIT_OK;

	for (size_t i = 0; holds && i < cli->arguments.operand_count; i++)
		holds = add_piece(&batch, cli->arguments.operand[i], strlen(cli->arguments.operand[i]));
	pthread_mutex_init(&batch.lock, NULL);
	pthread_cond_init(&batch.changed, NULL);
	if (!holds)
		code = tally_refuse_status(cli, TALLY_NO_MEMORY, &(struct tally_problem){ "" });
	else if (batch.count == 0)
		code = tally_refuse_usage(
			cli, "tally verify --batch takes pieces of evidence, or their names on standard input");
	else
		code = run(cli, &batch);
	pthread_cond_destroy(&batch.changed);
	pthread_mutex_destroy(&batch.lock);
	for (size_t i = 0; i < batch.count; i++)
		free(batch.piece[i].path);
	free(batch.piece);
	return code;
}
