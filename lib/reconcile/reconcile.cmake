# decide is pure: its tests link without libcurl and libuv.
cmkd_library(decide reconcile
  SOURCES author.c decide.c diff.c keep.c ledger.c life.c memory.c plan.c switching.c whole.c
  LINK types)

cmkd_library(reconcile reconcile
  SOURCES activity.c apply.c dates.c glance.c island.c look.c observe.c reach.c reconciler.c revoker.c revoker_run.c send.c
    survey.c wave.c
  LINK decide model azure)
