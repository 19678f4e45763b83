# The scripted server, with azsim's certificates.
add_library(script STATIC azure/script.c azure/fixture.c ${PROJECT_SOURCE_DIR}/tests/sim/tls.c)
target_include_directories(script PUBLIC azure ${PROJECT_SOURCE_DIR}/tests/sim
  ${CMAKE_CURRENT_SOURCE_DIR})
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls)
target_link_libraries(script PUBLIC azure PkgConfig::MICROHTTPD PkgConfig::GNUTLS
  PkgConfig::CMOCKA)

unit_test(azure/call script)
unit_test(azure/life script)
