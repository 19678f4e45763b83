/* harden.h: what a process does that has secrets in its memory. */
#pragma once

/* No core file, no debugger of another user; and a connection that breaks is an error of its write,
 * no signal. */
void harden(void);
