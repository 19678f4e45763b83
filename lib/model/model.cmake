# The desired state in memory: pure.
cmkd_library(graph model
  SOURCES compare.c finding.c graph.c observed.c type.c
  LINK base)

# The configuration's loader. The baseline is built in as it is written, comments and all.
set(baseline ${PROJECT_SOURCE_DIR}/config/baseline.json)
set(baseline_c ${CMAKE_CURRENT_BINARY_DIR}/baseline_text.c)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${baseline})
file(READ ${baseline} baseline_hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " baseline_bytes "${baseline_hex}")
file(CONFIGURE OUTPUT ${baseline_c} @ONLY CONTENT
  "#include \"model/config.h\"\n\nconst char *baseline_text(void)\n{\n    static const char text[] = {@baseline_bytes@0};\n    return text;\n}\n")

cmkd_library(model model
  SOURCES baseline.c body.c build.c checks.c config.c credential.c exempt.c grants.c intern.c
          jsonfile.c order.c orders.c place.c resource.c revocation.c rules.c scan.c settings.c show.c stack.c words.c
  LINK graph base cloud)
target_sources(model PRIVATE ${baseline_c})
