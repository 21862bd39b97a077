// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the tree of files adds to an operation, in seconds.
 *
 * bench-tree MOUNT MODE COUNT: the median of COUNT operations; of parallel-MODE, the mean.
 * bench-tree MOUNT MODE COUNT DIRECTORY TRIPS: in turn, the operation through the tree, the same without one on an
 * authority in DIRECTORY, and TRIPS bare round trips, so that what disturbs one disturbs all; the medians of COUNT turns.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../authority/authority.h"
#include "../core/writer.h"
#include "../format/request.h"
#include "../provider/soft.h"
#include "rate.h"

#define COUNT_LIMIT 1000000
#define READ_STEPS 8
#define PARALLEL 64

static const char *place;	  /* the mount */
static const char *own_directory; /* of the authority that is used without a tree */

static int must_open(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC, 0220);

	if (fd < 0)
		bench_fail(name, strerror(errno));
	return fd;
}

static int open_below(const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return must_open(AT_FDCWD, path, flags);
}

static void must(bool holds, const char *what)
{
	if (!holds)
		bench_fail(what, strerror(errno));
}

/* --- one operation each --- */

/* The bare round trip: the server has the text at hand, and the kernel keeps nothing of it. */
static int roundtrip_open(void)
{
	return open_below("tsm/report/bench/provider", O_RDONLY);
}

static void roundtrip(int fd)
{
	char byte;

	must(pread(fd, &byte, 1, 0) == 1, "read of one byte");
}

static void read_text(int dir, const char *name)
{
	char text[4097];
	struct stat stat;
	int fd = must_open(dir, name, O_RDONLY);

	must(fstat(fd, &stat) == 0, name);
	must(read(fd, text, sizeof(text)) > 0, name);
	must(read(fd, text, sizeof(text)) == 0, name);
	close(fd);
}

/* As go-configfs-tsm reads a file of unknown size: its buffer grows, and so do the reads. */
static void read_blob(int dir, const char *name, const uint8_t nonce[64])
{
	static const size_t steps[READ_STEPS] = { 512, 384, 384, 512, 768, 1280, 1280, 2048 };
	uint8_t bytes[65536];
	struct stat stat;
	size_t size = 0;
	ssize_t got;
	int fd = must_open(dir, name, O_RDONLY);

	must(fstat(fd, &stat) == 0, name);
	for (size_t i = 0; (got = read(fd, bytes + size, steps[i < READ_STEPS ? i : READ_STEPS - 1])) > 0; i++)
		size += (size_t)got;
	must(got == 0, name);
	must(memmem(bytes, size, nonce, 64), "a report without its nonce");
	close(fd);
}

/* The steps of go-configfs-tsm, in its order. */
static void dance(int fd)
{
	char name[64];
	uint8_t nonce[64];
	struct stat stat;
	int dir;
	int in;

	must(getentropy(nonce, sizeof(nonce)) == 0, "nonce");
	snprintf(name, sizeof(name), "entry%u%02x%02x%02x", (unsigned)gettid(), nonce[0], nonce[1], nonce[2]);
	must(fstatat(fd, ".", &stat, 0) == 0, "stat of report");
	must(mkdirat(fd, name, 0700) == 0, "mkdir");
	dir = must_open(fd, name, O_PATH | O_DIRECTORY);
	read_text(dir, "generation");
	in = must_open(dir, "inblob", O_WRONLY | O_CREAT | O_TRUNC);
	must(write(in, nonce, sizeof(nonce)) == sizeof(nonce), "inblob");
	close(in);
	read_blob(dir, "outblob", nonce);
	read_text(dir, "generation");
	read_text(dir, "provider");
	read_text(dir, "generation");
	close(dir);
	unlinkat(fd, name, 0);
	must(unlinkat(fd, name, AT_REMOVEDIR) == 0, "rmdir");
}

static int dance_open(void)
{
	return open_below("tsm/report", O_RDONLY | O_DIRECTORY);
}

