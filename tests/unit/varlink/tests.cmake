unit_test(varlink/message varlink_text)
unit_test(varlink/idl varlink_text interface)
