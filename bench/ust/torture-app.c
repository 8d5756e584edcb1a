/*
 * An application of the torture test: emits bench:one, which sessions may enable, and writes the number of events that
 * it has begun and done to a file, which survives a kill of the process.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "bench-events.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define BURST 20
#define PAUSE_US 20000

static int file;

static void note(uint32_t begun, uint32_t done)
{
	uint32_t both[2] = { begun, done };

	if (pwrite(file, both, sizeof(both), 0) != sizeof(both))
		_exit(1);
}

int main(int argc, char **argv)
{
	uint32_t counter = 0;

	if (argc != 2)
		return 2;
	file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (file < 0)
		return 1;
	for (;;) {
		for (int i = 0; i < BURST; i++) {
			if (!lttng_ust_tracepoint_enabled(bench, one))
				continue;
			note(counter + 1, counter);
			lttng_ust_tracepoint(bench, one, (int) counter);
			counter++;
		}
		note(counter, counter);
		usleep(PAUSE_US);
	}
}