/* The same by one message: a raw report, as the dance's is. */
static void transaction(int fd)
{
	uint8_t message[256];
	uint8_t nonce[64];
	uint8_t response[4096]; /* as much as programs read at once */
	struct tally_request request = { .kind = TALLY_REQUEST_REPORT };
	struct tally_writer writer = tally_writer(message, sizeof(message));
	ssize_t got;

	must(getentropy(nonce, sizeof(nonce)) == 0, "nonce");
	request.report_data = tally_bytes(nonce, sizeof(nonce));
	tally_request_write(&writer, &request);
	must(writer.status == TALLY_OK, "a request");
	must(write(fd, message, writer.size) == (ssize_t)writer.size, "write of a request");
	got = read(fd, response, sizeof(response));
	must(got > 0 && memmem(response, (size_t)got, nonce, sizeof(nonce)), "a response without its nonce");
	must(read(fd, response, sizeof(response)) == 0, "the end of a response");
}

static int transaction_open(void)
{
	return open_below("tsm/request", O_RDWR);
}

static void extend(int fd)
{
	uint8_t digest[48];

	must(getentropy(digest, sizeof(digest)) == 0, "digest");
	must(pwrite(fd, digest, sizeof(digest), 0) == sizeof(digest), "extend");
}

static int extend_open(void)
{
	return open_below("measurements/rtmr3:sha384", O_WRONLY);
}

/* --- without a tree --- */

static struct tally_authority *authority;

static int direct_open(void)
{
	const struct tally_authority_options options = { .provider = "soft", .directory = own_directory };
	struct tally_problem problem;

	if (tally_authority_open(&options, &authority, &problem) != TALLY_OK)
		bench_fail(own_directory, problem.text);
	return -1;
}

static void direct_report(int fd)
{
	const struct tally_provider *provider = tally_authority_provider(authority);
	uint8_t report_data[TALLY_REPORT_DATA_BYTES];
	struct tally_problem problem;
	struct tally_report report;

	(void)fd;
	must(getentropy(report_data, sizeof(report_data)) == 0, "report data");
	if (provider->report(tally_authority_provider_instance(authority), report_data, tally_bytes(NULL, 0),
			     tally_deadline_after(TALLY_DEFAULT_REPORT_SECONDS), &report, &problem) != TALLY_OK)
		bench_fail("report", problem.text);
	tally_report_done(&report);
}

static void direct_extend(int fd)
{
	struct tally_extend_request request = { .kind = TALLY_EXTEND_DIGESTS };
	struct tally_extend_result result;
	struct tally_problem problem;
	uint8_t digest[48];

	(void)fd;
	request.register_index =
		(size_t)tally_registers_find_text(tally_authority_registers(authority), tally_text("rtmr3"));
	must(getentropy(digest, sizeof(digest)) == 0, "digest");
	request.digests.count = 1;
	must(tally_digest_set(&request.digests.digest[0], TALLY_SHA384, tally_bytes(digest, sizeof(digest))) ==
		     TALLY_OK,
	     "digest");
	if (tally_authority_extend(authority, &request, &result, &problem) != TALLY_OK)
		bench_fail("extend", problem.text);
}

static const struct mode {
	const char *name;
	int (*open)(void); /* what every operation uses */
	void (*operate)(int fd);
	void (*direct)(int fd); /* the same without a tree */
	size_t batch;		/* operations that are timed together */
	double pause;		/* seconds within an operation in which neither side of a round trip does anything */
} modes[] = {
	{ "roundtrip", roundtrip_open, roundtrip, NULL, 0, 0 },
	{ "dance", dance_open, dance, direct_report, 1, 0.003 },
	{ "transaction", transaction_open, transaction, direct_report, 1, 0.003 },
	{ "extend", extend_open, extend, direct_extend, 20, 0 },
};
#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

static double *room_for(size_t count)
{
	double *taken = calloc(count, sizeof(*taken));

	must(taken != NULL, "memory");
	return taken;
}

static double time_of(void (*operate)(int fd), int fd, size_t times)
{
	double start = bench_now();

	for (size_t i = 0; i < times; i++)
		operate(fd);
	return bench_now() - start;
}

static double median_of(const struct mode *mode, size_t count)
{
	double *taken = room_for(count);
	int fd = mode->open();
	double median;

	for (size_t i = 0; i < count; i++)
		taken[i] = time_of(mode->operate, fd, 1);
	median = bench_median(taken, count);
	free(taken);
	return median;
}

