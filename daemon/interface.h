/* interface.h: the text of io.cmkd.varlink, as it stands in the sources and is installed. */
#pragma once

const char *interface_text(void);
