unit_test(daemon/options daemon)
unit_test(daemon/lock daemon)
unit_test(daemon/notify daemon)
