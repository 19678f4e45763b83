# Varlink: the protocol alone. What is pure of it stands apart.
cmkd_library(varlink_text varlink SOURCES idl.c idl_parse.c message.c LINK base)
target_link_libraries(varlink_text PUBLIC m)
cmkd_library(varlink varlink
  SOURCES client.c connection.c listener.c server.c service.c
  LINK varlink_text PkgConfig::UV)
