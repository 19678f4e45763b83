unit_test(model/scan model)
unit_test(model/files model types)
unit_test(model/load model types)
unit_test(model/graph model types)
unit_test(model/words model)
unit_test(model/orders model)
unit_test(model/adopt model types)

# Debian's python3-jsonschema: a validator that is not ours.
add_test(NAME unit.model.schema
  COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/schema.py)
