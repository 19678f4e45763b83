# The interface description is built in as it is written.
set(interface_c ${CMAKE_CURRENT_BINARY_DIR}/interface_text.c)
embed(${interface_c} interface_text interface.h ${CMAKE_CURRENT_SOURCE_DIR}/io.cmkd.varlink)
add_library(interface STATIC ${interface_c})
target_include_directories(interface PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
