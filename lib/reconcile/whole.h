/* whole.h: what of a resource belongs together when it is read and written. Pure. */
#pragma once

/* The member that is sent whole around a change, and kept whole of what is read: the path's first
 * step, two below properties: "properties.networkAcls", "identity", "tags". Azure merges some of
 * these and replaces others; repeating what a read just showed is right for both. A copy. */
char *whole_of(const char *path);
