# The desired state in memory: pure.
cmkd_library(graph model
  SOURCES categories.c compare.c finding.c graph.c lifetime.c observed.c parts.c rules.c type.c
  LINK base)

# The configuration's loader. The baseline is built in as it is written, comments and all.
set(baseline_c ${CMAKE_CURRENT_BINARY_DIR}/baseline_text.c)
embed(${baseline_c} baseline_text model/config.h ${PROJECT_SOURCE_DIR}/config/baseline.json)

cmkd_library(model model
  SOURCES adopt.c baseline.c body.c build.c checks.c children.c config.c credential.c exempt.c grants.c intern.c
          jsonfile.c kind.c order.c order_folder.c orders.c place.c policy.c resource.c revocation.c
          scan.c settings.c show.c stack.c words.c
  LINK graph base cloud)
target_sources(model PRIVATE ${baseline_c})
