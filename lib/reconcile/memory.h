/* memory.h: what the process remembers of its own writes: patience, refusals, absences, and who
 * else writes. In memory only; losing it costs one extra try. No clock of its own: now_s is an
 * argument. DESIGN section 5, "Patience". */
#pragma once

#include "model/finding.h"
#include "model/observed.h"

#define MEMORY_REVERSALS 3 /* as many within a week make a contended path */

/* About one path of one node; path "" is the resource as a whole. */
struct recollection {
    char *path; /* owned */

    int64_t written_s; /* when our last write was complete; 0: none that counts still */
    char *wanted;      /* owned: what was written then; another wish is no reversal */
    bool is_shown;     /* a read has shown it since */
    int64_t undone_s;  /* the first read, grace over, that showed it undone; 0: none */

    int64_t reversals_s[MEMORY_REVERSALS]; /* when it was found changed back, newest first */
    int64_t last_write_s;                  /* kept when written_s is cleared */

    unsigned refusals; /* in a row */
    int64_t first_refusal_s;
    int64_t next_try_s;
    bool is_patient;      /* it passes by itself: sat out, not given up */
    char *refused_values; /* owned: observed and desired as they were */
    char refusal[160];    /* "Code: message" */

    int64_t absent_s; /* the first look of a row that found nothing */
    unsigned absences;
};

struct memory;

struct memory *memory_new(void);
void memory_free(struct memory *memory);

/* What is remembered of the path, or NULL. */
const struct recollection *memory_find(const struct memory *memory, const struct node *node,
                                       const char *path);

/* Takes in one look at a node: what shows, what is undone, what was changed back, what is absent.
 * To be called once for each round, with the node's findings, before they are decided. */
void memory_saw(struct memory *memory, const struct neighbours *near,
                const struct findings *findings, size_t first, int64_t now_s);

/* A write of the finding was completed by Azure. */
void memory_wrote(struct memory *memory, const struct finding *finding, int64_t now_s);

/* A write of the finding was refused. Refused for good (patient_until_s 0) it is tried again
 * after 1, 2, 4 ... intervals, six hours at most; else after 2, 4, 8 ... seconds, a minute at
 * most, until that instant. */
void memory_refused(struct memory *memory, const struct finding *finding, const struct err *why,
                    int64_t patient_until_s, int64_t interval_s, int64_t now_s);

/* Completes "waiting ...": until when a refused write is not tried again, and what Azure said. A
 * text for the caller. */
char *memory_pause_words(const struct recollection *recollection);

/* True if the refusal was of other values than the finding has: it counts no more. */
bool memory_is_stale(const struct recollection *recollection, const struct finding *finding);

/* How often within the last week the path was found changed back. */
unsigned memory_reversals(const struct recollection *recollection, int64_t now_s);

/* How long a write may take to show: two minutes, ten for an encryption link. */
int64_t memory_grace_s(const char *path);
