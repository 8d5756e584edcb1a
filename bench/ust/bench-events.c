/* The C contestant: for each line "case count" on stdin, records that many events and prints the nanoseconds. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "bench-events.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXTS 8

static const char *const texts[TEXTS] = {
	"order accepted 0", "order accepted 1", "order accepted 2", "order accepted 3",
	"order accepted 4", "order accepted 5", "order accepted 6", "order accepted 7",
};

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int run(const char *name, long count)
{
	if (strcmp(name, "one") == 0) {
		for (long i = 0; i < count; i++)
			lttng_ust_tracepoint(bench, one, (int) i);
	} else if (strcmp(name, "four") == 0) {
		for (long i = 0; i < count; i++)
			lttng_ust_tracepoint(bench, four, (int) i, (int) i + 1, (int) i + 2,
				(int) i + 3, texts[i % TEXTS]);
	} else if (strcmp(name, "off") == 0) {
		for (long i = 0; i < count; i++)
			lttng_ust_tracepoint(bench, off, (int) i);
	} else {
		return -1;
	}
	return 0;
}

int main(void)
{
	char name[16];
	long count;

	puts("ready");
	fflush(stdout);
	while (scanf("%15s %ld", name, &count) == 2) {
		long long begin = now();

		if (run(name, count) == 0)
			printf("%lld\n", now() - begin);
		else
			puts("none");
		fflush(stdout);
	}
	return 0;
}
