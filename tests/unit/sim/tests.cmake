# azsim's Azure without a network.
add_library(simtest STATIC sim/azure.c)
target_include_directories(simtest PUBLIC sim ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(simtest PUBLIC simcore PkgConfig::CMOCKA)

unit_test(sim/accounts simtest)
unit_test(sim/deployments simtest)
unit_test(sim/gateway simtest)
unit_test(sim/grants simtest)
unit_test(sim/keys simtest)
unit_test(sim/links simtest)
unit_test(sim/seeds simtest simfile)
unit_test(sim/tokens simtest)
unit_test(sim/vaults simtest)
