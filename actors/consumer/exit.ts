/** Exit status of a consumer whose session has another one. */
export const EXIT_HAS_ANOTHER = 5;
