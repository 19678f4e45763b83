/* socket.h: where the control socket is, for both of its ends. */
#pragma once

/* In the first folder of $RUNTIME_DIRECTORY (systemd.exec(5)), else in /run/cmkd. The caller
 * frees. */
char *socket_path(void);
