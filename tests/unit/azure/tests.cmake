unit_test(azure/backoff arm)
unit_test(azure/challenge arm)
unit_test(azure/cloud cloud)
unit_test(azure/link arm)
unit_test(azure/operation arm)
unit_test(azure/problem arm)
unit_test(azure/split arm)
unit_test(azure/token arm)

# What runs asynchronously: against a scripted server, with azsim's certificates.
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls)
add_library(script STATIC azure/script.c azure/fixture.c ${PROJECT_SOURCE_DIR}/tests/sim/tls.c)
target_include_directories(script PUBLIC azure ${CMAKE_CURRENT_SOURCE_DIR}
  ${PROJECT_SOURCE_DIR}/tests/sim)
target_link_libraries(script PUBLIC azure PkgConfig::MICROHTTPD PkgConfig::GNUTLS
  PkgConfig::CMOCKA)

unit_test(azure/arc azure)
unit_test(azure/assertion azure signer)
unit_test(azure/call script)
unit_test(azure/gate azure)
unit_test(azure/life script)
unit_test(azure/list script)
unit_test(azure/relay script)
target_sources(test.azure.relay PRIVATE azure/names.c azure/relay.c)
unit_test(azure/secret azure)
unit_test(azure/tokens script signer)
