# decide is pure: its tests link without libcurl and libuv.
cmkd_library(decide reconcile
  SOURCES compare.c decide.c diff.c memory.c plan.c
  LINK types)
