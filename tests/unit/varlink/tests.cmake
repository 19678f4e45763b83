unit_test(varlink/message varlink_text)
unit_test(varlink/idl varlink_text interface)

# Over a real socket, the callers on the same loop.
foreach(part server hostile)
  unit_test(varlink/${part} varlink)
  target_sources(test.varlink.${part} PRIVATE varlink/peer.c)
endforeach()
unit_test(varlink/listener varlink)
unit_test(varlink/client varlink)
