/* escape.h: texts from outside, made safe for a line that people and programs trust. Azure's
 * messages hold line ends; a terminal obeys escape sequences; nobody may forge a second event. */
#pragma once

#include "base/mem.h"

#include <stdio.h>

/* The text on one line: control characters, what is no UTF-8, and characters that break lines or
 * turn the direction of writing become "\n", "\r", "\t", "\xHH"; a backslash stays as it is. At
 * most max bytes, cut at a character with "..." at the end; 0: no limit. The caller frees. */
char *escape_line(const char *text, size_t max);

/* Prints the text like that, between two of our own. */
void escape_print(FILE *out, const char *before, const char *text, const char *after);
