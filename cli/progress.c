// SPDX-License-Identifier: BSD-2-Clause
/* Progress by a timer, so that the work itself knows nothing of it. */
#include "progress.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define FIRST_MS 1000
#define NEXT_MS 250

/* What the handler reads: set before the timer runs. */
static struct {
	const char *what;
	const volatile uint64_t *done;
	uint64_t total;
	unsigned ms;
	bool is_shown;
} progress;

/* Decimal digits at the end of a buffer of 20: where they begin. snprintf is not for signal handlers. */
static char *decimal(uint64_t number, char digits[20])
{
	char *at = digits + 20;

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	return at;
}

static void put(const char *text, size_t size)
{
	ssize_t ignored = write(STDERR_FILENO, text, size);

	(void)ignored; /* a terminal that is gone is told nothing */
}

static void show(int signal)
{
	uint64_t number = progress.total ? *progress.done / (progress.total / 100 + 1) : progress.ms / 1000;
	const char *unit = progress.total ? "%" : " s";
	char digits[20];
	const char *at = decimal(number, digits);

	(void)signal;
	progress.ms += NEXT_MS;
	progress.is_shown = true;
	put("\r\033[K", 4);
	put(progress.what, strlen(progress.what));
	put(" ", 1);
	put(at, (size_t)(digits + sizeof(digits) - at));
	put(unit, strlen(unit));
}

static void run_timer(long first_ms)
{
	const struct itimerval timer = { .it_interval = { 0, NEXT_MS * 1000 },
					 .it_value = { first_ms / 1000, first_ms % 1000 * 1000 } };
	static const struct itimerval none;

	setitimer(ITIMER_REAL, first_ms ? &timer : &none, NULL);
}

void tally_progress_begin(const struct tally_cli *cli, const char *what, const uint64_t *done, uint64_t total)
{
	struct sigaction action = { .sa_handler = show, .sa_flags = SA_RESTART };

	progress.is_shown = false;
	if (cli->is_json || !isatty(STDERR_FILENO))
		return;
	progress.what = what;
	progress.done = done;
	progress.total = done ? total : 0;
	progress.ms = FIRST_MS;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) == 0)
		run_timer(FIRST_MS);
}

void tally_progress_end(void)
{
	run_timer(0);
	if (progress.is_shown)
		put("\r\033[K", 4);
	progress.is_shown = false;
}
