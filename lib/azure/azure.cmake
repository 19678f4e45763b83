# Which Azure it is, and who we are there: no I/O.
cmkd_library(cloud azure SOURCES cloud.c credential.c LINK base)

# What an answer means: pure, so that its tests link neither libcurl nor libuv.
cmkd_library(arm azure
  SOURCES answer.c backoff.c challenge.c claims.c clock.c demand.c encode.c link.c mask.c operation.c
    pages.c problem.c quota.c reduce.c split.c token.c width.c
  LINK base cloud m)

cmkd_library(azure azure
  SOURCES arc.c assertion.c azure.c call.c exchange.c gate.c http.c secret.c source.c tokens.c wipe.c
  LINK arm PkgConfig::CRYPTO PkgConfig::CURL PkgConfig::UV)
target_compile_definitions(azure PRIVATE CMKD_VERSION="${PROJECT_VERSION}")
