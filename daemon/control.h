/* control.h: the control socket: io.cmkd (io.cmkd.varlink) served from the daemon's own loop. What
 * callers ask for never holds up a pass; what they wait for ends with the pass that answers it.
 *
 *     Plan, Reconcile ─► ask ─► its idle islands begin a pass ─► control_pass() ─► all done: reply
 *                         ▲                                            │
 *                         └───── those that were at work meanwhile ◄───┘ */
#pragma once

#include "daemon.h"

struct control;

/* Listens in $RUNTIME_DIRECTORY, else in /run/cmkd. False: told in *err; cmkd does without. */
bool control_new(struct daemon *daemon, struct control **control, struct err *err) MUST_CHECK;

/* Ends all calls with io.cmkd.Stopping and closes the socket. It must stay until the loop has run
 * dry: then control_free(). NULL is fine. */
void control_close(struct control *control);
void control_free(struct control *control);

/* True while something is asked of Azure for a caller, beside the passes. */
bool control_is_asking(const struct control *control);

/* An event has been told: who watches is told too. NULL is fine everywhere here. */
void control_event(struct control *control, const struct event *event);

/* A pass is through. */
void control_pass(struct control *control, const struct pass *pass);

/* All islands are idle, or another configuration is in force: what waits goes on. */
void control_advance(struct control *control);
void control_reloaded(struct control *control);
