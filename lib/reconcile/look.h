/* look.h: one look at an island: at what lists have shown of it, or at each node by a read of its
 * own. A list only clears suspicion: where what is shown is not as declared, all is read singly
 * before anything is made of it. And what shows itself, byte for byte, as it was when it was last
 * found right is right: nothing is parsed, compared or judged again. */
#pragma once

#include "base/digest.h"

#include <stdint.h>

struct island;
struct node;

/* What was shown when all was last found right, and would be for as long as MARK_S. */
struct mark {
    uint8_t digest[DIGEST_SIZE];
    int64_t right_s; /* when that was; 0: what was shown has not been found right */
};

/* What a list shows of node, which is one of the island's, for its first look, which is still to
 * come. */
void look_listed(struct island *island, const struct node *node, const char *body);

/* Forgets what was shown. */
void look_forget(struct island *island);

/* Looks at every node; island_saw() is called from the loop, or island_finish() while the
 * reconciler is stopping. island->observed is as it was seen then; as marked, it is present, and no
 * more. */
void look_start(struct island *island);

/* How long a read is tried, in milliseconds: half an interval, so that a pass does not outlast it,
 * and with --once what is left of its time. */
uint64_t look_patience_ms(const struct island *island);
