unit_test(daemon/options daemon)
unit_test(daemon/lock daemon)
unit_test(daemon/notify daemon)
unit_test(daemon/cmkctl ctl)
unit_test(daemon/explain ctl)

# The program itself, as far as it needs no Azure.
unit_test(daemon/program base)
target_compile_definitions(test.daemon.program PRIVATE CMKD_BINARY="$<TARGET_FILE:cmkd>")
add_dependencies(test.daemon.program cmkd)

# What changes files goes through the test, which kills at each of them.
unit_test(daemon/cut ctl)
foreach(call open openat mkdir mkdirat fchown link unlink unlinkat renameat write fsync)
  target_link_options(test.daemon.cut PRIVATE -Wl,--wrap=${call})
endforeach()
