# A graph and ledgers made by hand.
add_library(sample STATIC report/sample.c)
target_include_directories(sample PUBLIC report ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(sample PUBLIC document PkgConfig::CMOCKA)

unit_test(report/adoption document)
unit_test(report/escape document)
unit_test(report/episodes document)
unit_test(report/events document)
unit_test(report/vision document)
unit_test(report/words document)
unit_test(report/news sample)
target_link_options(test.report.news PRIVATE LINKER:--wrap=graph_find,--wrap=told_first) # counted
unit_test(report/sight sample)
unit_test(report/doubt sample)
unit_test(report/document sample)
unit_test(report/status sample)
unit_test(report/journal report)
