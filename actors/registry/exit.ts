/** Exit statuses of a registry daemon, which whoever started it can tell apart. */
export const EXIT_CANNOT_START = 1;
export const EXIT_ALREADY_RUNNING = 3;
