unit_test(daemon/options daemon)
unit_test(daemon/lock daemon)
unit_test(daemon/notify daemon)
unit_test(daemon/cmkctl ctl)

# The program itself, as far as it needs no Azure.
unit_test(daemon/program base)
target_compile_definitions(test.daemon.program PRIVATE CMKD_BINARY="$<TARGET_FILE:cmkd>")
add_dependencies(test.daemon.program cmkd)