/* As the operations find them: behind a time in which others fill the caches. */
static double time_of_trips(const struct mode *mode, int fd, size_t trips)
{
	double until = bench_now() + mode->pause;

	while (bench_now() < until)
		;
	return time_of(roundtrip, fd, trips * mode->batch) / (double)mode->batch;
}

/* As the server does it: behind a switch of processes, which leaves caches and predictors of others. */
static double time_of_direct(const struct mode *mode, int trip_fd)
{
	double taken = 0;

	for (size_t i = 0; i < mode->batch; i++) {
		roundtrip(trip_fd);
		taken += time_of(mode->direct, -1, 1);
	}
	return taken / (double)mode->batch;
}

/*
 * The first of each kind is left out: it opens and caches. Each operation begins behind a round trip, and none behind the
 * pause within the one before.
 */
static void compare(const struct mode *mode, size_t count, size_t trips)
{
	double *added = room_for(count);
	double *direct = room_for(count);
	double *bare = room_for(count);
	double *ratio = room_for(count);
	int fd = mode->open();
	int trip_fd = roundtrip_open();

	direct_open();
	time_of(mode->operate, fd, 1);
	time_of(mode->direct, -1, 1);
	time_of(roundtrip, trip_fd, 1);
	for (size_t i = 0; i < count; i++) {
		direct[i] = time_of_direct(mode, trip_fd);
		roundtrip(trip_fd);
		added[i] = time_of(mode->operate, fd, mode->batch) / (double)mode->batch - direct[i];
		bare[i] = time_of_trips(mode, trip_fd, trips);
		ratio[i] = added[i] / bare[i];
	}
	bench_print("ratio", bench_median(ratio, count), "1");
	bench_print("added", bench_median(added, count), "s");
	bench_print("direct", bench_median(direct, count), "s");
	bench_print("trips", bench_median(bare, count), "s");
	tally_authority_close(authority);
	free(added);
	free(direct);
	free(bare);
	free(ratio);
}

/* --- many at once --- */

struct requester {
	pthread_t thread;
	const struct mode *mode;
	size_t count;
};

static void *request_in_turn(void *argument)
{
	const struct requester *requester = argument;
	int fd = requester->mode->open();

	for (size_t i = 0; i < requester->count; i++)
		requester->mode->operate(fd);
	close(fd);
	return NULL;
}

/* Seconds for each operation of PARALLEL requesters that begin together. */
static double parallel(const struct mode *mode, size_t count)
{
	struct requester requesters[PARALLEL];
	double start = bench_now();

	for (size_t i = 0; i < PARALLEL; i++) {
		requesters[i] = (struct requester){ .mode = mode, .count = count / PARALLEL };
		must(pthread_create(&requesters[i].thread, NULL, request_in_turn, &requesters[i]) == 0, "thread");
	}
	for (size_t i = 0; i < PARALLEL; i++)
		pthread_join(requesters[i].thread, NULL);
	return (bench_now() - start) / (double)(count / PARALLEL * PARALLEL);
}

int main(int argc, char **argv)
{
	const char *name = argc >= 4 ? argv[2] : "";
	bool is_parallel = strncmp(name, "parallel-", 9) == 0;
	unsigned long count = argc >= 4 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned long trips = argc == 6 ? strtoul(argv[5], NULL, 10) : 0;
	size_t i = 0;

	while (i < MODE_COUNT && strcmp(modes[i].name, name + (is_parallel ? 9 : 0)) != 0)
		i++;
	if (i == MODE_COUNT || count == 0 || count > COUNT_LIMIT || (is_parallel && count < PARALLEL) || argc == 5 ||
	    argc > 6 || (argc == 6 && (!modes[i].direct || trips == 0)))
		bench_fail("usage", "bench-tree MOUNT [parallel-]MODE COUNT [DIRECTORY TRIPS]");
	place = argv[1];
	own_directory = argc == 6 ? argv[4] : NULL;
	if (own_directory)
		compare(&modes[i], count, trips);
	else
		bench_print(name, is_parallel ? parallel(&modes[i], count) : median_of(&modes[i], count), "s");
	return 0;
}
