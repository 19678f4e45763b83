unit_test(types/rotate decide)
unit_test(types/tables decide)
unit_test(types/versions decide)
