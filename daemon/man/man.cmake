# The man pages. cmkd.events(7) is made out of the table of events and the catalog; each is installed
# compressed, as Debian's policy 12.1 wants it.
set(man ${CMAKE_CURRENT_BINARY_DIR}/man)
file(MAKE_DIRECTORY ${man})

set(events_from
  ${PROJECT_SOURCE_DIR}/lib/report/events.c
  ${PROJECT_SOURCE_DIR}/systemd/cmkd.catalog
  ${CMAKE_CURRENT_LIST_DIR}/cmkd.events.7.in)
add_custom_command(OUTPUT ${man}/cmkd.events.7
  COMMAND awk -f ${CMAKE_CURRENT_LIST_DIR}/events.awk ${events_from} > ${man}/cmkd.events.7
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/events.awk ${events_from} VERBATIM)

foreach(page cmkd.8 cmkctl.1 cmkd.json.5 cmkd.events.7)
  set(from ${CMAKE_CURRENT_LIST_DIR}/${page})
  if(page STREQUAL cmkd.events.7)
    set(from ${man}/${page})
  endif()
  string(REGEX MATCH "[0-9]$" section ${page})
  add_custom_command(OUTPUT ${man}/${page}.gz
    COMMAND gzip -9nc ${from} > ${man}/${page}.gz DEPENDS ${from} VERBATIM)
  list(APPEND compressed ${man}/${page}.gz)
  install(FILES ${man}/${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(man ALL DEPENDS ${compressed})
