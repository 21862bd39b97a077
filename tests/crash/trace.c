// SPDX-License-Identifier: BSD-2-Clause
/* Stopping a child at its system calls by ptrace, on x86-64 and aarch64. */
#include "trace.h"

#include "../unit/test.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define PAGE_BYTES 4096
#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */

static struct user_regs_struct registers_get(pid_t pid)
{
	struct user_regs_struct registers;
	struct iovec all = { &registers, sizeof(registers) };

	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all), 0);
	return registers;
}

static void registers_put(pid_t pid, struct user_regs_struct *registers)
{
	struct iovec all = { registers, sizeof(*registers) };

	assert_int_equal(ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &all), 0);
}

/* The call that is about to begin becomes one that does not exist. */
static void call_cancel(pid_t pid)
{
#if defined(__x86_64__)
	struct user_regs_struct registers = registers_get(pid);

	registers.orig_rax = (unsigned long long)-1;
	registers_put(pid, &registers);
#else
	int none = -1;
	struct iovec all = { &none, sizeof(none) };

	assert_int_equal(ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &all), 0);
#endif
}

static void call_set_result(pid_t pid, int error)
{
	struct user_regs_struct registers = registers_get(pid);

#if defined(__x86_64__)
	registers.rax = (unsigned long long)-error;
#else
	registers.regs[0] = (unsigned long long)-error;
#endif
	registers_put(pid, &registers);
}

/* The third argument of write and pwrite64 is the size. */
static void call_halve(const struct trace_call *call)
{
	struct user_regs_struct registers = registers_get(call->pid);
	uint64_t half = call->argument[2] > 1 ? call->argument[2] / 2 : 1;

#if defined(__x86_64__)
	registers.rdx = half;
#else
	registers.regs[2] = half;
#endif
	registers_put(call->pid, &registers);
}

static struct trace_call call_about_to_begin(pid_t pid)
{
	struct ptrace_syscall_info info;
	struct trace_call call = { .pid = pid };

	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) > 0);
	assert_int_equal(info.op, PTRACE_SYSCALL_INFO_ENTRY);
	call.number = (long)info.entry.nr;
	memcpy(call.argument, info.entry.args, sizeof(call.argument));
	return call;
}

static pid_t child_start(void (*work)(void *argument), void *argument)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
			_exit(2);
		work(argument);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
			 0);
	return child;
}

/* The child's next stop; false when it is gone. */
static bool child_next_stop(pid_t child, int *ret_status)
{
	assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
	assert_int_equal(waitpid(child, ret_status, 0), child);
	if (!WIFSTOPPED(*ret_status))
		return false;
	assert_int_equal(WSTOPSIG(*ret_status), SYSCALL_STOP);
	return true;
}

static void child_kill(pid_t child)
{
	int status;

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static struct trace_order call_order(pid_t child, const struct trace_plan *plan)
{
	struct trace_order order = { 0 };
	struct trace_call call;

	if (!plan->decide)
		return order;
	call = call_about_to_begin(child);
	order = plan->decide(plan->context, &call);
	if (order.error)
		call_cancel(child);
	else if (order.is_halved)
		call_halve(&call);
	return order;
}

struct trace_end trace_run(void (*work)(void *argument), void *argument, const struct trace_plan *plan)
{
	struct trace_end end = { 0 };
	struct trace_order order = { 0 };
	pid_t child = child_start(work, argument);
	int status;

	while (child_next_stop(child, &status)) {
		bool begins = ++end.stops % 2 == 1;

		if (end.stops == plan->kill_at) {
			child_kill(child);
			end.was_killed = true;
			return end;
		}
		if (begins)
			order = call_order(child, plan);
		else if (order.error)
			call_set_result(child, order.error);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the traced child ended with wait status %#x", (unsigned)status);
	return end;
}

bool trace_is_possible(void)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool trace_descriptor_name(const struct trace_call *call, uint64_t descriptor, const char *folder,
			   char ret[TRACE_PATH_LIMIT])
{
	char link[64];
	char path[TRACE_PATH_LIMIT];
	size_t size = strlen(folder);
	ssize_t got;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)call->pid, (int)descriptor);
	got = readlink(link, path, sizeof(path) - 1);
	if (got < 0)
		return false;
	path[got] = 0;
	if (strncmp(path, folder, size) != 0 || (path[size] != '/' && path[size] != 0))
		return false;
	snprintf(ret, TRACE_PATH_LIMIT, "%s", path[size] ? path + size + 1 : "");
	return true;
}

bool trace_text(const struct trace_call *call, uint64_t address, char ret[TRACE_PATH_LIMIT])
{
	/* Two pieces, because the page behind the text may not be there. */
	size_t first = PAGE_BYTES - address % PAGE_BYTES;
	struct iovec here = { ret, TRACE_PATH_LIMIT };
	struct iovec there[2];
	ssize_t got;

	if (first > TRACE_PATH_LIMIT)
		first = TRACE_PATH_LIMIT;
	there[0] = (struct iovec){ (void *)(uintptr_t)address, first };
	there[1] = (struct iovec){ (void *)(uintptr_t)(address + first), TRACE_PATH_LIMIT - first };
	got = process_vm_readv(call->pid, &here, 1, there, 2, 0);
	return got > 0 && memchr(ret, 0, (size_t)got);
}
