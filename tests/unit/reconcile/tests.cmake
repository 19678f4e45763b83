# The pure core alone: a link to libcurl or libuv would fail here.
add_library(world STATIC reconcile/world.c)
target_include_directories(world PUBLIC reconcile ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(world PUBLIC decide model PkgConfig::CMOCKA)

unit_test(reconcile/compare world)
unit_test(reconcile/guards world)
unit_test(reconcile/ledger world)
unit_test(reconcile/outcomes world)
unit_test(reconcile/patience world)
unit_test(reconcile/plan world)
unit_test(reconcile/retirement world)
unit_test(reconcile/rotation world)
unit_test(reconcile/switching decide model PkgConfig::CMOCKA)
