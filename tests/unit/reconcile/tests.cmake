# The pure core alone: a link to libcurl or libuv would fail here.
add_library(world STATIC reconcile/world.c)
target_include_directories(world PUBLIC reconcile ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(world PUBLIC decide model PkgConfig::CMOCKA)

unit_test(reconcile/author world)
unit_test(reconcile/compare world)
unit_test(reconcile/entries world)
unit_test(reconcile/guards world)
unit_test(reconcile/identities world)
unit_test(reconcile/ledger world)
unit_test(reconcile/life world)
unit_test(reconcile/outbound world)
unit_test(reconcile/outcomes world)
unit_test(reconcile/patience world)
unit_test(reconcile/plan world)
unit_test(reconcile/retirement world)
unit_test(reconcile/rotation world)
unit_test(reconcile/switching decide model PkgConfig::CMOCKA)
unit_test(reconcile/wave azure)
target_sources(test.reconcile.wave PRIVATE ${PROJECT_SOURCE_DIR}/lib/reconcile/wave.c)

# It asks, and is not pure: the test stands in for Azure, for time and for libuv's timers.
unit_test(reconcile/activity world reconcile)
