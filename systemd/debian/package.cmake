# The Debian package: "cpack --preset release" puts it into build/release/. CMake makes it out of
# what "cmake --install" installs, so that there is one list of files. Debian policy in comments.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cmkd)
set(CPACK_PACKAGE_CONTACT "The cmkd project <cmkd@cmkd.invalid>")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_SET_DESTDIR ON) # some of it goes below /etc
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS # whatever the umask is
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The user is made by systemd-sysusers, the credential of the service manager needs its version.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd (>= 252), ca-certificates")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "holds Azure OpenAI deployments to their customer-managed-key posture
cmkd polls Azure Resource Manager for the live state of Azure OpenAI accounts,
their Key Vaults, keys and the encryption link between them, compares it with
what is declared and with a built-in posture, reports every drift in the
journal and, where it is allowed to, repairs it: purge protection, firewalls,
key rotation, role assignments, soft-deleted resources.
.
cmkctl asks the running daemon, gives it orders, and reads the history.")

set(here ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON) # policy 10.9, whatever the umask
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${here}/postinst ${here}/prerm ${here}/postrm ${here}/conffiles)

# Policy 12.5, 12.7 and 12.1: copyright, changelog and man pages; the last two compressed.
set(doc ${CMAKE_INSTALL_DATADIR}/doc/cmkd)
set(changelog ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${changelog}
  COMMAND gzip -9nc ${here}/changelog > ${changelog}
  DEPENDS ${here}/changelog VERBATIM)
add_custom_target(changelog ALL DEPENDS ${changelog})
install(FILES ${changelog} ${here}/copyright DESTINATION ${doc} COMPONENT package)
