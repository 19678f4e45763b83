# The interface description is built in as it is written.
set(interface ${CMAKE_CURRENT_SOURCE_DIR}/io.cmkd.varlink)
set(interface_c ${CMAKE_CURRENT_BINARY_DIR}/interface_text.c)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${interface})
file(READ ${interface} interface_hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " interface_bytes "${interface_hex}")
file(CONFIGURE OUTPUT ${interface_c} @ONLY CONTENT
  "#include \"interface.h\"\n\nconst char *interface_text(void)\n{\n    static const char text[] = {@interface_bytes@0};\n    return text;\n}\n")
add_library(interface STATIC ${interface_c})
target_include_directories(interface PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
