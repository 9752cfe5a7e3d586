/*
 * pause holds a Pod's namespaces: it sleeps, reaps orphans when it is PID 1 of a shared PID namespace, and ends on SIGINT or SIGTERM.
 * One runs per Pod, so it links nothing, not even the C library: its memory is a handful of pages.
 *
 * Signals are blocked and waited for rather than handled: no handler, no restorer, no stack of its own.
 */

#include <signal.h>
#include <sys/syscall.h>

typedef unsigned long set; /* the kernel's signal set: one bit per signal, numbered from 1 */
#define BIT(signal) (1UL << ((signal) - 1))
#define NO_HANG 1

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
	long result;
	register long fourth __asm__("r10") = d;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
#error "pause knows the system calls of x86-64 and arm64 only; add this architecture's"
#endif

void _start(void)
{
	set awaited = BIT(SIGINT) | BIT(SIGTERM) | BIT(SIGCHLD);

	call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&awaited, 0, sizeof awaited);
	for (;;) {
		long got = call(SYS_rt_sigtimedwait, (long)&awaited, 0, 0, sizeof awaited);
		if (got == SIGINT || got == SIGTERM)
			call(SYS_exit_group, 0, 0, 0, 0);
		while (call(SYS_wait4, -1, 0, NO_HANG, 0) > 0)
			;
	}
}
